// What a login writes, as unsent statements: services collect them into one commit. The session's own insert carries the
// conditions it was granted under, so that the batch stands or falls with them.

import { and, eq, type SQL, sql } from "drizzle-orm";
import type { Identity } from "../domain/identities/identity.ts";
import type { Session } from "../domain/sessions/session.ts";
import type { Database, Write } from "./database.ts";
import {
  connections,
  consumedTransactions,
  identities,
  oidcCredentials,
  organizationDomains,
  organizations,
  passwordCredentials,
  sessions,
} from "./schema.ts";

/** The login room's writes in one project. */
export function loginWrites(db: Database, projectId: string) {
  const q = db.query;
  const isIdentity = (id: string) => and(eq(identities.projectId, projectId), eq(identities.id, id));
  const isDomain = (domain: string) => and(eq(organizationDomains.projectId, projectId), eq(organizationDomains.domain, domain));

  return {
    /** Marks a transaction as used without going on: for the batch that records why it was refused. */
    consumption(transaction: { id: string; expiresAt: number }): Write {
      return q.insert(consumedTransactions).values({ projectId, id: transaction.id, expiresAt: transaction.expiresAt });
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

    /**
     * The session, only if what it rests on is still so when the batch commits. When it is not, the NOT NULL of
     * token_hash fails and the whole batch is undone: no identity, link or event is left behind (T58). The violation is
     * reported as `check` on `sessions.token_hash`.
     *
     * An SSO session needs its connection and organization enabled, unchanged, and the owner of the address's domain; a
     * local session needs that no organization owns it.
     */
    createSession(session: Session, tokenHash: string, emailDomain: string | null): Write {
      const ground = sql`${personGround(session)} AND ${
        session.organizationId === null ? localGround(session, emailDomain) : organizationGround(session, emailDomain)
      }`;
      const values = { ...session, tokenHash: sql<string>`CASE WHEN ${ground} THEN ${tokenHash} END` };
      return q.insert(sessions).values(values);
    },
  };

  /** The identity as the batch leaves it: active, and in the session's organization (an update that lost a race fails here). */
  function personGround(session: Session): SQL {
    return sql`EXISTS (SELECT 1 FROM ${identities} WHERE ${and(
      isIdentity(session.identityId),
      eq(identities.state, "active"),
      sql`${identities.organizationId} IS ${session.organizationId}`,
    )})`;
  }

  function connectionGround(session: Session): SQL {
    return sql`EXISTS (SELECT 1 FROM ${connections} WHERE ${and(
      eq(connections.projectId, projectId),
      eq(connections.id, session.connectionId ?? ""),
      eq(connections.state, "enabled"),
      eq(connections.trustRevision, session.connectionTrustRevision ?? -1),
    )})`;
  }

  function localGround(session: Session, emailDomain: string | null): SQL {
    const unclaimed = sql`NOT EXISTS (SELECT 1 FROM ${organizationDomains} WHERE ${and(
      isDomain(emailDomain ?? ""),
      eq(organizationDomains.state, "active"),
    )})`;
    return session.connectionId === null ? unclaimed : sql`${unclaimed} AND ${connectionGround(session)}`;
  }

  function organizationGround(session: Session, emailDomain: string | null): SQL {
    return sql`${connectionGround(session)} AND EXISTS (SELECT 1 FROM ${organizations} WHERE ${and(
      eq(organizations.projectId, projectId),
      eq(organizations.id, session.organizationId ?? ""),
      eq(organizations.state, "enabled"),
    )}) AND EXISTS (SELECT 1 FROM ${organizationDomains} WHERE ${and(
      isDomain(emailDomain ?? ""),
      eq(organizationDomains.organizationId, session.organizationId ?? ""),
      eq(organizationDomains.state, "active"),
    )})`;
  }
}
