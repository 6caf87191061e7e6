// Connections: the OpenID Connect client registrations of a project.

import { and, asc, eq, gt, inArray, type SQL, sql } from "drizzle-orm";
import type { Connection, IdTokenAlg, Provider, SecretColumn } from "../domain/connections/connection.ts";
import type { Database, Write } from "./database.ts";
import { connections, identities, organizations, sessions } from "./schema.ts";

/** The connection with this id. One round trip. */
export async function findConnection(db: Database, projectId: string, connectionId: string): Promise<Connection | undefined> {
  const [row] = await db.read(db.query.select().from(connections).where(isConnection(projectId, connectionId)));
  return row && toConnection(row);
}

/** Which connections of a project: those of one organization when it is given. */
interface ConnectionPage {
  after: string | undefined;
  limit: number;
  organizationId?: string | undefined;
}

/** Up to `limit` connections in the order of their creation, after the one named; of one organization when it is given. */
export async function listConnections(db: Database, projectId: string, page: ConnectionPage): Promise<Connection[]> {
  const rows = await db.read(
    db.query
      .select()
      .from(connections)
      .where(pageOf(db, projectId, page))
      .orderBy(asc(connections.id))
      .limit(page.limit),
  );
  return rows.map(toConnection);
}

/** The same page, each connection with the label of its organization. One round trip. */
export async function listLabelledConnections(
  db: Database,
  projectId: string,
  page: ConnectionPage,
): Promise<(Connection & { organizationLabel: string | null })[]> {
  const rows = await db.read(
    db.query
      .select({ connection: connections, organizationLabel: organizations.label })
      .from(connections)
      .leftJoin(
        organizations,
        and(eq(organizations.projectId, connections.projectId), eq(organizations.id, connections.organizationId)),
      )
      .where(pageOf(db, projectId, page))
      .orderBy(asc(connections.id))
      .limit(page.limit),
  );
  return rows.map(({ connection, organizationLabel }) => ({ ...toConnection(connection), organizationLabel }));
}

/** Keys out of the index alone, where an organization is given: see storage/organizations.ts. */
function pageOf(db: Database, projectId: string, page: ConnectionPage): SQL | undefined {
  const after = page.after === undefined ? undefined : gt(connections.id, page.after);
  if (page.organizationId === undefined) return and(eq(connections.projectId, projectId), after);
  const ids = db.query
    .select({ id: connections.id })
    .from(connections)
    .where(and(eq(connections.projectId, projectId), eq(connections.organizationId, page.organizationId), after))
    .orderBy(asc(connections.id))
    .limit(page.limit);
  return and(eq(connections.projectId, projectId), inArray(connections.id, ids));
}

/** The sealed secrets of one connection. */
export interface SealedSecret extends Record<SecretColumn, string | null> {
  projectId: string;
  id: string;
}

const SECRETS = {
  client_secret: connections.clientSecret,
  previous_client_secret: connections.previousClientSecret,
  private_key: connections.privateKey,
} as const;
/** The same columns by the names that `set` takes. */
const SECRET_FIELDS = {
  client_secret: "clientSecret",
  previous_client_secret: "previousClientSecret",
  private_key: "privateKey",
} as const satisfies Record<SecretColumn, keyof Connection>;

/** The next connections, of all projects, in the order of the primary key. One round trip. */
export async function readSealedSecrets(
  db: Database,
  after: readonly [projectId: string, id: string] | undefined,
  limit: number,
): Promise<SealedSecret[]> {
  return await db.read(
    db.query
      .select({ projectId: connections.projectId, id: connections.id, ...SECRETS })
      .from(connections)
      .where(after && sql`(${connections.projectId}, ${connections.id}) > (${after[0]}, ${after[1]})`)
      .orderBy(asc(connections.projectId), asc(connections.id))
      .limit(limit),
  );
}

/** The write that replaces the sealed text of a secret if it is still the one that was read. */
export function secretReseal(db: Database, read: SealedSecret, column: SecretColumn, sealed: string): Write {
  return db.query
    .update(connections)
    .set({ [SECRET_FIELDS[column]]: sealed })
    .where(and(isConnection(read.projectId, read.id), eq(SECRETS[column], read[column] ?? "")));
}

/** True while the connection exists (and has this revision): the guard of a commit about it. */
export function connectionIs(projectId: string, connectionId: string, revision?: number): SQL {
  const at = revision === undefined ? sql`` : sql` AND revision = ${revision}`;
  return sql`EXISTS (SELECT 1 FROM ${connections} WHERE project_id = ${projectId} AND id = ${connectionId}${at})`;
}

/** The write that stores a new connection. An organization that is not of the project breaks its foreign key. */
export function connectionInsert(db: Database, connection: Connection): Write {
  return db.query.insert(connections).values(connection);
}

/**
 * The write that stores what differs between two states of a connection, and nothing else: what a login or the night shift
 * has written to the row since `before` was read stays.
 */
export function connectionUpdate(db: Database, before: Connection, after: Connection): Write {
  const changed = Object.entries(after).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field as keyof Connection]),
  );
  return db.query
    .update(connections)
    .set(Object.fromEntries(changed) as Partial<Connection>)
    .where(isConnection(before.projectId, before.id));
}

/** The writes that remove a connection and the sessions that rest on it. */
export function connectionDelete(db: Database, connection: Pick<Connection, "projectId" | "id" | "organizationId">): Write[] {
  const { projectId, id, organizationId } = connection;
  // Members are found by index. A social connection has no such group, so its project's sessions are read through.
  const sessionsOfMembers =
    organizationId === null
      ? undefined
      : inArray(
          sessions.id,
          sql`(SELECT id FROM ${sessions} WHERE project_id = ${projectId} AND identity_id IN (
            SELECT id FROM ${identities} WHERE project_id = ${projectId} AND organization_id = ${organizationId}))`,
        );
  return [
    db.query.delete(sessions).where(and(eq(sessions.projectId, projectId), eq(sessions.connectionId, id), sessionsOfMembers)),
    db.query.delete(connections).where(isConnection(projectId, id)),
  ];
}

/** The noun of a row. */
export function toConnection(row: typeof connections.$inferSelect): Connection {
  return {
    ...row,
    provider: row.provider as Provider,
    idTokenSignedResponseAlg: row.idTokenSignedResponseAlg as IdTokenAlg,
  };
}

function isConnection(projectId: string, connectionId: string) {
  return and(eq(connections.projectId, projectId), eq(connections.id, connectionId));
}
