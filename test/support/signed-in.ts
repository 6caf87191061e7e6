// People who are signed in, without walking through a login: a session row as a login grants it, and its token.

import { newId } from "../../src/crypto/random.ts";
import { newApiKey, newSessionToken } from "../../src/crypto/tokens.ts";
import type { Identity } from "../../src/domain/identities/identity.ts";
import type { Session } from "../../src/domain/sessions/session.ts";
import { apiKeys, sessions } from "../../src/storage/schema.ts";
import { database, sessionFor } from "./rows.ts";

export interface SignedIn {
  token: string;
  session: Session;
  /** Headers of a native client. */
  native: { "X-Session-Token": string };
  /** Headers of the browser that has the cookie. */
  browser: { Cookie: string };
}

/** Stores a session of this identity. */
export async function signIn(identity: Identity, over: Partial<Session> = {}): Promise<SignedIn> {
  const now = Date.now();
  const session = sessionFor(identity, {
    id: newId(now),
    authenticationMethods: [{ method: "password", aal: "aal1", completed_at: new Date(now).toISOString() }],
    ipAddress: "203.0.113.7",
    userAgent: "test",
    authenticatedAt: now,
    issuedAt: now,
    expiresAt: now + 3_600_000,
    ...over,
  });
  const { token, hash } = newSessionToken(session.id);
  await database.commit([database.query.insert(sessions).values({ ...session, tokenHash: hash })]);
  return {
    token,
    session,
    native: { "X-Session-Token": token },
    browser: { Cookie: `__Host-orgate_session=${token}` },
  };
}

/** Stores an API key of this project. */
export async function putApiKey(projectId: string): Promise<{ id: string; bearer: { Authorization: string } }> {
  const { key, prefix, hash } = newApiKey();
  const now = Date.now();
  const id = newId(now);
  await database.commit([
    database.query
      .insert(apiKeys)
      .values({ projectId, id, name: "test", prefix, keyHash: hash, lastUsedAt: now, expiresAt: null, createdAt: now }),
  ]);
  return { id, bearer: { Authorization: `Bearer ${key}` } };
}
