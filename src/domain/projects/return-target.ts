// Where a person may be sent after a login: the one rule against open redirects (T76).

import type { Project } from "./project.ts";

/** Longest return target, characters: sealed with the rest of a transaction it must fit a cookie of 4,096 bytes. */
const MAX_LENGTH = 1536;
/** Schemes that run or embed instead of leading somewhere; refused even when an operator listed them. */
const NEVER = ["javascript:", "data:", "vbscript:", "blob:", "file:", "about:"];

/**
 * The absolute URL to return to, or undefined when `input` may not be followed. No input means the project's own `/`.
 *
 * Allowed are absolute paths and URLs on `origin` itself, URLs that equal an entry of `allowed_return_urls` character
 * for character, and any path on an entry that is a bare http(s) origin. Everything else is refused, and so is what
 * browsers and parsers read differently: characters outside printable ASCII, backslashes, credentials, fragments, paths
 * that begin with an encoded slash or backslash.
 */
export function returnTarget(
  input: string | undefined,
  project: Pick<Project, "allowedReturnUrls">,
  origin: string,
): string | undefined {
  if (input === undefined || input === "") return `${origin}/`;
  if (input.length > MAX_LENGTH || !/^[\x21-\x7e]+$/.test(input) || /[\\#]/.test(input)) return undefined;
  if (input.startsWith("/")) return input.startsWith("//") ? undefined : onOrigin(input, origin);
  if (project.allowedReturnUrls.includes(input) && isFollowable(input)) return input;
  if (!/^https?:\/\//.test(input)) return undefined;
  const allowedOrigins = [origin, ...project.allowedReturnUrls.filter(isBareOrigin).map((entry) => new URL(entry).origin)];
  const allowed = allowedOrigins.find((candidate) => input === candidate || input.startsWith(`${candidate}/`));
  return allowed === undefined ? undefined : onOrigin(input, allowed);
}

function onOrigin(input: string, origin: string): string | undefined {
  if (!URL.canParse(input, origin)) return undefined;
  const url = new URL(input, origin);
  if (url.origin !== origin || url.username !== "" || url.password !== "") return undefined;
  return /^\/(?:\/|%(?:25)*(?:2f|5c))/i.test(url.pathname) ? undefined : url.href;
}

function isBareOrigin(entry: string): boolean {
  if (!URL.canParse(entry)) return false;
  const url = new URL(entry);
  return (url.protocol === "https:" || url.protocol === "http:") && (entry === url.origin || entry === `${url.origin}/`);
}

function isFollowable(entry: string): boolean {
  return URL.canParse(entry) && !NEVER.includes(new URL(entry).protocol);
}
