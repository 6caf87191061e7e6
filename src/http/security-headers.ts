// The headers of every answer (ASVS 5.0, 3.4), and answers that carry them from the start. In workerd each header that is set
// on an answer costs as much as making the answer with all of them, so what is asked most says everything at once.

import type { MiddlewareHandler } from "hono";
import type { AppContext, AppEnv } from "./context.ts";
import { cookieLine, type HostCookie } from "./cookies.ts";

type HeaderList = Readonly<Record<string, string>>;

/** Of what programs read: nothing in it is ever run, framed, kept (T87), embedded by other sites, or taken for something else. */
const DATA_HEADERS: HeaderList = Object.freeze({
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
});

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

// Headers that the runtime has already are copied for half of what new ones cost. Each answer copies them at once after it has set
// what is its own, the same names every time, so that nothing of another answer is left. Cookies are set on the copy alone.
const PREPARED_JSON = new Headers({ ...DATA_HEADERS, "Content-Type": "application/json" });
const PREPARED_REDIRECT = new Headers(REDIRECT_HEADERS);

/** The request's id, and what its kind of answer needs, of which stays what a handler has set itself. */
export const securityHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  if (c.get("complete")) return;
  const { headers } = c.res;
  const requestId = c.get("requestId") as string | undefined;
  if (requestId !== undefined) headers.set("X-Request-Id", requestId);
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
export function completeJson(c: AppContext, value: unknown, more: HeaderList = {}): Response {
  const answer = jsonAnswer(JSON.stringify(value), c.get("requestId"));
  for (const name in more) answer.headers.set(name, more[name] as string);
  c.set("complete", true);
  return answer;
}

/** The same of a text where there is no context yet. */
export function jsonAnswer(json: string, requestId: string): Response {
  PREPARED_JSON.set("X-Request-Id", requestId);
  return new Response(json, { headers: PREPARED_JSON });
}

/** 303 with every header and `__Host-` cookies (`setHostCookie`); nothing else may have been set before. */
export function completeRedirect(c: AppContext, location: string, ...cookies: HostCookie[]): Response {
  PREPARED_REDIRECT.set("X-Request-Id", c.get("requestId"));
  PREPARED_REDIRECT.set("Location", location);
  const answer = new Response(null, { status: 303, headers: PREPARED_REDIRECT });
  for (const cookie of cookies) answer.headers.append("Set-Cookie", cookieLine(cookie));
  c.set("complete", true);
  return answer;
}
