// Apps: the clients of a project's OpenID Provider.

import { and, asc, eq, gt, type SQL, sql } from "drizzle-orm";
import type { Client } from "../domain/clients/client.ts";
import type { Database, Write } from "./database.ts";
import { clients, organizations } from "./schema.ts";

/** The client with this id. One round trip. */
export async function findClient(db: Database, projectId: string, clientId: string): Promise<Client | undefined> {
  const [row] = await db.read(db.query.select().from(clients).where(isClient(projectId, clientId)));
  return row;
}

/** Up to `limit` clients in the order of their creation, after the one named; only those of this name when it is given. */
export async function listClients(
  db: Database,
  projectId: string,
  page: { after: string | undefined; limit: number; name?: string | undefined },
): Promise<Client[]> {
  return await db.read(
    db.query
      .select()
      .from(clients)
      .where(
        and(
          eq(clients.projectId, projectId),
          gt(clients.id, page.after ?? ""),
          page.name === undefined ? undefined : eq(clients.name, page.name),
        ),
      )
      .orderBy(asc(clients.id))
      .limit(page.limit),
  );
}

/** Those of `ids` that are organizations of the project. One round trip. */
export async function organizationsAmong(db: Database, projectId: string, ids: readonly string[]): Promise<string[]> {
  const rows = await db.read(
    db.query
      .select({ id: organizations.id })
      .from(organizations)
      .where(
        and(
          eq(organizations.projectId, projectId),
          sql`${organizations.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`,
        ),
      ),
  );
  return rows.map((row) => row.id);
}

/** Those of `ids` that are apps of the project. One round trip. */
export async function clientsAmong(db: Database, projectId: string, ids: readonly string[]): Promise<string[]> {
  const rows = await db.read(
    db.query
      .select({ id: clients.id })
      .from(clients)
      .where(and(eq(clients.projectId, projectId), sql`${clients.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`)),
  );
  return rows.map((row) => row.id);
}

/** True while the client is of this revision: the guard of a commit about it. */
export function clientIs(projectId: string, clientId: string, revision: number): SQL {
  return sql`EXISTS (SELECT 1 FROM ${clients} WHERE project_id = ${projectId} AND id = ${clientId} AND revision = ${revision})`;
}

/** True while all of these are organizations of the project. */
export function areOrganizations(projectId: string, ids: readonly string[]): SQL {
  return sql`NOT EXISTS (SELECT 1 FROM json_each(${JSON.stringify(ids)}) AS wanted WHERE NOT EXISTS (
    SELECT 1 FROM ${organizations} WHERE project_id = ${projectId} AND id = wanted.value))`;
}

export function clientInsert(db: Database, client: Client): Write {
  return db.query.insert(clients).values(client);
}

export function clientUpdate(db: Database, client: Client): Write {
  const { projectId, id, createdAt: _, ...changes } = client;
  return db.query.update(clients).set(changes).where(isClient(projectId, id));
}

export function clientDelete(db: Database, projectId: string, clientId: string): Write {
  return db.query.delete(clients).where(isClient(projectId, clientId));
}

function isClient(projectId: string, clientId: string) {
  return and(eq(clients.projectId, projectId), eq(clients.id, clientId));
}
