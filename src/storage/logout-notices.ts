// Apps that have yet to be told that a session has ended. A notice is written by the commit that ends the session, and goes
// when the app has answered or has been given up.

import { and, asc, eq, lte, type SQL, sql } from "drizzle-orm";
import type { LogoutNotice } from "../domain/provider/logout-notice.ts";
import type { Database, Write } from "./database.ts";
import { clients, logoutNotices, providerArtifacts, sessions } from "./schema.ts";
import { restsOn, type UpstreamSession } from "./upstream-sessions.ts";

/** Notices to the apps of one session. Stands in a commit before the statement that deletes it. */
export function noticesOfSessionInsert(db: Database, projectId: string, sessionId: string, now: number): Write {
  return noticesInsert(db, projectId, sql`sessions.id = ${sessionId}`, now);
}

/** Notices to the apps of all sessions of a person, but for `exceptId`. */
export function noticesOfIdentityInsert(
  db: Database,
  projectId: string,
  identityId: string,
  exceptId: string | undefined,
  now: number,
): Write {
  return noticesInsert(db, projectId, sql`sessions.identity_id = ${identityId} AND sessions.id <> ${exceptId ?? ""}`, now);
}

/** Notices to the apps of the sessions that rest on an IdP's. */
export function noticesOfUpstreamInsert(db: Database, projectId: string, upstream: UpstreamSession, now: number): Write {
  return noticesInsert(db, projectId, restsOn(projectId, upstream), now);
}

/** Notices whose time has come, of all projects, the longest waiting first. One round trip. */
export async function dueNotices(db: Database, now: number, limit: number): Promise<LogoutNotice[]> {
  return await db.read(
    db.query.select().from(logoutNotices).where(lte(logoutNotices.dueAt, now)).orderBy(asc(logoutNotices.dueAt)).limit(limit),
  );
}

/** Takes a notice on, until `until`, if it still is as it was read: of several who try one does. */
export function noticeClaim(db: Database, notice: LogoutNotice, until: number): Write {
  return db.query
    .update(logoutNotices)
    .set({ attempts: notice.attempts + 1, dueAt: until })
    .where(and(isNotice(notice), eq(logoutNotices.attempts, notice.attempts)));
}

export function noticeDelete(db: Database, notice: LogoutNotice): Write {
  return db.query.delete(logoutNotices).where(isNotice(notice));
}

/** Every app with a back channel that has a grant of one of the sessions for which `which` is true. */
function noticesInsert(db: Database, projectId: string, which: SQL, now: number): Write {
  return db.query.run(sql`INSERT INTO ${logoutNotices} (project_id, id, client_id, session_id, identity_id, attempts, due_at)
    SELECT sessions.project_id, sessions.id || '/' || clients.id, clients.id, sessions.id, sessions.identity_id, 0, ${now}
    FROM ${sessions}
    JOIN ${providerArtifacts} ON provider_artifacts.project_id = sessions.project_id
      AND provider_artifacts.id > 'Grant/' || sessions.id || '.' AND provider_artifacts.id < 'Grant/' || sessions.id || '/'
    JOIN ${clients} ON clients.project_id = sessions.project_id AND clients.id = provider_artifacts.payload ->> 'clientId'
      AND clients.backchannel_logout_uri IS NOT NULL
    WHERE sessions.project_id = ${projectId} AND ${which}
    ON CONFLICT DO NOTHING`);
}

function isNotice({ projectId, id }: LogoutNotice) {
  return and(eq(logoutNotices.projectId, projectId), eq(logoutNotices.id, id));
}
