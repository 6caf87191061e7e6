// The login of a person who is known and unchanged, written in the very batch that reads what the gate is to judge, so that
// it costs no round trip of its own. The statements write only if everything holds that the gate asks of the database; else
// they write nothing, and the login goes on as any other.

import { and, eq, getTableColumns, isNull, lte, or, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { NewEvent, RequestContext } from "../domain/events/event.ts";
import type { Session } from "../domain/sessions/session.ts";
import type { Database, Write } from "./database.ts";
import { fixed, given, ofProject, reusable } from "./reusable.ts";
import { connections, events, identities, oidcCredentials, organizationDomains, organizations, sessions } from "./schema.ts";

export interface KnownLogin {
  /** An organization's; whose it is comes out of the credential. */
  session: Omit<Session, "identityId"> & { organizationId: string; connectionId: string; connectionTrustRevision: number };
  tokenHash: string;
  credential: { issuer: string; subject: string };
  /** What the identity provider asserted, canonical. */
  address: { canonical: string; domain: string };
  event: { id: string; what: Pick<NewEvent, "type" | "details">; context: RequestContext };
  /** The success is recorded unless one is at or after this, milliseconds; undefined: one is. */
  notSince: number | undefined;
}

/** The writes, for the end of a `readAll`. Whether the first has written a row is whether the person is in. */
export function knownLoginWrites(db: Database, login: KnownLogin): Write[] {
  const { session, event, notSince } = login;
  const { projectId, organizationId, connectionId } = session;
  const now = session.issuedAt;
  return [
    knownSession(db, {
      ...session,
      tokenHash: login.tokenHash,
      issuer: login.credential.issuer,
      subject: login.credential.subject,
      email: login.address.canonical,
      domain: login.address.domain,
    }),
    knownEvent(db, {
      projectId,
      sessionId: session.id,
      id: event.id,
      type: event.what.type,
      organizationId,
      connectionId,
      requestId: event.context.requestId,
      ipAddress: event.context.ipAddress,
      details: event.what.details ?? {},
      createdAt: now,
    }),
    ...(notSince === undefined ? [] : [knownSuccess(db, { projectId, sessionId: session.id, connectionId, now, notSince })]),
  ];
}

/** Whether the session's statement has written it. */
export function hasEntered(result: unknown): boolean {
  return (result as { meta?: { changes?: number } } | undefined)?.meta?.changes === 1;
}

/** Linking's `use` (linking.ts) of a person about whom nothing changes (person.ts): the address is theirs, and known to be. */
const isUnchanged = ofProject(
  identities,
  sql`${identities.id} = (SELECT ${oidcCredentials.identityId} FROM ${oidcCredentials} WHERE ${ofProject(
    oidcCredentials,
    eq(oidcCredentials.organizationKey, given("organizationId")),
    eq(oidcCredentials.issuer, given("issuer")),
    eq(oidcCredentials.subject, given("subject")),
  )})`,
  eq(identities.state, fixed("active")),
  eq(identities.organizationId, given("organizationId")),
  eq(identities.email, given("email")),
  sql`${identities.emailVerified} = 1`,
);

/** Admission's `organization_sso` (admission.ts), and the connection as the login was begun with it (T58). */
const isAdmitted = sql`EXISTS (SELECT 1 FROM ${connections} WHERE ${ofProject(
  connections,
  eq(connections.id, given("connectionId")),
  eq(connections.organizationId, given("organizationId")),
  eq(connections.state, fixed("enabled")),
  eq(connections.trustRevision, given("connectionTrustRevision")),
)}) AND EXISTS (SELECT 1 FROM ${organizations} WHERE ${ofProject(
  organizations,
  eq(organizations.id, given("organizationId")),
  eq(organizations.state, fixed("enabled")),
)}) AND EXISTS (SELECT 1 FROM ${organizationDomains} WHERE ${ofProject(
  organizationDomains,
  eq(organizationDomains.domain, given("domain")),
  eq(organizationDomains.organizationId, given("organizationId")),
  eq(organizationDomains.state, fixed("active")),
)})`;

const isIn = sql`EXISTS (SELECT 1 FROM ${sessions} WHERE ${ofProject(sessions, eq(sessions.id, given("sessionId")))})`;

const knownSession = reusable((db) =>
  db.query
    .insert(sessions)
    .select(
      sql`SELECT ${row(sessions, { identityId: sql`${identities.id}` })} FROM ${identities} WHERE ${isUnchanged} AND ${isAdmitted}`,
    ),
);

const knownEvent = reusable((db) =>
  db.query.insert(events).select(
    sql`SELECT ${row(events, {
      actorType: sql`'identity'`,
      actorId: sql`${sessions.identityId}`,
      identityId: sql`${sessions.identityId}`,
      reason: sql`NULL`,
    })} FROM ${sessions} WHERE ${ofProject(sessions, eq(sessions.id, given("sessionId")))}`,
  ),
);

const knownSuccess = reusable((db) =>
  db.query
    .update(connections)
    .set({ lastSucceededAt: sql`${given("now")}` })
    .where(
      and(
        ofProject(connections, eq(connections.id, given("connectionId")), isIn),
        or(isNull(connections.lastSucceededAt), lte(connections.lastSucceededAt, given("notSince"))),
      ),
    ),
);

/** What to select for a row of a table, in the order of its columns: placeholders, but for what comes from elsewhere. */
function row(table: SQLiteTable, from: Record<string, SQL>): SQL {
  const columns = Object.entries(getTableColumns(table));
  return sql.join(
    columns.map(([name, column]) => from[name] ?? sql`${sql.param(sql.placeholder(name), column)}`),
    sql`, `,
  );
}
