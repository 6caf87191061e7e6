// What a project's fields may hold. Pure: values in, accepted values or field errors out.

import { CONSOLE_SLUG, isLoopbackName } from "../../config.ts";
import { canonicalDomain } from "../domains/domain-name.ts";
import { refuseSessionLifespan } from "../duration.ts";
import { type FieldError, unacceptable } from "../errors.ts";
import { acceptLabel } from "../label.ts";
import { acceptAccentColor } from "./branding.ts";

export const MAX_HOSTNAMES = 20;
export const MAX_RETURN_URLS = 100;

/** Slugs are host names next to the base host, so these would be mistaken for the service itself or for mail set-up. */
const RESERVED_SLUGS = new Set(
  `${CONSOLE_SLUG} admin api app assets auth autoconfig autodiscover cdn docs ftp help localhost login mail mta-sts
  ns1 ns2 oauth openid root security smtp sso static status support webmail wpad www`.split(/\s+/),
);

export interface ProjectFields {
  name?: string | undefined;
  hostnames?: readonly string[] | undefined;
  allowedReturnUrls?: readonly string[] | undefined;
  sessionLifespan?: string | undefined;
  passwordLogin?: boolean | undefined;
  registration?: boolean | undefined;
  /** Null for Orgate's own. */
  accentColor?: string | null | undefined;
}

export interface AcceptedProjectFields {
  name?: string;
  hostnames?: string[];
  allowedReturnUrls?: string[];
  sessionLifespan?: string;
  passwordLogin?: boolean;
  registration?: boolean;
  accentColor?: string | null;
}

/**
 * The fields in the form in which they are stored; absent ones stay absent.
 * @param baseHost host name of the base URL, which no project may take, nor a name below it
 * @throws {DomainError} `unacceptable` with every field that breaks a rule
 */
export function acceptProjectFields(
  fields: ProjectFields & { slug?: string | undefined },
  baseHost: string,
): AcceptedProjectFields {
  const problems: FieldError[] = [];
  const accepted: AcceptedProjectFields = {};
  if (fields.slug !== undefined) checkSlug(fields.slug, problems);
  if (fields.name !== undefined) accepted.name = acceptLabel("name", fields.name, problems);
  if (fields.hostnames !== undefined) accepted.hostnames = acceptHostnames(fields.hostnames, baseHost, problems);
  if (fields.allowedReturnUrls !== undefined) {
    accepted.allowedReturnUrls = acceptReturnUrls(fields.allowedReturnUrls, problems);
  }
  if (fields.sessionLifespan !== undefined) {
    const refusal = refuseSessionLifespan(fields.sessionLifespan);
    if (refusal) problems.push({ field: "session_lifespan", ...refusal });
    accepted.sessionLifespan = fields.sessionLifespan;
  }
  if (fields.passwordLogin !== undefined) accepted.passwordLogin = fields.passwordLogin;
  if (fields.registration !== undefined) accepted.registration = fields.registration;
  if (fields.accentColor === null) accepted.accentColor = null;
  else if (fields.accentColor !== undefined) accepted.accentColor = acceptAccentColor(fields.accentColor, problems);
  if (problems.length > 0) throw unacceptable(problems);
  return accepted;
}

function checkSlug(slug: string, problems: FieldError[]): void {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(slug)) {
    const message = "1 to 40 lower-case letters, digits and hyphens, with a letter or digit at both ends.";
    problems.push({ field: "slug", code: "slug_invalid", message });
  } else if (RESERVED_SLUGS.has(slug) || slug.startsWith("xn--")) {
    problems.push({ field: "slug", code: "slug_reserved", message: "This slug is reserved. Choose another." });
  }
}

function acceptHostnames(hostnames: readonly string[], baseHost: string, problems: FieldError[]): string[] {
  if (hostnames.length > MAX_HOSTNAMES) {
    problems.push({ field: "hostnames", code: "too_many", message: `At most ${MAX_HOSTNAMES} host names.` });
    return [];
  }
  const accepted = new Set<string>();
  hostnames.forEach((input, index) => {
    const field = `hostnames[${index}]`;
    const name = canonicalDomain(input);
    if (!name.ok) problems.push({ field, code: name.reason, message: name.message });
    else if (name.domain === baseHost || name.domain.endsWith(`.${baseHost}`) || isLoopbackName(name.domain)) {
      problems.push({ field, code: "hostname_reserved", message: "Names at and below the base host are given by the slug." });
    } else accepted.add(name.domain);
  });
  return [...accepted];
}

function acceptReturnUrls(urls: readonly string[], problems: FieldError[]): string[] {
  if (urls.length > MAX_RETURN_URLS) {
    problems.push({ field: "allowed_return_urls", code: "too_many", message: `At most ${MAX_RETURN_URLS} addresses.` });
    return [];
  }
  urls.forEach((input, index) => {
    const refusal = refuseReturnUrl(input);
    if (refusal) problems.push({ field: `allowed_return_urls[${index}]`, ...refusal });
  });
  return [...new Set(urls)];
}

function refuseReturnUrl(input: string): { code: string; message: string } | undefined {
  if (input.length > 2048) return { code: "too_long", message: "At most 2048 characters." };
  if (!/^[\x21-\x7e]+$/.test(input) || /[\\#*]/.test(input) || !URL.canParse(input)) {
    return { code: "url_invalid", message: "Write a full address such as https://app.example.com, without # or *." };
  }
  const url = new URL(input);
  if (url.username !== "" || url.password !== "") {
    return { code: "url_invalid", message: "An address may not carry a user name or password." };
  }
  const secure = url.protocol === "https:" || (url.protocol === "http:" && isLoopbackName(url.hostname));
  // A native app's own scheme is a domain name turned around (RFC 8252, section 7.1); schemes of browsers have no dot.
  const native = url.protocol.includes(".") && input.startsWith(`${url.protocol}/`);
  if (secure || native) return undefined;
  const message = "Only https, http on this machine (localhost), or an app's own scheme with a dot (com.example.app:/done).";
  return { code: "url_insecure", message };
}
