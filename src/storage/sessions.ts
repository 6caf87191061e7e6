// Sessions in D1: the one read that every use of a session rests on, the lists, and the deletes.

import { and, asc, eq, getTableColumns, gt, gte, inArray, ne, type SQL, sql } from "drizzle-orm";
import type { Identity } from "../domain/identities/identity.ts";
import type { PageRequest } from "../domain/page.ts";
import type { Session, SessionGround } from "../domain/sessions/session.ts";
import type { Database, Write } from "./database.ts";
import { jsonArray, jsonRow } from "./json-row.ts";
import { fixed, given, ofProject, reusableRead } from "./reusable.ts";
import { connections, identities, organizationDomains, organizations, sessions } from "./schema.ts";

/** A session with what it rests on, read in one statement. */
export interface SessionRecord {
  session: Session;
  identity: Identity;
  ground: SessionGround;
  /** Name of the session's organization, or null when it is gone or the session has none. */
  organizationLabel: string | null;
}

/**
 * The session by the id that its token carries; undefined unless the digest of the token is the stored one. One round trip,
 * at most five rows by primary key.
 */
export async function findSessionByToken(
  db: Database,
  of: { projectId: string; sessionId: string; tokenHash: string },
): Promise<SessionRecord | undefined> {
  const [row] = await sessionByToken(db, of);
  return row && toRecord(row);
}

const sessionByToken = reusableRead((db) =>
  withGround(db).where(ofProject(sessions, eq(sessions.id, given("sessionId")), eq(sessions.tokenHash, given("tokenHash")))),
);

/** One session of the project, whatever its state; at most one row. */
export async function findSession(db: Database, projectId: string, sessionId: string): Promise<SessionRecord | undefined> {
  const [row] = await db.read(withGround(db).where(and(eq(sessions.projectId, projectId), eq(sessions.id, sessionId))));
  return row && toRecord(row);
}

export interface SessionPage extends PageRequest {
  /** Only this identity's sessions; without it, all of the project's. */
  identityId?: string;
}

/** Sessions in the order of their ids, which is the order of their making, with what each rests on. */
export async function listSessions(db: Database, projectId: string, page: SessionPage): Promise<SessionRecord[]> {
  const rows = await db.read(
    withGround(db)
      .where(
        and(
          eq(sessions.projectId, projectId),
          page.identityId === undefined ? undefined : eq(sessions.identityId, page.identityId),
          page.after === undefined ? undefined : gt(sessions.id, page.after),
        ),
      )
      .orderBy(asc(sessions.id))
      .limit(page.limit),
  );
  return rows.map(toRecord);
}

/** Members whose sessions a page looks for: an organization may have many who are not signed in. */
const MEMBERS_SEARCHED = 250;

/** Where a list of an organization's sessions goes on: behind this session, or behind all of this member's. */
export interface MemberSessionCursor {
  identityId: string;
  /** The empty string is before every session. */
  sessionId: string;
}

/**
 * Sessions of an organization's members: by member in the order of joining the project, then in the order of their making.
 * Looks at a bounded number of members, so that a page may hold fewer than `limit` and still name where to go on. Two
 * round trips.
 */
export async function listSessionsOfMembers(
  db: Database,
  projectId: string,
  page: { organizationId: string; after: MemberSessionCursor | undefined; limit: number },
): Promise<{ records: SessionRecord[]; next: MemberSessionCursor | undefined }> {
  const { organizationId, limit } = page;
  const after = page.after ?? { identityId: "", sessionId: "" };
  const members = await db.read(
    db.query
      .select({ id: identities.id })
      .from(identities)
      .where(
        and(
          eq(identities.projectId, projectId),
          eq(identities.organizationId, organizationId),
          gte(identities.id, after.identityId),
        ),
      )
      .orderBy(asc(identities.id))
      .limit(MEMBERS_SEARCHED + 1),
  );
  const beyond = members[MEMBERS_SEARCHED]?.id;
  const searched = sql`(SELECT value FROM json_each(${JSON.stringify(members.slice(0, MEMBERS_SEARCHED).map((m) => m.id))}))`;
  const rows = await db.read(
    withGround(db)
      .where(
        and(
          eq(sessions.projectId, projectId),
          inArray(sessions.identityId, searched),
          sql`(${sessions.identityId} > ${after.identityId} OR ${sessions.id} > ${after.sessionId})`,
        ),
      )
      .orderBy(asc(sessions.identityId), asc(sessions.id))
      .limit(limit + 1),
  );
  const records = rows.slice(0, limit).map(toRecord);
  const last = records.at(-1)?.session;
  if (rows.length > limit && last) return { records, next: { identityId: last.identityId, sessionId: last.id } };
  return { records, next: beyond === undefined ? undefined : { identityId: beyond, sessionId: "" } };
}

