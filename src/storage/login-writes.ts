// What a login writes, as unsent statements: services collect them into one commit.

import { and, eq } from "drizzle-orm";
import type { Identity } from "../domain/identities/identity.ts";
import type { Session } from "../domain/sessions/session.ts";
import type { Database, Write } from "./database.ts";
import { consumptionInsert } from "./login-statements.ts";
import { identities, oidcCredentials, passwordCredentials, sessions } from "./schema.ts";
import { sessionInsert } from "./session-insert.ts";

/** The login room's writes in one project. */
export function loginWrites(db: Database, projectId: string) {
  const q = db.query;
  const isIdentity = (id: string) => and(eq(identities.projectId, projectId), eq(identities.id, id));

  return {
    /** Marks a transaction as used without going on: for the batch that records why it was refused. */
    consumption(transaction: { id: string; expiresAt: number }): Write {
      return consumptionInsert(db, { projectId, id: transaction.id, expiresAt: transaction.expiresAt });
    },

    createIdentity(identity: Identity): Write {
      return q.insert(identities).values(identity);
    },

    /** Changes of an identity, on the revision that was read; `organizationId` moves it in. */
    updateIdentity(
      identity: Identity,
      change: Partial<Pick<Identity, "email" | "emailDomain" | "emailVerified" | "traits" | "organizationId">>,
      now: number,
    ): Write {
      return q
        .update(identities)
        .set({ ...change, revision: identity.revision + 1, updatedAt: now })
        .where(and(isIdentity(identity.id), eq(identities.revision, identity.revision)));
    },

    createOidcCredential(
      key: { organizationId: string | null; issuer: string; subject: string },
      identityId: string,
      now: number,
    ): Write {
      return q.insert(oidcCredentials).values({
        projectId,
        organizationKey: key.organizationId ?? "",
        organizationId: key.organizationId,
        issuer: key.issuer,
        subject: key.subject,
        identityId,
        createdAt: now,
      });
    },

    createPassword(identityId: string, hash: string, now: number): Write {
      return q.insert(passwordCredentials).values({ projectId, identityId, hash, createdAt: now, updatedAt: now });
    },

    replacePassword(identityId: string, hash: string, now: number): Write {
      return q
        .update(passwordCredentials)
        .set({ hash, updatedAt: now })
        .where(and(eq(passwordCredentials.projectId, projectId), eq(passwordCredentials.identityId, identityId)));
    },

    /** Everything local that an account loses when it moves into an organization (T46). */
    endLocalCredentials(identityId: string): Write[] {
      return [
        q
          .delete(passwordCredentials)
          .where(and(eq(passwordCredentials.projectId, projectId), eq(passwordCredentials.identityId, identityId))),
        q
          .delete(oidcCredentials)
          .where(and(eq(oidcCredentials.projectId, projectId), eq(oidcCredentials.identityId, identityId))),
        q.delete(sessions).where(and(eq(sessions.projectId, projectId), eq(sessions.identityId, identityId))),
      ];
    },

    endSession(sessionId: string, tokenHash: string): Write {
      return q
        .delete(sessions)
        .where(and(eq(sessions.projectId, projectId), eq(sessions.id, sessionId), eq(sessions.tokenHash, tokenHash)));
    },

    /** The session, on the ground it was granted on (session-insert.ts). */
    createSession(session: Session, tokenHash: string, emailDomain: string | null): Write {
      return sessionInsert(db, session, tokenHash, emailDomain);
    },
  };
}
