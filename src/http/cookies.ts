// Our cookies: their names, how they are set and read, and where a session token may come from.
// All are `__Host-` (RFC 6265bis, section 4.1.3.2): Secure, host-only, Path=/, so that no sibling host can plant one (T78).

import { generateCookie } from "hono/cookie";
import { DomainError } from "../domain/errors.ts";
import type { AppContext } from "./context.ts";

const SESSION_COOKIE = "__Host-orgate_session";
const CONSOLE_SESSION_COOKIE = "__Host-orgate_console_session";
/** Random value that binds CSRF tokens to one browser. */
export const CSRF_COOKIE = "__Host-orgate_csrf";
const FLOW_COOKIE = "__Host-orgate_flow";
const CONSOLE_FLOW_COOKIE = "__Host-orgate_console_flow";
/** Tells the account page once what a login changed. */
export const NOTICE_COOKIE = "__Host-orgate_notice";

const SESSION_TOKEN_PREFIX = "orgate_st_";
/** Browsers cap cookies at 400 days. */
const MAX_AGE_CAP_SECONDS = 400 * 86_400;

/**
 * The session cookie of these doors. On the base host the default project and the console stand side by side, and being
 * signed in to the one says nothing about the other.
 */
export function sessionCookie(c: AppContext): string {
  return c.get("mount") === "/console" ? CONSOLE_SESSION_COOKIE : SESSION_COOKIE;
}

/** The cookie with the sealed state between the steps of a hosted form. */
export function flowCookie(c: AppContext): string {
  return c.get("mount") === "/console" ? CONSOLE_FLOW_COOKIE : FLOW_COOKIE;
}

/** A `__Host-` cookie to be set. `maxAge` in seconds; without it, for this browser session. */
export interface HostCookie {
  name: string;
  value: string;
  maxAge?: number | undefined;
}

/** What keeps the session token in the browser until `expiresAt` (milliseconds). */
export function newSessionCookie(c: AppContext, token: string, expiresAt: number): HostCookie {
  const seconds = Math.floor((expiresAt - c.get("services").runtime.clock()) / 1000);
  return { name: sessionCookie(c), value: token, maxAge: Math.min(Math.max(0, seconds), MAX_AGE_CAP_SECONDS) };
}

/** Keeps the session token in the browser until `expiresAt` (milliseconds). */
export function setSessionCookie(c: AppContext, token: string, expiresAt: number): void {
  const { name, value, maxAge } = newSessionCookie(c, token, expiresAt);
  setHostCookie(c, name, value, maxAge);
}

/** Forgets the session token in this browser. */
export function clearSessionCookie(c: AppContext): void {
  clearHostCookie(c, sessionCookie(c));
}

/** Sets a cookie of ours. */
export function setHostCookie(c: AppContext, name: string, value: string, maxAge?: number): void {
  c.header("Set-Cookie", cookieLine({ name, value, maxAge }), { append: true });
}

/** The value of Set-Cookie: Secure, HttpOnly, SameSite=Lax, Path=/. */
export function cookieLine({ name, value, maxAge }: HostCookie): string {
  const age = maxAge === undefined ? {} : { maxAge: Math.min(maxAge, MAX_AGE_CAP_SECONDS) };
  return generateCookie(name, value, { path: "/", secure: true, httpOnly: true, sameSite: "Lax", ...age });
}

export function clearHostCookie(c: AppContext, name: string): void {
  setHostCookie(c, name, "", 0);
}

/**
 * The value of one cookie, by its exact name, undecoded.
 * @throws {DomainError} `duplicate_cookie` when a `__Host-` name comes twice: one of the two is planted, and choosing is guessing (T78)
 */
export function readCookie(c: AppContext, name: string): string | undefined {
  const values = cookiePairs(c).filter(([key]) => key === name);
  if (values.length > 1 && name.startsWith("__Host-")) throw duplicateCookie();
  return values[0]?.[1];
}

/**
 * All cookies of the request by name, undecoded.
 * @throws {DomainError} `duplicate_cookie` as `readCookie`
 */
export function readCookies(c: AppContext): Record<string, string> {
  const cookies: Record<string, string> = Object.create(null);
  for (const [name, value] of cookiePairs(c)) {
    if (name in cookies) {
      if (name.startsWith("__Host-")) throw duplicateCookie();
      continue;
    }
    cookies[name] = value;
  }
  return cookies;
}

export interface SessionCredential {
  token: string;
  /** `cookie` is the browser's own and needs protection against cross-site requests; the others a program sent on purpose. */
  via: "cookie" | "header" | "client_cookie";
}

/**
 * The session token a request presents, and how: `X-Session-Token`, `Authorization: Bearer orgate_st_…`, the browser's
 * cookie, or the cookie `ory_session_{slug}` from a client that is no browser.
 * @throws {DomainError} `duplicate_cookie`
 */
export function sessionCredentialOf(c: AppContext): SessionCredential | undefined {
  const header = c.req.header("X-Session-Token") ?? bearerSessionToken(c);
  if (header) return { token: header, via: "header" };
  const cookie = readCookie(c, sessionCookie(c));
  if (cookie) return { token: cookie, via: "cookie" };
  if (isBrowser(c)) return undefined;
  const clientCookie = readCookie(c, `ory_session_${c.get("project").slug}`);
  return clientCookie ? { token: clientCookie, via: "client_cookie" } : undefined;
}

/** The token of `sessionCredentialOf`. */
export function sessionTokenOf(c: AppContext): string | undefined {
  return sessionCredentialOf(c)?.token;
}

/**
 * Whether headers that only browsers send are there (Fetch, section 3.2; Fetch Metadata, section 2). `Sec-Fetch-Mode` is not
 * one of them: Node's own fetch sends it.
 */
export function isBrowser(c: AppContext): boolean {
  return c.req.header("Origin") !== undefined || c.req.header("Sec-Fetch-Site") !== undefined;
}

function bearerSessionToken(c: AppContext): string | undefined {
  const token = /^Bearer +(\S+)$/i.exec(c.req.header("Authorization") ?? "")?.[1];
  return token?.startsWith(SESSION_TOKEN_PREFIX) ? token : undefined;
}

function cookiePairs(c: AppContext): [name: string, value: string][] {
  return (c.req.header("Cookie") ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.includes("="))
    .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]);
}

function duplicateCookie(): DomainError {
  return new DomainError({
    kind: "invalid",
    code: "duplicate_cookie",
    message: "The request carries one of our cookies twice. Delete this site's cookies and try again.",
  });
}
