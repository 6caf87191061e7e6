// What the OpenID Provider has given out (domain/provider/artifact.ts), and the salts of pairwise subjects.

import { and, eq, gt, isNull, lt, type SQL, sql } from "drizzle-orm";
import type { Artifact } from "../domain/provider/artifact.ts";
import type { Database, Write } from "./database.ts";
import { providerArtifacts, subjectSalts } from "./schema.ts";

/**
 * An artifact and the grant that its payload names (`grantId`), whatever their state. One round trip, at most two rows by
 * primary key.
 */
export async function findArtifact(
  db: Database,
  projectId: string,
  id: string,
): Promise<{ artifact: Artifact | undefined; grant: Artifact | undefined }> {
  const grantId = sql`(SELECT 'Grant/' || (payload ->> 'grantId') FROM ${providerArtifacts} WHERE project_id = ${projectId} AND id = ${id})`;
  const [artifacts, grants] = await db.readAll([select(db, projectId, id), select(db, projectId, grantId)]);
  return { artifact: artifacts[0], grant: grants[0] };
}

export function artifactInsert(db: Database, artifact: Artifact): Write {
  return db.query.insert(providerArtifacts).values(artifact);
}

/** Uses an artifact up. Changes one row for the first of any number of callers and none for the others. */
export function artifactConsume(db: Database, projectId: string, id: string, now: number): Write {
  return db.query
    .update(providerArtifacts)
    .set({ consumedAt: now })
    .where(and(isArtifact(projectId, id), isNull(providerArtifacts.consumedAt)));
}

export function artifactDelete(db: Database, projectId: string, id: string): Write {
  return db.query.delete(providerArtifacts).where(isArtifact(projectId, id));
}

/** The grants of a session that have not expired. */
export async function grantsOfSession(db: Database, projectId: string, sessionId: string, now: number): Promise<Artifact[]> {
  return await db.read(
    db.query
      .select()
      .from(providerArtifacts)
      .where(
        and(
          eq(providerArtifacts.projectId, projectId),
          gt(providerArtifacts.id, `Grant/${sessionId}.`),
          lt(providerArtifacts.id, `Grant/${sessionId}/`),
          gt(providerArtifacts.expiresAt, now),
        ),
      ),
  );
}

/** The project's salt: the given one unless there has been one before. One round trip. */
export async function subjectSalt(db: Database, projectId: string, fresh: string, now: number): Promise<string | undefined> {
  const [, rows] = await db.readAll([
    db.query.insert(subjectSalts).values({ projectId, salt: fresh, createdAt: now }).onConflictDoNothing(),
    db.query.select({ salt: subjectSalts.salt }).from(subjectSalts).where(eq(subjectSalts.projectId, projectId)),
  ]);
  return rows[0]?.salt;
}

function select(db: Database, projectId: string, id: string | SQL) {
  return db.query.select().from(providerArtifacts).where(isArtifact(projectId, id));
}

function isArtifact(projectId: string, id: string | SQL) {
  return and(eq(providerArtifacts.projectId, projectId), eq(providerArtifacts.id, id));
}
