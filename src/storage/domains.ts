// Who owns e-mail domains and what those organizations offer, as D1's primary has it; and the outbox of the KV index.

import { and, eq, inArray, lt, sql } from "drizzle-orm";
import type { Database, Write } from "./database.ts";
import { fixed, given, reusableRead } from "./reusable.ts";
import { connections, domainIndexOutbox, organizationDomains, organizations, projects } from "./schema.ts";

/** A domain of a project, with the rows that routing asks for. */
export interface DomainFacts {
  projectId: string;
  domain: string;
  /** `projects.index_revision` of the same snapshot. */
  revision: number;
  owner: { organizationId: string; state: "active" | "pending" } | null;
  organization: { id: string; label: string; state: "enabled" | "disabled" } | null;
  /** Enabled connections only, in the order of their creation. */
  connections: { id: string; label: string }[];
}

export interface DomainName {
  projectId: string;
  domain: string;
}

/**
 * The facts of some domains of one project, also of those that nobody owns; nothing when the project does not exist.
 * One round trip, rows read in proportion to what is found.
 */
export async function readDomains(db: Database, projectId: string, domains: readonly string[]): Promise<DomainFacts[]> {
  const rows = await factsOf(db, { projectId, domains: JSON.stringify(domains) });
  const byDomain = new Map<string, DomainFacts>();
  for (const row of rows) {
    const facts = byDomain.get(row.domain) ?? toFacts(projectId, row);
    byDomain.set(row.domain, facts);
    if (row.connectionId !== null) facts.connections.push({ id: row.connectionId, label: row.connectionLabel ?? "" });
  }
  return [...byDomain.values()];
}

const factsOf = reusableRead((db) =>
  db.query
    .select({
      domain: sql<string>`wanted.value`.as("wanted_domain"),
      revision: sql<number>`${projects.indexRevision}`.as("index_revision"),
      organizationId: sql<string | null>`${organizationDomains.organizationId}`.as("owner_id"),
      claim: sql<"active" | "pending" | null>`${organizationDomains.state}`.as("claim_state"),
      label: sql<string | null>`${organizations.label}`.as("organization_label"),
      state: sql<"enabled" | "disabled" | null>`${organizations.state}`.as("organization_state"),
      connectionId: sql<string | null>`${connections.id}`.as("connection_id"),
      connectionLabel: sql<string | null>`${connections.label}`.as("connection_label"),
    })
    .from(projects)
    .innerJoin(sql`json_each(${given("domains")}) AS wanted`, sql`true`)
    .leftJoin(
      organizationDomains,
      and(eq(organizationDomains.projectId, projects.id), sql`${organizationDomains.domain} = wanted.value`),
    )
    .leftJoin(
      organizations,
      and(eq(organizations.projectId, projects.id), eq(organizations.id, organizationDomains.organizationId)),
    )
    .leftJoin(
      connections,
      and(
        eq(connections.projectId, projects.id),
        eq(connections.organizationId, organizationDomains.organizationId),
        eq(connections.state, fixed("enabled")),
      ),
    )
    .where(eq(projects.id, given("projectId")))
    .orderBy(connections.id),
);

function toFacts(
  projectId: string,
  row: {
    domain: string;
    revision: number;
    organizationId: string | null;
    claim: "active" | "pending" | null;
    label: string | null;
    state: "enabled" | "disabled" | null;
  },
): DomainFacts {
  const { domain, revision, organizationId, claim, label, state } = row;
  return {
    projectId,
    domain,
    revision,
    owner: organizationId !== null && claim !== null ? { organizationId, state: claim } : null,
    organization: organizationId !== null && state !== null ? { id: organizationId, label: label ?? "", state } : null,
    connections: [],
  };
}

/** Up to `limit` owned domains of all projects in the order of the primary key, after the one named. */
export async function listOwnedDomains(db: Database, after: DomainName | undefined, limit: number): Promise<DomainName[]> {
  const { projectId, domain } = organizationDomains;
  return await db.read(
    db.query
      .select({ projectId, domain })
      .from(organizationDomains)
      .where(after && sql`(${projectId}, ${domain}) > (${after.projectId}, ${after.domain})`)
      .orderBy(projectId, domain)
      .limit(limit),
  );
}

/** Up to `limit` domains whose entry has been unconfirmed since before `olderThan` (milliseconds). */
export async function listOutbox(db: Database, olderThan: number, limit: number): Promise<DomainName[]> {
  return await db.read(
    db.query
      .select({ projectId: domainIndexOutbox.projectId, domain: domainIndexOutbox.domain })
      .from(domainIndexOutbox)
      .where(lt(domainIndexOutbox.createdAt, olderThan))
      .limit(limit),
  );
}

/** Confirms domains whose entry has been written as of `revision`; one that has changed again stays. */
export function outboxConfirm(db: Database, projectId: string, domains: readonly string[], revision: number): Write {
  return db.query
    .delete(domainIndexOutbox)
    .where(
      and(
        eq(domainIndexOutbox.projectId, projectId),
        inArray(domainIndexOutbox.domain, sql`(SELECT value FROM json_each(${JSON.stringify(domains)}))`),
        sql`${domainIndexOutbox.revision} <= ${revision}`,
      ),
    );
}
