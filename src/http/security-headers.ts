// The headers of every answer (ASVS 5.0, 3.4), and answers that carry them from the start. In workerd each header that is set
// on an answer costs as much as making the answer with all of them, so what is asked most says everything at once.

import type { MiddlewareHandler } from "hono";
import { generateCookie } from "hono/cookie";
import type { AppContext, AppEnv } from "./context.ts";
import { HOST_COOKIE_OPTIONS } from "./cookies.ts";

/**
 * Pages that post a form which ends at an identity provider widen `form-action` themselves: it applies to the redirects
 * after a form post too (T84; src/http/middleware/page-policy.ts).
 */
const SECURITY_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; " +
    "object-src 'none'; form-action 'self'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Origin-Agent-Cluster": "?1",
  "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
  "Referrer-Policy": "no-referrer",
  "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
  "X-Content-Type-Options": "nosniff",
  "X-DNS-Prefetch-Control": "off",
  "X-Download-Options": "noopen",
  "X-Frame-Options": "DENY",
  "X-Permitted-Cross-Domain-Policies": "none",
  "X-XSS-Protection": "0",
});

/** What a handler has set itself stays. */
export const securityHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  if (c.get("complete")) return;
  const { headers } = c.res;
  for (const name in SECURITY_HEADERS) {
    if (!headers.has(name)) headers.set(name, SECURITY_HEADERS[name] as string);
  }
};

/** `value` as JSON with every header, not to be cached. */
export function completeJson(c: AppContext, value: unknown, more: Record<string, string> = {}): Response {
  return complete(c, JSON.stringify(value), 200, { "Content-Type": "application/json", ...more });
}

/** 303 with every header and one `__Host-` cookie (`setHostCookie`); nothing else may have been set before. */
export function completeRedirect(
  c: AppContext,
  location: string,
  cookie: { name: string; value: string; maxAge: number },
): Response {
  const { name, value, maxAge } = cookie;
  const line = generateCookie(name, value, { ...HOST_COOKIE_OPTIONS, maxAge });
  return complete(c, null, 303, { Location: location, "Set-Cookie": line });
}

function complete(c: AppContext, body: string | null, status: number, headers: Record<string, string>): Response {
  c.set("complete", true);
  return new Response(body, {
    status,
    headers: { ...SECURITY_HEADERS, "Cache-Control": "no-store", "X-Request-Id": c.get("requestId"), ...headers },
  });
}
