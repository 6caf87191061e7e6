// Organizations and the domains they own.
//
// A secondary index of a WITHOUT ROWID table is left aside by SQLite for the primary key's first column unless it covers
// the query (without statistics it takes a project for ten rows). So rows are found in two steps: keys out of the index
// alone, then rows by key. test/storage/query-plans.test.ts and the counting test of the list hold this.

import { and, asc, eq, gt, inArray, type SQL, sql } from "drizzle-orm";
import { COUNTED, type Organization, type OrganizationCounts } from "../domain/organizations/organization.ts";
import type { Database, Write } from "./database.ts";
import { connections, identities, oidcCredentials, organizationDomains, organizations, sessions } from "./schema.ts";
import { sessionsOfMembers } from "./sessions.ts";

/** The organization with its active domains. One round trip. */
export async function findOrganization(
  db: Database,
  projectId: string,
  organizationId: string,
): Promise<Organization | undefined> {
  const [[row], domains] = await db.readAll([
    db.query.select().from(organizations).where(isOrganization(projectId, organizationId)),
    db.query.select().from(organizationDomains).where(ownedBy(projectId, organizationId)),
  ]);
  return row ? toOrganization(row, domains) : undefined;
}

/**
 * Up to `limit` organizations in the order of their creation, after the one named. One round trip, whatever the limit.
 * @param page.domain only the organization that owns this canonical domain
 */
export async function listOrganizations(
  db: Database,
  projectId: string,
  page: { after: string | undefined; limit: number; domain?: string | undefined },
): Promise<Organization[]> {
  const within = and(
    eq(organizations.projectId, projectId),
    page.after === undefined ? undefined : gt(organizations.id, page.after),
    page.domain === undefined ? undefined : eq(organizations.id, ownerOf(projectId, page.domain)),
  );
  const ids = db.query
    .select({ id: organizations.id })
    .from(organizations)
    .where(within)
    .orderBy(asc(organizations.id))
    .limit(page.limit);
  const [rows, domains] = await db.readAll([
    db.query.select().from(organizations).where(within).orderBy(asc(organizations.id)).limit(page.limit),
    db.query
      .select()
      .from(organizationDomains)
      .where(
        and(
          eq(organizationDomains.projectId, projectId),
          inArray(
            organizationDomains.domain,
            db.query
              .select({ domain: organizationDomains.domain })
              .from(organizationDomains)
              .where(and(eq(organizationDomains.projectId, projectId), inArray(organizationDomains.organizationId, ids))),
          ),
        ),
      ),
  ]);
  const byOrganization = Map.groupBy(domains, (d) => d.organizationId);
  return rows.map((row) => toOrganization(row, byOrganization.get(row.id) ?? []));
}

/** Labels of those of the ids that the project has. One round trip. */
export async function organizationLabels(db: Database, projectId: string, ids: readonly string[]): Promise<Map<string, string>> {
  const wanted = sql`(SELECT value FROM json_each(${JSON.stringify([...new Set(ids)])}))`;
  const rows = await db.read(
    db.query
      .select({ id: organizations.id, label: organizations.label })
      .from(organizations)
      .where(and(eq(organizations.projectId, projectId), inArray(organizations.id, wanted))),
  );
  return new Map(rows.map((row) => [row.id, row.label]));
}

/** What hangs on an organization, each counted to `COUNTED`. One round trip. */
export async function countOrganization(db: Database, projectId: string, organizationId: string): Promise<OrganizationCounts> {
  const ofIt = sql`project_id = ${projectId} AND organization_id = ${organizationId}`;
  const count = (what: SQL) => sql<number>`(SELECT count(*) FROM (${what} LIMIT ${COUNTED}))`;
  const [row] = await db.read(
    db.query.all<OrganizationCounts>(sql`
      SELECT ${count(sql`SELECT 1 FROM ${connections} WHERE ${ofIt}`)} AS connections,
        ${count(sql`SELECT 1 FROM ${identities} WHERE ${ofIt}`)} AS members,
        ${count(sessionsOfMembers(projectId, organizationId))} AS sessions`),
  );
  return row ?? { connections: 0, members: 0, sessions: 0 };
}

/** Those of `domains` that another organization of the project owns already. For the answer to a refused commit. */
export async function domainsOfOthers(
  db: Database,
  projectId: string,
  organizationId: string,
  domains: readonly string[],
): Promise<string[]> {
  const rows = await db.read(
    db.query
      .select({ domain: organizationDomains.domain, organizationId: organizationDomains.organizationId })
      .from(organizationDomains)
      .where(
        and(
          eq(organizationDomains.projectId, projectId),
          sql`${organizationDomains.domain} IN (SELECT value FROM json_each(${JSON.stringify(domains)}))`,
        ),
      ),
  );
  return rows.filter((row) => row.organizationId !== organizationId).map((row) => row.domain);
}

/** True while the organization exists (and has this revision): the guard of a commit about it. */
export function organizationIs(projectId: string, organizationId: string, revision?: number): SQL {
  const at = revision === undefined ? sql`` : sql` AND revision = ${revision}`;
  return sql`EXISTS (SELECT 1 FROM ${organizations} WHERE project_id = ${projectId} AND id = ${organizationId}${at})`;
}

