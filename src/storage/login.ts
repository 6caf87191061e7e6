// What a login reads, each as one round trip: from D1's primary, in one snapshot. What it writes is in login-writes.ts;
// loginStore offers both.

import { and, eq, inArray, sql } from "drizzle-orm";
import type { Connection } from "../domain/connections/connection.ts";
import type { Identity } from "../domain/identities/identity.ts";
import type { Database } from "./database.ts";
import { hasEntered, type KnownLogin, knownLoginWrites } from "./known-login.ts";
import {
  AS_JSON,
  connectionsOfOrganization,
  consumption,
  domainOwner,
  domainStartRead,
  identityByEmail,
  linkingRead,
  passwordOfEmail,
  routingRead,
  socialConnections,
  startRead,
} from "./login-statements.ts";
import { loginWrites } from "./login-writes.ts";
import { connections, organizations } from "./schema.ts";

/** What a statement gave as one JSON array: rows as `AS_JSON` has them, and lists. */
type JsonValues = (unknown[] | null | undefined)[];

/** A row of `startRead` or `domainStartRead`. */
function connectionWithOwners({ facts }: { facts: string }) {
  const [connection = [], organization = [], domain = []] = JSON.parse(facts) as unknown[][];
  return {
    connection: AS_JSON.connection.readJoined(connection) as Connection | null,
    organization: AS_JSON.organization.readJoined(organization),
    domain: AS_JSON.claim.readJoined(domain),
  };
}

/** The row of `routingRead`; connections by id. */
function routingFactsOf([row]: { facts: string }[]) {
  const [claim, organization, ofOrganization, social, settings] = JSON.parse(row?.facts ?? "[]") as JsonValues;
  const connectionsIn = (list: unknown[] | null | undefined) =>
    ((list ?? []) as unknown[][])
      .map((values) => AS_JSON.connection.read(values) as Connection)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    domain: claim ? AS_JSON.claim.read(claim) : null,
    organization: organization ? AS_JSON.organization.read(organization) : null,
    connections: connectionsIn(ofOrganization),
    social: connectionsIn(social),
    project: settings ? AS_JSON.settings.read(settings) : null,
  };
}

/** The login room's shelf of one project. */
export function loginStore(db: Database, projectId: string) {
  const q = db.query;

  return {
    ...loginWrites(db, projectId),

    /** All that routing needs for an address, with whole connections so that a start needs no second trip. */
    async routingFacts(domain: string) {
      const [rows] = await db.readAll([routingRead(db, { projectId, domain })]);
      return routingFactsOf(rows);
    },

    async socialConnections(): Promise<Connection[]> {
      const [rows] = await db.readAll([socialConnections(db, { projectId })]);
      return rows as Connection[];
    },

    /** A connection with its organization, and who owns the domain of a login hint. */
    async startFacts(connectionId: string, hintDomain: string | undefined) {
      const [row] = await startRead(db, { projectId, connectionId, domain: hintDomain ?? "" });
      const { connection = null, organization = null, domain: owner = null } = row ? connectionWithOwners(row) : {};
      return { connection, organization, hintDomain: owner };
    },

    /** The same for an address: who owns its domain, and every connection that could be meant. */
    async domainStartFacts(domain: string) {
      const rows = (await domainStartRead(db, { projectId, domain })).map(connectionWithOwners);
      return {
        domain: rows[0]?.domain ?? null,
        organization: rows[0]?.organization ?? null,
        connections: rows.flatMap(({ connection }) => connection ?? []),
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
      const [rows] = await db.readAll([consumption(db, { projectId, id, expiresAt, connectionId, organizationId })]);
      const [connection, organization, settings] = JSON.parse(rows[0]?.ground ?? "[]") as JsonValues;
      return {
        connection: connection ? (AS_JSON.connection.read(connection) as Connection) : null,
        organization: organization ? AS_JSON.organization.read(organization) : null,
        project: settings ? AS_JSON.settings.read(settings) : null,
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
      const { issuer, subject } = key;
      const [rows, entry] = await db.readAll([
        linkingRead(db, { projectId, organizationKey: key.organizationId ?? "", issuer, subject, email, domain }),
        ...(known ? knownLoginWrites(db, known) : []),
      ]);
      const [named, namesake, knownIssuers, organizationIssuers, claim] = JSON.parse(rows[0]?.facts ?? "[]") as JsonValues;
      const byCredential = named ? (AS_JSON.identity.read(named) as Identity) : null;
      const other = namesake ? (AS_JSON.identity.read(namesake) as Identity) : null;
      return {
        entered: hasEntered(entry),
        byCredential,
        byEmail: byCredential?.email === email ? byCredential : other,
        knownIssuers: (knownIssuers ?? []) as string[],
        organizationIssuers: (organizationIssuers ?? []) as string[],
        domain: claim ? AS_JSON.claim.read(claim) : null,
      };
    },

    /** Reads for a local door (password login, registration), to be sent together with the door's counters. */
    localReads(email: string, domain: string) {
      return [
        routingRead(db, { projectId, domain }),
        identityByEmail(db, { projectId, email }),
        passwordOfEmail(db, { projectId, email }),
      ] as const;
    },

    routingFactsOf,
  };
}
