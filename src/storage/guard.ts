// A commit that rests on a row: all of it, or nothing of it, happens on what was read before.
//
// D1 has no interactive transactions, and a conditional UPDATE that finds nothing does not stop the rest of its batch.
// So the batch begins with a statement that breaks `projects.index_revision NOT NULL` when its condition does not hold,
// which rolls all of it back and arrives as a ConstraintViolation that `guardRefused` recognises.

import { type SQL, sql } from "drizzle-orm";
import { ConstraintViolation, type Database, type Write } from "./database.ts";
import { projects } from "./schema.ts";

/**
 * The first statement of a commit that must find `condition` true.
 * @param bump whether the commit changes what the KV domain index is made of; counts `index_revision` up
 */
export function guard(db: Database, projectId: string, condition: SQL, bump: boolean): Write {
  return db.query.run(
    sql`UPDATE ${projects} SET index_revision = CASE WHEN ${condition} THEN index_revision + ${bump ? sql`1` : sql`0`} ELSE NULL END WHERE id = ${projectId}`,
  );
}

/** Whether a commit was refused because its guard did not hold: the row is gone or has moved on. */
export function guardRefused(error: unknown): boolean {
  return error instanceof ConstraintViolation && error.kind === "check" && error.on.startsWith("projects.index_revision");
}

/**
 * Commits `writes` if `condition` is true of the project then.
 * @returns how many rows each write changed; undefined when the condition does not hold, and nothing has happened
 */
export async function commitIf(
  db: Database,
  projectId: string,
  condition: SQL,
  writes: readonly Write[],
): Promise<number[] | undefined> {
  try {
    return (await db.commit([guard(db, projectId, condition, false), ...writes])).slice(1);
  } catch (error) {
    if (guardRefused(error)) return undefined;
    throw error;
  }
}
