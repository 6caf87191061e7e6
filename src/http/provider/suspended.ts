// An authorization request that waits for the person to sign in. It travels in a sealed cookie of that browser, so nothing is
// stored for people who never come back, and nobody else's browser can take it up.

import { sha256 } from "../../crypto/digest.ts";
import { DomainError } from "../../domain/errors.ts";
import type { ClaimsSource } from "../../domain/provider/claims.ts";
import type { AppContext } from "../context.ts";
import { clearHostCookie, readCookie, readCookies, setHostCookie } from "../cookies.ts";
import { formTarget } from "../middleware/page-policy.ts";
import type { ProviderRequest, Resumed } from "./request.ts";

/** Seconds that a person may take to sign in. */
export const SUSPENDED_LIFESPAN_S = 3600;

const COOKIE_PREFIX = "__Host-orgate_app_";
const COOKIE_NAME = new RegExp(`^${COOKIE_PREFIX}[A-Za-z0-9_-]{16}$`);
/** Requests that one browser may have waiting at once. */
const MAX_WAITING = 8;
/** Characters of a sealed request. With name and attributes a cookie may have 4,096 bytes. */
const MAX_SEALED = 3900;

/**
 * Keeps the request in this browser.
 * @throws {DomainError} `authorization_request_too_large`
 */
export async function keepSuspended(c: AppContext, request: ProviderRequest): Promise<void> {
  if (!request.suspended) return;
  const { clock, sealer } = c.get("services").runtime;
  const sessionId = request.session?.session.id ?? null;
  const text = JSON.stringify({ ...request.suspended, suspendedAt: clock(), sessionId });
  const sealed = await sealer.seal(purpose(c), text);
  if (sealed.length > MAX_SEALED) throw tooLarge();
  relieve(c);
  setHostCookie(c, cookieName(request.suspended.uid), sealed, SUSPENDED_LIFESPAN_S);
}

/** The request that this browser left under `uid`; undefined when there is none, or another project's. */
export async function resume(c: AppContext, uid: string, session: ClaimsSource | undefined): Promise<Resumed | undefined> {
  const sealed = readCookie(c, cookieName(uid));
  const text = sealed === undefined ? undefined : await c.get("services").runtime.sealer.open(purpose(c), sealed);
  if (text === undefined) return undefined;
  const { PromptReasons, Suspended } = await import("./sealed.ts");
  const kept = Suspended.safeParse(JSON.parse(text)).data;
  if (kept?.uid !== uid) return undefined;
  const { payload, suspendedAt, sessionId } = kept;
  const signedInSince = session !== undefined && session.session.id !== sessionId && session.session.issuedAt >= suspendedAt;
  return { uid, payload, suspendedAt, signedInSince, reasons: PromptReasons.safeParse(payload).data?.prompt.reasons ?? [] };
}

/**
 * Where the browser ends when it goes on with the request that `returnTo` takes up, as a form's policy needs to know it: the
 * form on the way there leads through redirects to the app.
 */
export async function suspendedTarget(c: AppContext, returnTo: string | null): Promise<string | undefined> {
  const uid = returnTo === null ? undefined : /^\/oauth2\/auth\/([A-Za-z0-9_-]+)$/.exec(new URL(returnTo).pathname)?.[1];
  const waiting = uid === undefined ? undefined : await resume(c, uid, undefined);
  if (waiting === undefined) return undefined;
  const { RedirectTarget } = await import("./sealed.ts");
  const target = RedirectTarget.safeParse(waiting.payload).data;
  return target && formTarget(target.params.redirect_uri);
}

export function forgetSuspended(c: AppContext, uid: string): void {
  clearHostCookie(c, cookieName(uid));
}

function relieve(c: AppContext): void {
  const names = Object.keys(readCookies(c)).filter((name) => COOKIE_NAME.test(name));
  if (names.length >= MAX_WAITING) for (const name of names) clearHostCookie(c, name);
}

function cookieName(uid: string): string {
  return `${COOKIE_PREFIX}${sha256(uid).slice(0, 16)}`;
}

function purpose(c: AppContext): string {
  return `authorization/${c.get("project").id}`;
}

function tooLarge(): DomainError {
  return new DomainError({
    kind: "too_large",
    code: "authorization_request_too_large",
    message: "The authorization request is too large to be kept while the person signs in. Send a shorter state or nonce.",
  });
}
