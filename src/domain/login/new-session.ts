// A new session and its token, as every way of signing in makes them.

import { newId } from "../../crypto/random.ts";
import { newSessionToken, readSessionToken } from "../../crypto/tokens.ts";
import type { Write } from "../../storage/database.ts";
import type { loginStore } from "../../storage/login.ts";
import type { RequestContext } from "../events/event.ts";
import type { AuthenticationMethod, Session } from "../sessions/session.ts";

export interface NewSession {
  projectId: string;
  identityId: string;
  method: Omit<AuthenticationMethod, "completed_at" | "aal">;
  organizationId: string | null;
  connection: { id: string; trustRevision: number } | null;
  /** Milliseconds; when the person proved who they are, by the IdP's word if it gives one. */
  authenticatedAt: number;
  expiresAt: number;
}

export interface SessionGrant {
  session: Session;
  token: string;
  /** Digest of the token. */
  hash: string;
}

/** The session row and its token; nothing is stored yet. */
export function newSession(grant: NewSession, context: RequestContext, now: number): SessionGrant {
  const id = newId(now);
  const session: Session = {
    projectId: grant.projectId,
    id,
    identityId: grant.identityId,
    organizationId: grant.organizationId,
    connectionId: grant.connection?.id ?? null,
    connectionTrustRevision: grant.connection?.trustRevision ?? null,
    authenticationMethods: [{ ...grant.method, aal: "aal1", completed_at: new Date(now).toISOString() }],
    ipAddress: context.ipAddress,
    userAgent: context.userAgent,
    authenticatedAt: grant.authenticatedAt,
    issuedAt: now,
    expiresAt: grant.expiresAt,
  };
  return { session, ...newSessionToken(id) };
}

/** The write that ends the session which the browser brought along: a login never keeps an old one alive (T77). */
export function endPrevious(store: ReturnType<typeof loginStore>, previousToken: string | undefined): Write[] {
  const previous = previousToken === undefined ? undefined : readSessionToken(previousToken);
  return previous ? [store.endSession(previous.sessionId, previous.hash)] : [];
}
