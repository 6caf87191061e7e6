// The names of what events speak of: by primary key, so that a page of the log reads a row for each and no more.

import { and, eq, inArray } from "drizzle-orm";
import type { Database } from "./database.ts";
import { apiKeys, connections, identities, organizations } from "./schema.ts";

export type Names = ReadonlyMap<string, string>;

/** Names of a project's organizations, connections and people. One round trip; at most 90 ids of each kind. */
export async function readNames(
  db: Database,
  projectId: string,
  ids: { organizations: string[]; connections: string[]; identities: string[] },
): Promise<{ organizations: Names; connections: Names; identities: Names }> {
  const { query } = db;
  const [organizationRows, connectionRows, identityRows] = await db.readAll([
    query
      .select({ id: organizations.id, name: organizations.label })
      .from(organizations)
      .where(and(eq(organizations.projectId, projectId), inArray(organizations.id, ids.organizations))),
    query
      .select({ id: connections.id, name: connections.label })
      .from(connections)
      .where(and(eq(connections.projectId, projectId), inArray(connections.id, ids.connections))),
    query
      .select({ id: identities.id, name: identities.email })
      .from(identities)
      .where(and(eq(identities.projectId, projectId), inArray(identities.id, ids.identities))),
  ]);
  return { organizations: byId(organizationRows), connections: byId(connectionRows), identities: byId(identityRows) };
}

/** Names of a project's API keys. One round trip. */
export async function readApiKeyNames(db: Database, projectId: string, ids: string[]): Promise<Names> {
  const statement = db.query
    .select({ id: apiKeys.id, name: apiKeys.name })
    .from(apiKeys)
    .where(and(eq(apiKeys.projectId, projectId), inArray(apiKeys.id, ids)));
  return byId(await db.read(statement));
}

function byId(rows: readonly { id: string; name: string | null }[]): Names {
  return new Map(rows.map(({ id, name }) => [id, name ?? id]));
}
