// Who is signed in on this request. The one place where a door of the public API turns a token into a person.

import { DomainError } from "../../domain/errors.ts";
import type { RequestContext } from "../../domain/events/event.ts";
import type { Identity } from "../../domain/identities/identity.ts";
import type { Session } from "../../domain/sessions/session.ts";
import type { AppContext } from "../context.ts";
import { sessionCredentialOf } from "../cookies.ts";
import { originOf } from "../return-target.ts";

export interface SignedIn {
  session: Session;
  identity: Identity;
  token: string;
  /** The request's context with the person as the actor. */
  context: RequestContext;
}

/**
 * The session of the request. A request that changes something and rests on the browser's cookie must come from this
 * very origin (T81).
 * @throws {DomainError} `session_inactive` without a usable session; `security_csrf_violation`; `unavailable`
 */
export async function requireSession(c: AppContext): Promise<SignedIn> {
  const credential = sessionCredentialOf(c);
  if (!credential) throw sessionInactive();
  if (credential.via === "cookie" && !isSafe(c.req.method)) requireSameOrigin(c);
  const result = await c.get("services").sessions.authenticate(c.get("project").id, credential.token);
  if (!result.ok) throw sessionInactive();
  const { session, identity } = result;
  const context: RequestContext = { ...c.get("requestContext"), actor: { type: "identity", id: identity.id } };
  return { session, identity, token: credential.token, context };
}

/**
 * Refuses what another site made the browser send. Browsers put `Origin` on every request that is not GET or HEAD, and
 * `Sec-Fetch-Site` on all; a request without either comes from a program that holds the cookie on purpose.
 * @throws {DomainError} `security_csrf_violation`
 */
export function requireSameOrigin(c: AppContext): void {
  const origin = c.req.header("Origin");
  const site = c.req.header("Sec-Fetch-Site");
  const foreign =
    (origin !== undefined && origin !== originOf(c)) || (site !== undefined && site !== "same-origin" && site !== "none");
  if (foreign) throw csrfViolation();
}

export function csrfViolation(): DomainError {
  return new DomainError({
    kind: "forbidden",
    code: "security_csrf_violation",
    message: "The request did not come from this site, or its token does not belong to this session.",
  });
}

function sessionInactive(): DomainError {
  return new DomainError({
    kind: "unauthenticated",
    code: "session_inactive",
    message: "No valid session credentials found in the request.",
  });
}

function isSafe(method: string): boolean {
  return method === "GET" || method === "HEAD";
}
