// Who owns e-mail domains and what those organizations offer, as D1's primary has it; and the outbox of the KV index.

import { and, eq, gt, inArray, lt, sql } from "drizzle-orm";
import type { Database, Write } from "./database.ts";
import { fixed, given, ofProject, reusableRead } from "./reusable.ts";
import { connections, domainIndexOutbox, organizationDomains, organizations, projects } from "./schema.ts";

/** What routing asks about a domain. */
export interface DomainRouting {
  owner: { organizationId: string; state: "active" | "pending" } | null;
  organization: { id: string; state: "enabled" | "disabled" } | null;
  /** Enabled connections only, in the order of their creation. */
  connections: { id: string; label: string }[];
}

/** A domain of a project with that, as the KV index needs it. */
export interface DomainFacts extends DomainRouting {
  projectId: string;
  domain: string;
  /** `projects.index_revision` of the same snapshot. */
  revision: number;
}

export interface DomainName {
  projectId: string;
  domain: string;
}

const ROUTING = {
  organizationId: sql<string | null>`${organizationDomains.organizationId}`.as("owner_id"),
  claim: sql<"active" | "pending" | null>`${organizationDomains.state}`.as("claim_state"),
  state: sql<"enabled" | "disabled" | null>`${organizations.state}`.as("organization_state"),
  connectionId: sql<string | null>`${connections.id}`.as("connection_id"),
  connectionLabel: sql<string | null>`${connections.label}`.as("connection_label"),
};
const OWNER = and(
  eq(organizations.projectId, organizationDomains.projectId),
  eq(organizations.id, organizationDomains.organizationId),
);
const USABLE = and(
  eq(connections.projectId, organizationDomains.projectId),
  eq(connections.organizationId, organizationDomains.organizationId),
  eq(connections.state, fixed("enabled")),
);

/** What routing asks about one domain; undefined when nobody owns it. One round trip. */
export async function readDomain(db: Database, projectId: string, domain: string): Promise<DomainRouting | undefined> {
  const rows = await routingOf(db, { projectId, domain });
  const [first] = rows;
  return first && rows.reduce(withConnection, routingFrom(first));
}

const routingOf = reusableRead((db) =>
  db.query
    .select(ROUTING)
    .from(organizationDomains)
    .leftJoin(organizations, OWNER)
    .leftJoin(connections, USABLE)
    .where(ofProject(organizationDomains, eq(organizationDomains.domain, given("domain"))))
    .orderBy(connections.id),
);

/**
 * The facts of some domains of one project, also of those that nobody owns; nothing when the project does not exist.
 * One round trip, rows read in proportion to what is found.
 */
export async function readDomains(db: Database, projectId: string, domains: readonly string[]): Promise<DomainFacts[]> {
  const rows = await factsOf(db, { projectId, domains: JSON.stringify(domains) });
  const byDomain = new Map<string, DomainFacts>();
  for (const row of rows) {
    const { domain, revision } = row;
    const facts = byDomain.get(domain) ?? { projectId, domain, revision, ...routingFrom(row) };
    byDomain.set(domain, withConnection(facts, row));
  }
  return [...byDomain.values()];
}

const factsOf = reusableRead((db) =>
  db.query
    .select({
      ...ROUTING,
      domain: sql<string>`wanted.value`.as("wanted_domain"),
      revision: sql<number>`${projects.indexRevision}`.as("index_revision"),
    })
    .from(projects)
    .innerJoin(sql`json_each(${given("domains")}) AS wanted`, sql`true`)
    .leftJoin(
      organizationDomains,
      and(eq(organizationDomains.projectId, projects.id), sql`${organizationDomains.domain} = wanted.value`),
    )
    .leftJoin(organizations, OWNER)
    .leftJoin(connections, USABLE)
    .where(eq(projects.id, given("projectId")))
    .orderBy(connections.id),
);

interface RoutingRow {
  organizationId: string | null;
  claim: "active" | "pending" | null;
  state: "enabled" | "disabled" | null;
  connectionId: string | null;
  connectionLabel: string | null;
}

function routingFrom({ organizationId, claim, state }: RoutingRow): DomainRouting {
  return {
    owner: organizationId !== null && claim !== null ? { organizationId, state: claim } : null,
    organization: organizationId !== null && state !== null ? { id: organizationId, state } : null,
    connections: [],
  };
}

/** A row for each connection. */
function withConnection<T extends DomainRouting>(routing: T, { connectionId, connectionLabel }: RoutingRow): T {
  if (connectionId !== null) routing.connections.push({ id: connectionId, label: connectionLabel ?? "" });
  return routing;
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

/** Up to `limit` domains of a project that count, in their order, after the one named: those that KV has entries of. */
export async function listDomainsOf(
  db: Database,
  projectId: string,
  after: string | undefined,
  limit: number,
): Promise<string[]> {
  const { domain, state } = organizationDomains;
  const later = after === undefined ? undefined : gt(domain, after);
  const rows = await db.read(
    db.query
      .select({ domain })
      .from(organizationDomains)
      .where(and(eq(organizationDomains.projectId, projectId), eq(state, "active"), later))
      .orderBy(domain)
      .limit(limit),
  );
  return rows.map((row) => row.domain);
}

/** `projects.index_revision` of some projects. One round trip. */
export async function indexRevisions(db: Database, ids: readonly string[]): Promise<Map<string, number>> {
  const listed = sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;
  const rows = await db.read(
    db.query.select({ id: projects.id, revision: projects.indexRevision }).from(projects).where(inArray(projects.id, listed)),
  );
  return new Map(rows.map(({ id, revision }) => [id, revision]));
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
