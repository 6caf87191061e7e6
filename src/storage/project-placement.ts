// Statements about where a project's data is: the directory's word, and the copy of the project's row that the other rows
// of a project need in every other place (docs/architecture.md, "Several databases").

import { and, asc, eq, gt, inArray, or, sql } from "drizzle-orm";
import type { Project } from "../domain/projects/project.ts";
import type { Database, Write } from "./database.ts";
import type { Placed } from "./placement.ts";
import { reusableRead } from "./reusable.ts";
import { projectMoves, projects } from "./schema.ts";

const placementRead = reusableRead((db) =>
  db.query
    .select({ place: projects.place, moving: projects.moving })
    .from(projects)
    .where(eq(projects.id, sql.placeholder("projectId"))),
);

/** Where the directory says that a project is. One round trip. */
export async function readPlacement(directory: Database, projectId: string): Promise<Placed | undefined> {
  const [placed] = await placementRead(directory, { projectId });
  return placed;
}

/** How many projects each place has; places without any are not listed. One round trip, by the index alone. */
export async function countByPlace(directory: Database): Promise<Map<number, number>> {
  const rows = await directory.read(
    directory.query
      .select({ place: projects.place, count: sql<number>`count(*)`.as("project_count") })
      .from(projects)
      .groupBy(projects.place),
  );
  return new Map(rows.map(({ place, count }) => [place, count]));
}

/** From the next trip on every isolate that asks is told not to remember the place, or may remember it again. */
export function movingSet(directory: Database, projectId: string, moving: boolean): Write {
  return directory.query.update(projects).set({ moving }).where(eq(projects.id, projectId));
}

/** The project is in another place now, and stays there. */
export function placeSet(directory: Database, projectId: string, place: number): Write {
  return directory.query.update(projects).set({ place, moving: false }).where(eq(projects.id, projectId));
}

/** Whether a move of the project has begun and has not been cleaned up after. One round trip. */
export async function isBeingMoved(directory: Database, projectId: string): Promise<boolean> {
  const rows = await directory.read(
    directory.query.select({ state: projectMoves.state }).from(projectMoves).where(eq(projectMoves.projectId, projectId)),
  );
  return rows.length > 0;
}

/**
 * The copy of a project's row, unless the one that is there is newer. `index_revision` is the place's own and stays. The
 * slug of a copy is the project's id: nothing asks a copy for it, and what a slug belongs to is the directory's word.
 */
export function projectCopyPut(db: Database, project: Project): Write {
  const { id, slug: _, hostnames: __, place: ___, moving: ____, logoDigest: _____, ...settings } = project;
  return db.query
    .insert(projects)
    .values({ ...settings, id, slug: id, indexRevision: 0, place: 0, moving: false })
    .onConflictDoUpdate({
      target: projects.id,
      set: settings,
      setWhere: sql`${projects.revision} < ${project.revision}`,
    });
}

export function projectCopyDelete(db: Database, projectId: string): Write {
  return db.query.delete(projects).where(eq(projects.id, projectId));
}

/** Revisions of the copies of some projects. One round trip. */
export async function revisionsOfCopies(db: Database, ids: readonly string[]): Promise<Map<string, number>> {
  const listed = sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;
  const rows = await db.read(
    db.query.select({ id: projects.id, revision: projects.revision }).from(projects).where(inArray(projects.id, listed)),
  );
  return new Map(rows.map(({ id, revision }) => [id, revision]));
}

/** Ids and ages of up to `limit` copies in a place other than the directory, after the one named. One round trip. */
export async function listCopies(
  db: Database,
  after: string | undefined,
  limit: number,
): Promise<{ id: string; createdAt: number }[]> {
  return await db.read(
    db.query
      .select({ id: projects.id, createdAt: projects.createdAt })
      .from(projects)
      .where(after === undefined ? undefined : gt(projects.id, after))
      .orderBy(asc(projects.id))
      .limit(limit),
  );
}

/** Ids and revisions of up to `limit` projects that the directory says are in a place, after the one named. One round trip. */
export async function listPlaced(
  directory: Database,
  place: number,
  after: string | undefined,
  limit: number,
): Promise<{ id: string; revision: number }[]> {
  return await directory.read(
    directory.query
      .select({ id: projects.id, revision: projects.revision })
      .from(projects)
      .where(and(eq(projects.place, place), after === undefined ? undefined : gt(projects.id, after)))
      .orderBy(asc(projects.id))
      .limit(limit),
  );
}

/** Those of some ids that the directory says are in a place, or on their way from or to one. One round trip. */
export async function belongingAmong(directory: Database, place: number, ids: readonly string[]): Promise<Set<string>> {
  const listed = sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;
  const moving = sql`EXISTS (SELECT 1 FROM ${projectMoves} WHERE ${projectMoves.projectId} = ${projects.id})`;
  const rows = await directory.read(
    directory.query
      .select({ id: projects.id })
      .from(projects)
      .where(and(inArray(projects.id, listed), or(eq(projects.place, place), moving))),
  );
  return new Set(rows.map((row) => row.id));
}