/** The writes that store a new organization. A domain that is taken breaks the primary key of organization_domains (T49). */
export function organizationInsert(db: Database, organization: Organization): Write[] {
  const { projectId, id, label, state, sessionLifespan, revision, createdAt, updatedAt } = organization;
  return [
    db.query.insert(organizations).values({ projectId, id, label, state, sessionLifespan, revision, createdAt, updatedAt }),
    domainsInsert(db, organization),
  ];
}

/** The writes that store a changed organization and exactly its `domains`. A domain that is taken breaks the primary key. */
export function organizationUpdate(db: Database, organization: Organization): Write[] {
  const { projectId, id, label, state, sessionLifespan, revision, updatedAt } = organization;
  const listed = sql`SELECT value FROM json_each(${JSON.stringify(organization.domains)})`;
  return [
    db.query
      .delete(organizationDomains)
      .where(and(ownedBy(projectId, id), eq(organizationDomains.state, "active"), sql`domain NOT IN (${listed})`)),
    domainsInsert(db, organization),
    db.query.run(sql`
      UPDATE ${organizationDomains} SET state = 'active', position = listed.key
      FROM json_each(${JSON.stringify(organization.domains)}) AS listed
      WHERE project_id = ${projectId} AND organization_id = ${id} AND domain = listed.value`),
    db.query
      .update(organizations)
      .set({ label, state, sessionLifespan, revision, updatedAt })
      .where(isOrganization(projectId, id)),
  ];
}

/**
 * The writes that remove an organization (design decision: its sessions, connections, domains and SSO credentials go, its
 * identities stay, detached), in the order the foreign keys ask for. Sessions are found through the people who were
 * members or hold one of its SSO credentials; a session that both would miss is dead anyway when it is next used.
 */
export function organizationDelete(db: Database, projectId: string, organizationId: string, now: number): Write[] {
  const members = db.query
    .select({ id: identities.id })
    .from(identities)
    .where(and(eq(identities.projectId, projectId), eq(identities.organizationId, organizationId)));
  const credentials = and(eq(oidcCredentials.projectId, projectId), eq(oidcCredentials.organizationKey, organizationId));
  const holders = db.query.select({ id: oidcCredentials.identityId }).from(oidcCredentials).where(credentials);
  const sessionsOfHolders = db.query
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.projectId, projectId), inArray(sessions.identityId, holders)));
  const restingOnIt = and(
    eq(sessions.projectId, projectId),
    eq(sessions.organizationId, organizationId),
    inArray(sessions.id, sessionsOfHolders),
  );
  return [
    db.query.delete(sessions).where(and(eq(sessions.projectId, projectId), inArray(sessions.identityId, members))),
    db.query.delete(sessions).where(restingOnIt),
    db.query.delete(oidcCredentials).where(credentials),
    db.query
      .update(identities)
      .set({ organizationId: null, revision: sql`revision + 1`, updatedAt: now })
      .where(and(eq(identities.projectId, projectId), eq(identities.organizationId, organizationId))),
    db.query.delete(connections).where(and(eq(connections.projectId, projectId), eq(connections.organizationId, organizationId))),
    db.query.delete(organizationDomains).where(ownedBy(projectId, organizationId)),
    db.query.delete(organizations).where(isOrganization(projectId, organizationId)),
  ];
}

/** The noun of a row and its domain rows, of which only the active ones count. */
export function toOrganization(
  row: typeof organizations.$inferSelect,
  domains: readonly (typeof organizationDomains.$inferSelect)[],
): Organization {
  const active = domains.filter((d) => d.state === "active").sort((a, b) => a.position - b.position);
  return { ...row, domains: active.map((d) => d.domain) };
}

/** Inserts the domains that are not the organization's already; one statement and few parameters, however many there are. */
function domainsInsert(db: Database, organization: Organization): Write {
  const { projectId, id, updatedAt } = organization;
  return db.query.run(sql`
    INSERT INTO ${organizationDomains} (project_id, domain, organization_id, state, position, created_at)
    SELECT ${projectId}, listed.value, ${id}, 'active', listed.key, ${updatedAt}
    FROM json_each(${JSON.stringify(organization.domains)}) AS listed
    WHERE listed.value NOT IN (
      SELECT domain FROM ${organizationDomains} WHERE project_id = ${projectId} AND organization_id = ${id})`);
}

function isOrganization(projectId: string, organizationId: string) {
  return and(eq(organizations.projectId, projectId), eq(organizations.id, organizationId));
}

function ownedBy(projectId: string, organizationId: string) {
  const domains = sql`(SELECT domain FROM ${organizationDomains} WHERE project_id = ${projectId} AND organization_id = ${organizationId})`;
  return and(eq(organizationDomains.projectId, projectId), inArray(organizationDomains.domain, domains));
}

function ownerOf(projectId: string, domain: string): SQL {
  return sql`(SELECT organization_id FROM ${organizationDomains} WHERE project_id = ${projectId} AND domain = ${domain} AND state = 'active')`;
}
