// The headers of every answer (ASVS 5.0, 3.4), and answers that carry them from the start. In workerd each header that is set
// on an answer costs as much as making the answer with all of them, so what is asked most says everything at once.

import type { MiddlewareHandler } from "hono";
import { generateCookie } from "hono/cookie";
import type { AppContext, AppEnv } from "./context.ts";
import { HOST_COOKIE_OPTIONS, type HostCookie } from "./cookies.ts";

type HeaderList = Readonly<Record<string, string>>;

/** Of what programs read: nothing in it is ever run, framed, embedded by other sites, or taken for something else. */
const DATA_HEADERS: HeaderList = Object.freeze({
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
});

const JSON_HEADERS: HeaderList = Object.freeze({
  ...DATA_HEADERS,
  "Cache-Control": "no-store",
  "Content-Type": "application/json",
});

/** Copied by each answer that is made of them, at once after its own id has been set. */
const PREPARED = new Headers(JSON_HEADERS);

/** A window that somebody else has opened is let go of on the way already: browsers look at this one on every redirect. */
const REDIRECT_HEADERS: HeaderList = Object.freeze({ ...DATA_HEADERS, "Cross-Origin-Opener-Policy": "same-origin" });

/**
 * Of pages, and of whatever else a browser may show or run. Pages that post a form which ends at an identity provider widen
 * `form-action` themselves: it applies to the redirects after a form post too (T84; src/http/middleware/page-policy.ts).
 */
const PAGE_HEADERS: HeaderList = Object.freeze({
  ...REDIRECT_HEADERS,
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; " +
    "object-src 'none'; form-action 'self'; frame-ancestors 'none'",
  "Origin-Agent-Cluster": "?1",
  "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
  "X-DNS-Prefetch-Control": "off",
  "X-Download-Options": "noopen",
  "X-Permitted-Cross-Domain-Policies": "none",
  "X-XSS-Protection": "0",
});

/** By what kind of answer it is. What a handler has set itself stays. */
export const securityHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  if (c.get("complete")) return;
  const { headers } = c.res;
  const needed = neededBy(c.res);
  for (const name in needed) {
    if (!headers.has(name)) headers.set(name, needed[name] as string);
  }
};

function neededBy({ status, headers }: Response): HeaderList {
  if (status >= 300 && status < 400) return REDIRECT_HEADERS;
  const type = headers.get("Content-Type");
  return type === null || type.startsWith("application/json") ? DATA_HEADERS : PAGE_HEADERS;
}

/** `value` as JSON with every header, not to be cached. */
export function completeJson(c: AppContext, value: unknown, more: Record<string, string> = {}): Response {
  c.set("complete", true);
  return new Response(JSON.stringify(value), { headers: { ...JSON_HEADERS, "X-Request-Id": c.get("requestId"), ...more } });
}

/** The same of a text where there is no context yet: headers that the runtime has already are copied for half of what new ones cost. */
export function jsonAnswer(json: string, requestId: string): Response {
  PREPARED.set("X-Request-Id", requestId);
  return new Response(json, { headers: PREPARED });
}

/** 303 with every header and `__Host-` cookies (`setHostCookie`); nothing else may have been set before. */
export function completeRedirect(c: AppContext, location: string, ...cookies: HostCookie[]): Response {
  c.set("complete", true);
  const headers = { ...REDIRECT_HEADERS, "Cache-Control": "no-store", "X-Request-Id": c.get("requestId") };
  const lines = cookies.map(({ name, value, maxAge }) => generateCookie(name, value, { ...HOST_COOKIE_OPTIONS, maxAge }));
  const [first, ...others] = lines;
  const withFirst = first === undefined ? {} : { "Set-Cookie": first };
  const response = new Response(null, { status: 303, headers: { ...headers, Location: location, ...withFirst } });
  for (const line of others) response.headers.append("Set-Cookie", line);
  return response;
}