/** Ids of the sessions that an organization's members have, as a SELECT that may be limited. */
export function sessionsOfMembers(projectId: string, organizationId: string): SQL {
  return sql`SELECT held.id FROM ${identities} AS member CROSS JOIN ${sessions} AS held
    ON held.project_id = member.project_id AND held.identity_id = member.id
    WHERE member.project_id = ${projectId} AND member.organization_id = ${organizationId}`;
}

/** True while a member of the organization has a session: the guard of a commit that ends them. */
export function hasSessionsOfMembers(projectId: string, organizationId: string): SQL {
  return sql`EXISTS (${sessionsOfMembers(projectId, organizationId)})`;
}

/** Ends sessions of the organization's members, at most `limit`. */
export function sessionsOfMembersDelete(db: Database, projectId: string, organizationId: string, limit: number): Write {
  const some = sql`(${sessionsOfMembers(projectId, organizationId)} LIMIT ${limit})`;
  return db.query.delete(sessions).where(and(eq(sessions.projectId, projectId), inArray(sessions.id, some)));
}

/** True while the session is there: the guard of a commit that ends it. */
export function sessionExists(projectId: string, sessionId: string): SQL {
  return sql`EXISTS (SELECT 1 FROM ${sessions} WHERE project_id = ${projectId} AND id = ${sessionId})`;
}

/** True while the identity has a session besides `exceptId`: the guard of a commit that ends them. */
export function hasSessions(projectId: string, identityId: string, exceptId = ""): SQL {
  return sql`EXISTS (SELECT 1 FROM ${sessions} WHERE project_id = ${projectId} AND identity_id = ${identityId} AND id <> ${exceptId})`;
}

/** Ends one session of one identity. */
export function sessionDelete(db: Database, projectId: string, identityId: string, sessionId: string): Write {
  return db.query
    .delete(sessions)
    .where(and(eq(sessions.projectId, projectId), eq(sessions.identityId, identityId), eq(sessions.id, sessionId)));
}

/** Ends all sessions of one identity, but for `exceptId`. */
export function sessionsOfIdentityDelete(db: Database, projectId: string, identityId: string, exceptId?: string): Write {
  return db.query
    .delete(sessions)
    .where(
      and(
        eq(sessions.projectId, projectId),
        eq(sessions.identityId, identityId),
        exceptId === undefined ? undefined : ne(sessions.id, exceptId),
      ),
    );
}

const { tokenHash: _, ...SESSION } = getTableColumns(sessions);
const AS_JSON = {
  session: jsonRow(SESSION),
  identity: jsonRow(getTableColumns(identities)),
  domain: jsonRow({ organizationId: organizationDomains.organizationId }),
  organization: jsonRow({ state: organizations.state, label: organizations.label }),
  connection: jsonRow({ state: connections.state, trustRevision: connections.trustRevision }),
};

/** Each table is joined by its primary key. */
function withGround(db: Database) {
  return db.query
    .select({ record: sql<string>`${jsonArray(Object.values(AS_JSON).map(({ value }) => value))}`.as("record") })
    .from(sessions)
    .innerJoin(identities, and(eq(identities.projectId, sessions.projectId), eq(identities.id, sessions.identityId)))
    .leftJoin(
      organizationDomains,
      and(
        eq(organizationDomains.projectId, sessions.projectId),
        eq(organizationDomains.domain, identities.emailDomain),
        eq(organizationDomains.state, fixed("active")),
      ),
    )
    .leftJoin(organizations, and(eq(organizations.projectId, sessions.projectId), eq(organizations.id, sessions.organizationId)))
    .leftJoin(connections, and(eq(connections.projectId, sessions.projectId), eq(connections.id, sessions.connectionId)))
    .$dynamic();
}

function toRecord({ record }: { record: string }): SessionRecord {
  const [of = [], person = [], domain = [], ofOrganization = [], connection = []] = JSON.parse(record) as unknown[][];
  const session = AS_JSON.session.read(of) as Session;
  const identity = AS_JSON.identity.read(person) as Identity;
  const organization = AS_JSON.organization.readJoined(ofOrganization);
  return {
    session,
    identity,
    organizationLabel: organization?.label ?? null,
    ground: {
      identityState: identity.state,
      identityOrganizationId: identity.organizationId,
      domainOrganizationId: AS_JSON.domain.readJoined(domain)?.organizationId ?? null,
      organizationState: organization?.state ?? null,
      connection: AS_JSON.connection.readJoined(connection),
    },
  };
}
