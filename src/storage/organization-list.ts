// Organizations in the order of their labels: what the console lists and what a search finds. Two round trips, whatever
// the page's size and the project's; rows are found in two steps, as storage/organizations.ts explains.

import { and, eq, gte, inArray, lte, type SQL, sql } from "drizzle-orm";
import type { OrganizationListing, OrganizationSearch } from "../domain/organizations/organization.ts";
import type { Database } from "./database.ts";
import { toOrganization } from "./organizations.ts";
import { connections, organizationDomains, organizations } from "./schema.ts";

/**
 * Domains a search looks at. Sorting the owners of more by label would read them all; whoever has so many types another
 * letter.
 */
export const DOMAINS_SEARCHED = 1000;

/** Sorts behind everything that begins with the text before it: the last code point there is. */
const LAST = "\u{10ffff}";

/** SQLite's own, as in the indexes: letters of ASCII are equal in both cases. */
const byLabel = sql`${organizations.label} COLLATE NOCASE`;

/**
 * Up to `limit` organizations by label, then id.
 * @returns `cut` when more domains begin with the text than are searched
 */
export async function searchOrganizations(
  db: Database,
  projectId: string,
  search: OrganizationSearch & { limit: number },
): Promise<{ found: OrganizationListing[]; cut: boolean }> {
  const { text, limit } = search;
  const inOrder = and(eq(organizations.projectId, projectId), ofState(search.state), behind(search.after));
  const withLabel = idsInOrder(db, and(inOrder, text === undefined ? undefined : begins(byLabel, text)), limit);
  const withDomain = text === undefined ? undefined : ownersOf(db, projectId, text.toLowerCase());
  const ids =
    withDomain === undefined
      ? sql`(SELECT id FROM ${withLabel})`
      : sql`(SELECT id FROM ${withLabel} UNION SELECT id FROM ${idsOf(db, and(inOrder, inArray(organizations.id, withDomain)), limit)})`;
  const [rows, beyond] = await db.readAll([
    db.query
      .select()
      .from(organizations)
      .where(and(eq(organizations.projectId, projectId), inArray(organizations.id, ids)))
      .orderBy(byLabel, organizations.id)
      .limit(limit),
    domainsFrom(db, projectId, (text ?? "").toLowerCase(), text === undefined ? 0 : 1).offset(DOMAINS_SEARCHED),
  ]);
  const found = rows.length === 0 ? [] : await furnish(db, projectId, rows);
  return { found, cut: beyond.length > 0 };
}

/** The rows with their domains and how many connections they have. */
async function furnish(
  db: Database,
  projectId: string,
  rows: readonly (typeof organizations.$inferSelect)[],
): Promise<OrganizationListing[]> {
  const ids = sql`(SELECT value FROM json_each(${JSON.stringify(rows.map((row) => row.id))}))`;
  const named = db.query
    .select({ domain: organizationDomains.domain })
    .from(organizationDomains)
    .where(and(eq(organizationDomains.projectId, projectId), inArray(organizationDomains.organizationId, ids)));
  const [domains, counts] = await db.readAll([
    db.query
      .select()
      .from(organizationDomains)
      .where(and(eq(organizationDomains.projectId, projectId), inArray(organizationDomains.domain, named))),
    db.query
      .select({ organizationId: connections.organizationId, count: sql<number>`count(*)`.as("connection_count") })
      .from(connections)
      .where(and(eq(connections.projectId, projectId), inArray(connections.organizationId, ids)))
      .groupBy(connections.organizationId),
  ]);
  const domainsOf = Map.groupBy(domains, (d) => d.organizationId);
  const countOf = new Map(counts.map((row) => [row.organizationId, row.count]));
  return rows.map((row) => ({
    organization: toOrganization(row, domainsOf.get(row.id) ?? []),
    connections: countOf.get(row.id) ?? 0,
  }));
}

/** The first ids of an index that has label and id in this order. */
function idsInOrder(db: Database, within: SQL | undefined, limit: number) {
  return idsOf(db, within, limit);
}

function idsOf(db: Database, within: SQL | undefined, limit: number) {
  return db.query.select({ id: organizations.id }).from(organizations).where(within).orderBy(byLabel, organizations.id).limit(limit);
}

function ownersOf(db: Database, projectId: string, text: string) {
  return sql`(SELECT organization_id FROM ${domainsFrom(db, projectId, text, DOMAINS_SEARCHED)})`;
}

/** Active domains that begin with the text, in order. */
function domainsFrom(db: Database, projectId: string, text: string, limit: number) {
  return db.query
    .select({ organizationId: organizationDomains.organizationId })
    .from(organizationDomains)
    .where(
      and(
        eq(organizationDomains.projectId, projectId),
        gte(organizationDomains.domain, text),
        lte(organizationDomains.domain, text + LAST),
        eq(organizationDomains.state, "active"),
      ),
    )
    .orderBy(organizationDomains.domain)
    .limit(limit);
}

function begins(column: SQL, text: string): SQL {
  return sql`${column} >= ${text} AND ${column} <= ${text + LAST}`;
}

function ofState(state: OrganizationSearch["state"]): SQL | undefined {
  return state === undefined ? undefined : eq(organizations.state, state);
}

function behind(after: OrganizationSearch["after"]): SQL | undefined {
  if (after === undefined) return undefined;
  return sql`${byLabel} >= ${after.label} AND (${byLabel} > ${after.label} OR ${organizations.id} > ${after.id})`;
}
