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
  const named = sql`json_extract(sessions.authentication_methods, '$[0].upstream_sid')`;
  return sql`${through} AND coalesce(${named}, ${upstreamSid}) = ${upstreamSid}`;
}

export function upstreamSessionsDelete(db: Database, projectId: string, upstream: UpstreamSession): Write {
  return db.query.delete(sessions).where(and(eq(sessions.projectId, projectId), restsOn(projectId, upstream)));
}
