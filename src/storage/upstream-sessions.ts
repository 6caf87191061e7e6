// The sessions here that rest on a session of a person at an IdP.

import { and, eq, type SQL, sql } from "drizzle-orm";
import type { Database, Write } from "./database.ts";
import { oidcCredentials, sessions } from "./schema.ts";

export interface UpstreamSession {
  connectionId: string;
  organizationId: string | null;
  issuer: string;
  subject: string;
  /** The IdP's name for its session; undefined: all of the person's. */
  upstreamSid: string | undefined;
}

/** People of an IdP whose sessions are looked through for one that is named alone: no index leads there. */
const SEARCHED = 10_000;

/**
 * Up to two people who have a session with this name at the IdP through this connection. Only the IdP's first 10,000 people
 * here are looked at, so that no word of theirs costs more. One round trip.
 */
export async function subjectsOfSid(
  db: Database,
  projectId: string,
  upstream: Omit<UpstreamSession, "subject" | "upstreamSid"> & { upstreamSid: string },
): Promise<string[]> {
  const { connectionId, organizationId, issuer, upstreamSid } = upstream;
  const rows = await db.read(
    db.query.all<{ subject: string }>(sql`
      SELECT DISTINCT people.subject FROM (
        SELECT identity_id, subject FROM ${oidcCredentials}
        WHERE project_id = ${projectId} AND organization_key = ${organizationId ?? ""} AND issuer = ${issuer} LIMIT ${SEARCHED}
      ) AS people
      CROSS JOIN ${sessions} ON sessions.project_id = ${projectId} AND sessions.identity_id = people.identity_id
      WHERE sessions.connection_id = ${connectionId} AND ${sidOf} = ${upstreamSid} LIMIT 2`),
  );
  return rows.map(({ subject }) => subject);
}

/**
 * True of a row of `sessions` that came through this connection for this person. An IdP that did not name its session at the
 * login cannot mean another one by the name it gives now, so such a session counts, too.
 */
export function restsOn(projectId: string, upstream: UpstreamSession): SQL {
  const { connectionId, organizationId, issuer, subject, upstreamSid } = upstream;
  const person = sql`sessions.identity_id = (SELECT identity_id FROM ${oidcCredentials} WHERE project_id = ${projectId}
    AND organization_key = ${organizationId ?? ""} AND issuer = ${issuer} AND subject = ${subject})`;
  const through = sql`${person} AND sessions.connection_id = ${connectionId}`;
  if (upstreamSid === undefined) return through;
  return sql`${through} AND coalesce(${sidOf}, ${upstreamSid}) = ${upstreamSid}`;
}

const sidOf = sql`json_extract(sessions.authentication_methods, '$[0].upstream_sid')`;

export function upstreamSessionsDelete(db: Database, projectId: string, upstream: UpstreamSession): Write {
  return db.query.delete(sessions).where(and(eq(sessions.projectId, projectId), restsOn(projectId, upstream)));
}
