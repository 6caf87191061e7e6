// Organizations in the order of their labels: what the console lists and what a search finds. Two round trips, whatever
// the page's size and the project's; rows are found in two steps, as storage/organizations.ts explains.

import { and, eq, gte, inArray, lte, type SQL, sql } from "drizzle-orm";
import type { OrganizationListing, OrganizationSearch } from "../domain/organizations/search.ts";
import type { Database } from "./database.ts";
import { toOrganization } from "./organizations.ts";
import { connections, organizationDomains, organizations } from "./schema.ts";

/** Domains a search looks at: sorting the owners of all that begin with one letter would read most of a project. */
export const DOMAINS_SEARCHED = 1000;

/** Sorts behind everything that begins with the text before it: the last code point there is. */
const LAST = "\u{10ffff}";

/** As in the indexes: letters of ASCII are equal in both cases. */
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
  const listed = and(eq(organizations.projectId, projectId), ofState(search.state), behind(search.after));
  const [rows, [beyond]] = await db.readAll([
    db.query
      .select()
      .from(organizations)
      .where(and(eq(organizations.projectId, projectId), inArray(organizations.id, idsOfPage(db, projectId, search, listed))))
      .orderBy(byLabel, organizations.id)
      .limit(limit),
    ownersFrom(db, projectId, text?.domain ?? "", text === undefined ? 0 : 1).offset(DOMAINS_SEARCHED),
  ]);
  const found = rows.length === 0 ? [] : await furnish(db, projectId, rows);
  return { found, cut: beyond !== undefined };
}

/** Keys of the page, and of a few more when the text is the beginning of labels and of domains. */
function idsOfPage(db: Database, projectId: string, { text, limit }: OrganizationSearch & { limit: number }, listed?: SQL): SQL {
  const page = (within?: SQL) =>
    db.query
      .select({ id: organizations.id })
      .from(organizations)
      .where(and(listed, within))
      .orderBy(byLabel, organizations.id)
      .limit(limit);
  if (text === undefined) return sql`(SELECT id FROM ${page()})`;
  const labelled = sql`${byLabel} >= ${text.label} AND ${byLabel} <= ${text.label + LAST}`;
  if (text.domain === undefined) return sql`(SELECT id FROM ${page(labelled)})`;
  const owners = sql`(SELECT organization_id FROM ${ownersFrom(db, projectId, text.domain, DOMAINS_SEARCHED)})`;
  return sql`(SELECT id FROM ${page(labelled)} UNION SELECT id FROM ${page(inArray(organizations.id, owners))})`;
}

/** Owners of the active domains that begin with the text, in the order of the domains. */
function ownersFrom(db: Database, projectId: string, text: string, limit: number) {
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

/** The rows with their domains and how many connections they have. */
async function furnish(
  db: Database,
  projectId: string,
  rows: readonly (typeof organizations.$inferSelect)[],
): Promise<OrganizationListing[]> {
  const ids = sql`(SELECT value FROM json_each(${JSON.stringify(rows.map((row) => row.id))}))`;
  const owned = db.query
    .select({ domain: organizationDomains.domain })
    .from(organizationDomains)
    .where(and(eq(organizationDomains.projectId, projectId), inArray(organizationDomains.organizationId, ids)));
  const [domains, counts] = await db.readAll([
    db.query
      .select()
      .from(organizationDomains)
      .where(and(eq(organizationDomains.projectId, projectId), inArray(organizationDomains.domain, owned))),
    db.query
      .select({ organizationId: connections.organizationId, count: sql<number>`count(*)`.as("connection_count") })
      .from(connections)
      .where(and(eq(connections.projectId, projectId), inArray(connections.organizationId, ids)))
      .groupBy(connections.organizationId),
  ]);
  const domainsOf = Map.groupBy(domains, (domain) => domain.organizationId);
  const countOf = new Map(counts.map((row) => [row.organizationId, row.count]));
  return rows.map((row) => ({
    organization: toOrganization(row, domainsOf.get(row.id) ?? []),
    connections: countOf.get(row.id) ?? 0,
  }));
}

function ofState(state: OrganizationSearch["state"]): SQL | undefined {
  return state === undefined ? undefined : eq(organizations.state, state);
}

function behind(after: OrganizationSearch["after"]): SQL | undefined {
  if (after === undefined) return undefined;
  return sql`${byLabel} >= ${after.label} AND (${byLabel} > ${after.label} OR ${organizations.id} > ${after.id})`;
}
