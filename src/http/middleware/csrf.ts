// Against forged requests (T80): a flow of a browser is bound to a random cookie of that browser, its forms carry an HMAC
// over flow and cookie, and the request has to come from our own origin. Flows of programs must not come from a browser.

import { equalSecrets, hmac, sha256 } from "../../crypto/digest.ts";
import { randomToken } from "../../crypto/random.ts";
import { DomainError } from "../../domain/errors.ts";
import type { Flow } from "../../domain/flows/flow.ts";
import type { AppContext } from "../context.ts";
import { CSRF_COOKIE, flowCookie, isBrowser, readCookie, readCookies, sessionCookie, setHostCookie } from "../cookies.ts";
import { originOf } from "../return-target.ts";

/** The digest that binds new flows to this browser; gives the browser its cookie when it has none. */
export function bindBrowser(c: AppContext): { binding: string; cookie: string } {
  let cookie = readCookie(c, CSRF_COOKIE);
  if (!cookie || !/^[A-Za-z0-9_-]{43}$/.test(cookie)) {
    cookie = randomToken(32);
    setHostCookie(c, CSRF_COOKIE, cookie);
  }
  return { binding: sha256(cookie), cookie };
}

/** The token that this browser's forms of this flow carry. */
export function csrfToken(c: AppContext, flow: Flow, cookie: string): string {
  return hmac(c.get("services").runtime.sealer.macKey("csrf"), `${flow.uuid}.${cookie}`);
}

/**
 * The CSRF cookie of the browser a flow belongs to.
 * @throws {DomainError} `security_csrf_violation` when this is another browser, or one without cookies
 */
export function requireOwnBrowser(c: AppContext, flow: Flow): string {
  const cookie = readCookie(c, CSRF_COOKIE);
  if (!cookie || flow.browser === null || !equalSecrets(sha256(cookie), flow.browser)) throw csrfViolation();
  return cookie;
}

/**
 * Lets a submission to a flow pass, or not.
 *
 * - `browser`: same origin by `Origin` or, where a browser omits it, by `Sec-Fetch-Site`; the flow's own browser; its token.
 * - `api`: nothing that only a browser sends, so that a page cannot drive such a flow with somebody's cookies.
 * @throws {DomainError} `security_csrf_violation`
 */
export function requireGenuine(c: AppContext, flow: Flow, token: string | undefined): void {
  if (flow.type === "api") {
    const cookies = readCookies(c);
    const ours = [sessionCookie(c), CSRF_COOKIE, flowCookie(c)].some((name) => name in cookies);
    if (isBrowser(c) || ours) throw csrfViolation();
    return;
  }
  requireOwnOrigin(c);
  const cookie = requireOwnBrowser(c, flow);
  if (!token || !equalSecrets(token, csrfToken(c, flow, cookie))) throw csrfViolation();
}

/** The request came from a page of this very origin. @throws {DomainError} `security_csrf_violation` */
export function requireOwnOrigin(c: AppContext): void {
  const origin = c.req.header("Origin");
  const site = c.req.header("Sec-Fetch-Site");
  if (origin === undefined && site === undefined) throw csrfViolation();
  if (origin !== undefined && origin !== originOf(c)) throw csrfViolation();
  if (site !== undefined && site !== "same-origin") throw csrfViolation();
}

function csrfViolation(): DomainError {
  return new DomainError({
    kind: "forbidden",
    code: "security_csrf_violation",
    message: "The request did not come from this site, or its CSRF token or cookie is missing.",
  });
}
