// What a login reads, each as one round trip: from D1's primary, in one snapshot. Nothing here joins (database.ts). What it
// writes is in login-writes.ts; loginStore offers both.

import { and, eq, inArray, isNull, type SQL, sql } from "drizzle-orm";
import type { Connection } from "../domain/connections/connection.ts";
import type { Identity } from "../domain/identities/identity.ts";
import type { BatchResults, Database } from "./database.ts";
import { loginWrites } from "./login-writes.ts";
import {
  connections,
  consumedTransactions,
  identities,
  oidcCredentials,
  organizationDomains,
  organizations,
  passwordCredentials,
  projects,
} from "./schema.ts";

/** The login room's shelf of one project. */
export function loginStore(db: Database, projectId: string) {
  const q = db.query;
  const ofProject = {
    domain: (domain: string) => and(eq(organizationDomains.projectId, projectId), eq(organizationDomains.domain, domain)),
    identity: (id: string | SQL) => and(eq(identities.projectId, projectId), eq(identities.id, id)),
  };

  const selectDomain = (domain: string) =>
    q
      .select({ organizationId: organizationDomains.organizationId, state: organizationDomains.state })
      .from(organizationDomains)
      .where(ofProject.domain(domain));
  const ownerOf = (domain: string) =>
    sql`(SELECT ${organizationDomains.organizationId} FROM ${organizationDomains} WHERE ${ofProject.domain(domain)})`;
  const organizationOf = (id: string | SQL) =>
    q
      .select({
        id: organizations.id,
        label: organizations.label,
        state: organizations.state,
        sessionLifespan: organizations.sessionLifespan,
      })
      .from(organizations)
      .where(and(eq(organizations.projectId, projectId), eq(organizations.id, id)));
  const connectionsOf = (organizationId: string | SQL) =>
    q
      .select()
      .from(connections)
      .where(and(eq(connections.projectId, projectId), eq(connections.organizationId, organizationId)))
      .orderBy(connections.id);
  const selectConnection = (id: string) =>
    q
      .select()
      .from(connections)
      .where(and(eq(connections.projectId, projectId), eq(connections.id, id)));
  const selectProject = () =>
    q
      .select({
        sessionLifespan: projects.sessionLifespan,
        passwordLogin: projects.passwordLogin,
        registration: projects.registration,
      })
      .from(projects)
      .where(eq(projects.id, projectId));
  const selectSocial = () =>
    q
      .select()
      .from(connections)
      .where(and(eq(connections.projectId, projectId), isNull(connections.organizationId), eq(connections.state, "enabled")))
      .orderBy(connections.id);
  const selectIdentityByEmail = (email: string) =>
    q
      .select()
      .from(identities)
      .where(and(eq(identities.projectId, projectId), eq(identities.email, email)));
  const identityIdByEmail = (email: string) =>
    sql`(SELECT ${identities.id} FROM ${identities} WHERE ${and(eq(identities.projectId, projectId), eq(identities.email, email))})`;

  const routingReads = (domain: string) =>
    [
      selectDomain(domain),
      organizationOf(ownerOf(domain)),
      connectionsOf(ownerOf(domain)),
      selectSocial(),
      selectProject(),
    ] as const;
  type RoutingRows = BatchResults<ReturnType<typeof routingReads>>;
  const routingFactsOf = ([domains, organizationRows, connectionRows, social, projectRows]: RoutingRows) => ({
    domain: domains[0] ?? null,
    organization: organizationRows[0] ?? null,
    connections: connectionRows as Connection[],
    social: social as Connection[],
    project: projectRows[0] ?? null,
  });

  return {
    ...loginWrites(db, projectId),

    /** All that routing needs for an address, with whole connections so that a start needs no second trip. */
    async routingFacts(domain: string) {
      return routingFactsOf(await db.readAll(routingReads(domain)));
    },

    async socialConnections(): Promise<Connection[]> {
      return (await db.read(selectSocial())) as Connection[];
    },

    /** A connection with its organization, and who owns the domain of a login hint. */
    async startFacts(connectionId: string, hintDomain: string | undefined) {
      const organizationId = sql`(SELECT ${connections.organizationId} FROM ${connections} WHERE ${and(eq(connections.projectId, projectId), eq(connections.id, connectionId))})`;
      const [connectionRows, organizationRows, domainRows] = await db.readAll([
        selectConnection(connectionId),
        organizationOf(organizationId),
        selectDomain(hintDomain ?? ""),
      ]);
      return {
        connection: (connectionRows[0] as Connection | undefined) ?? null,
        organization: organizationRows[0] ?? null,
        hintDomain: domainRows[0] ?? null,
      };
    },

    /** The same for links that name an organization or an issuer: every connection that could be meant. */
    async linkFacts(target: { organizationId: string } | { issuer: string }, hintDomain: string | undefined) {
      const candidates =
        "organizationId" in target
          ? connectionsOf(target.organizationId)
          : q
              .select()
              .from(connections)
              .where(and(eq(connections.projectId, projectId), eq(connections.issuerUrl, target.issuer)))
              .orderBy(connections.id);
      const organizationIds =
        "organizationId" in target
          ? sql`(${target.organizationId})`
          : sql`(SELECT ${connections.organizationId} FROM ${connections} WHERE ${and(eq(connections.projectId, projectId), eq(connections.issuerUrl, target.issuer))})`;
      const [connectionRows, organizationRows, domainRows] = await db.readAll([
        candidates,
        q
          .select({ id: organizations.id, label: organizations.label, state: organizations.state })
          .from(organizations)
          .where(and(eq(organizations.projectId, projectId), inArray(organizations.id, organizationIds))),
        selectDomain(hintDomain ?? ""),
      ]);
      return { connections: connectionRows as Connection[], organizations: organizationRows, hintDomain: domainRows[0] ?? null };
    },

    /**
     * Consumes a transaction and reads what the callback rests on, in one trip. Of any number of callers one gets the
     * rows; the others get a unique violation of consumed_transactions and nothing is read for them (T1).
     */
    async consume(transaction: { id: string; connectionId: string; organizationId: string | null; expiresAt: number }) {
      const [, connectionRows, organizationRows, siblingRows, projectRows] = await db.readAll([
        q.insert(consumedTransactions).values({ projectId, id: transaction.id, expiresAt: transaction.expiresAt }),
        selectConnection(transaction.connectionId),
        organizationOf(transaction.organizationId ?? ""),
        q
          .select({ issuerUrl: connections.issuerUrl })
          .from(connections)
          .where(and(eq(connections.projectId, projectId), eq(connections.organizationId, transaction.organizationId ?? ""))),
        selectProject(),
      ]);
      return {
        connection: (connectionRows[0] as Connection | undefined) ?? null,
        organization: organizationRows[0] ?? null,
        organizationIssuers: siblingRows.map((row) => row.issuerUrl),
        project: projectRows[0] ?? null,
      };
    },

    /** Who an assertion could stand for. `email` and `domain` are canonical, or empty when there is no usable address. */
    async linkingFacts(key: { organizationId: string | null; issuer: string; subject: string }, email: string, domain: string) {
      const organizationKey = key.organizationId ?? "";
      const identityId = sql`(SELECT ${oidcCredentials.identityId} FROM ${oidcCredentials} WHERE ${and(
        eq(oidcCredentials.projectId, projectId),
        eq(oidcCredentials.organizationKey, organizationKey),
        eq(oidcCredentials.issuer, key.issuer),
        eq(oidcCredentials.subject, key.subject),
      )})`;
      const [byCredential, byEmail, known, domainRows] = await db.readAll([
        q.select().from(identities).where(ofProject.identity(identityId)),
        selectIdentityByEmail(email),
        q
          .select({ issuer: oidcCredentials.issuer })
          .from(oidcCredentials)
          .where(
            and(
              eq(oidcCredentials.projectId, projectId),
              eq(oidcCredentials.identityId, identityIdByEmail(email)),
              eq(oidcCredentials.organizationKey, organizationKey),
            ),
          ),
        selectDomain(domain),
      ]);
      return {
        byCredential: (byCredential[0] as Identity | undefined) ?? null,
        byEmail: (byEmail[0] as Identity | undefined) ?? null,
        knownIssuers: known.map((row) => row.issuer),
        domain: domainRows[0] ?? null,
      };
    },

    /** Reads for a local door (password login, registration), to be sent together with the door's counters. */
    localReads(email: string, domain: string) {
      return [
        ...routingReads(domain),
        selectIdentityByEmail(email),
        q
          .select({ hash: passwordCredentials.hash })
          .from(passwordCredentials)
          .where(and(eq(passwordCredentials.projectId, projectId), eq(passwordCredentials.identityId, identityIdByEmail(email)))),
      ] as const;
    },

    routingFactsOf,
  };
}
