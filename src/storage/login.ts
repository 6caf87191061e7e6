// What a login reads, each as one round trip: from D1's primary, in one snapshot. Nothing here joins (database.ts). What it
// writes is in login-writes.ts; loginStore offers both.

import { and, eq, inArray, sql } from "drizzle-orm";
import type { Connection } from "../domain/connections/connection.ts";
import type { Identity } from "../domain/identities/identity.ts";
import type { BatchResults, Database } from "./database.ts";
import { hasEntered, type KnownLogin, knownLoginWrites } from "./known-login.ts";
import {
  connectionById,
  connectionsOfDomain,
  connectionsOfOrganization,
  consumptionInsert,
  domainOwner,
  identityByCredential,
  identityByEmail,
  issuersOfEmail,
  issuersOfOrganization,
  organizationById,
  organizationOfDomain,
  passwordOfEmail,
  projectSettings,
  socialConnections,
  startRead,
} from "./login-statements.ts";
import { loginWrites } from "./login-writes.ts";
import { connections, organizations } from "./schema.ts";

/** The login room's shelf of one project. */
export function loginStore(db: Database, projectId: string) {
  const q = db.query;

  const routingReads = (domain: string) =>
    [
      domainOwner(db, { projectId, domain }),
      organizationOfDomain(db, { projectId, domain }),
      connectionsOfDomain(db, { projectId, domain }),
      socialConnections(db, { projectId }),
      projectSettings(db, { projectId }),
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
      const [rows] = await db.readAll([socialConnections(db, { projectId })]);
      return rows as Connection[];
    },

    /** A connection with its organization, and who owns the domain of a login hint. */
    async startFacts(connectionId: string, hintDomain: string | undefined) {
      const [found] = await startRead(db, { projectId, connectionId, domain: hintDomain ?? "" });
      return {
        connection: (found?.connection as Connection | undefined) ?? null,
        organization: found?.organization ?? null,
        hintDomain: found?.hintDomain ?? null,
      };
    },

    /** The same for links that name an organization or an issuer: every connection that could be meant. */
    async linkFacts(target: { organizationId: string } | { issuer: string }, hintDomain: string | undefined) {
      const candidates =
        "organizationId" in target
          ? connectionsOfOrganization(db, { projectId, organizationId: target.organizationId })
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
        domainOwner(db, { projectId, domain: hintDomain ?? "" }),
      ]);
      return { connections: connectionRows as Connection[], organizations: organizationRows, hintDomain: domainRows[0] ?? null };
    },

    /**
     * Consumes a transaction and reads what the callback rests on, in one trip. Of any number of callers one gets the
     * rows; the others get a unique violation of consumed_transactions and nothing is read for them (T1).
     */
    async consume(transaction: { id: string; connectionId: string; organizationId: string | null; expiresAt: number }) {
      const { id, connectionId, expiresAt } = transaction;
      const organizationId = transaction.organizationId ?? "";
      const [, connectionRows, organizationRows, siblingRows, projectRows] = await db.readAll([
        consumptionInsert(db, { projectId, id, expiresAt }),
        connectionById(db, { projectId, connectionId }),
        organizationById(db, { projectId, organizationId }),
        issuersOfOrganization(db, { projectId, organizationId }),
        projectSettings(db, { projectId }),
      ]);
      return {
        connection: (connectionRows[0] as Connection | undefined) ?? null,
        organization: organizationRows[0] ?? null,
        organizationIssuers: siblingRows.map((row) => row.issuerUrl),
        project: projectRows[0] ?? null,
      };
    },

    /**
     * Who an assertion could stand for. `email` and `domain` are canonical, or empty when there is no usable address.
     * @param known lets the person in with the same trip, if known and unchanged; `entered` says whether it did
     */
    async linkingFacts(
      key: { organizationId: string | null; issuer: string; subject: string },
      email: string,
      domain: string,
      known?: KnownLogin,
    ) {
      const organizationKey = key.organizationId ?? "";
      const [byCredential, byEmail, issuers, domainRows, entry] = await db.readAll([
        identityByCredential(db, { projectId, organizationKey, issuer: key.issuer, subject: key.subject }),
        identityByEmail(db, { projectId, email }),
        issuersOfEmail(db, { projectId, email, organizationKey }),
        domainOwner(db, { projectId, domain }),
        ...(known ? knownLoginWrites(db, known) : []),
      ]);
      return {
        entered: hasEntered(entry),
        byCredential: (byCredential[0] as Identity | undefined) ?? null,
        byEmail: (byEmail[0] as Identity | undefined) ?? null,
        knownIssuers: issuers.map((row) => row.issuer),
        domain: domainRows[0] ?? null,
      };
    },

    /** Reads for a local door (password login, registration), to be sent together with the door's counters. */
    localReads(email: string, domain: string) {
      return [
        ...routingReads(domain),
        identityByEmail(db, { projectId, email }),
        passwordOfEmail(db, { projectId, email }),
      ] as const;
    },

    routingFactsOf,
  };
}
