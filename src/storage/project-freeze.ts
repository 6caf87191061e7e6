// Refusing a project's writes in the database that it leaves, for as long as its mover is at work: triggers that exist only
// then, and a time after which they let everything pass, so that a mover that dies stops nobody for long.
//
// And the mover's mark in the databases it writes to. A statement of a mover that was given up may arrive late; with the
// mark of another one there, or none, it is refused.

import { eq, inArray, type SQL, sql } from "drizzle-orm";
import { ConstraintViolation, type Database, type Write } from "./database.ts";
import { type CopiedTable, copiedEventTypes, copiedTables } from "./project-copy.ts";
import { instanceState } from "./schema.ts";

/** What the triggers say. Whoever reads it waits and asks the directory again. */
const REFUSAL = "project_moving";
const OPERATIONS = ["INSERT", "UPDATE", "DELETE"] as const;

/** The writes that refuse the project's writes from now on, for so many seconds. */
export function freezeWrites(db: Database, projectId: string, seconds: number): Write[] {
  return [
    lease(db, projectId, seconds),
    ...copiedTables().flatMap((table) => OPERATIONS.map((operation) => triggerOf(db, table, operation, projectId))),
    db.query.run(
      sql.raw(
        `CREATE TRIGGER IF NOT EXISTS ${triggerName("projects", "UPDATE", projectId)} BEFORE UPDATE OF index_revision ON projects
         WHEN OLD.id = ${quoted(projectId)} AND NEW.index_revision <> OLD.index_revision AND ${inForce(projectId)}
         BEGIN SELECT RAISE(ABORT, '${REFUSAL}'); END`,
      ),
    ),
  ];
}

/** Refuses for so many seconds from now, if it still does; changes no row when the time is over. */
export function freezeLonger(db: Database, projectId: string, seconds: number): Write {
  return db.query.run(
    sql`UPDATE ${instanceState} SET value = ${untilText(seconds)} WHERE key = ${untilKey(projectId)} AND CAST(value AS INTEGER) > unixepoch()`,
  );
}

/** Seconds since the epoch, by the database's clock, until which the project's writes are refused; 0: they are not. */
export async function readFrozenUntil(db: Database, projectId: string): Promise<number> {
  const [row] = await db.read(
    db.query
      .select({ value: instanceState.value })
      .from(instanceState)
      .where(eq(instanceState.key, untilKey(projectId))),
  );
  return Number(row?.value ?? 0);
}

/** The writes that let rows go and still refuse new ones, while the project's rows are deleted where it has been. */
export function freezeButDeletes(db: Database, projectId: string, seconds: number): Write[] {
  return [lease(db, projectId, seconds), ...copiedTables().map((table) => triggerDrop(db, table.name, "DELETE", projectId))];
}

/** The writes that end all refusing and leave nothing of it behind. */
export function thawWrites(db: Database, projectId: string): Write[] {
  return [
    ...copiedTables().flatMap(({ name }) => OPERATIONS.map((operation) => triggerDrop(db, name, operation, projectId))),
    triggerDrop(db, "projects", "UPDATE", projectId),
    db.query.delete(instanceState).where(eq(instanceState.key, untilKey(projectId))),
  ];
}

/** The mover's mark: with it, and only with it, its writes are taken. */
export function markPut(db: Database, projectId: string, mover: string): Write {
  return db.query
    .insert(instanceState)
    .values({ key: markKey(projectId), value: mover })
    .onConflictDoUpdate({ target: instanceState.key, set: { value: mover } });
}

/** The first statement of a commit that rests on the mark. */
export function markGuard(db: Database, projectId: string, mover: string): Write {
  const mark = sql`(SELECT value FROM ${instanceState} WHERE key = ${markKey(projectId)} AND value = ${mover})`;
  return db.query.run(
    sql`INSERT INTO ${instanceState} (key, value) VALUES (${markKey(projectId)}, ${mark}) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
  );
}

/** Whether a commit was refused because another mover has taken over. */
export function markRefused(error: unknown): boolean {
  return error instanceof ConstraintViolation && error.kind === "check" && error.on.startsWith("instance_state.value");
}

/** The write that takes the mark away. */
export function markDelete(db: Database, projectId: string): Write {
  return db.query.delete(instanceState).where(inArray(instanceState.key, [markKey(projectId)]));
}

function lease(db: Database, projectId: string, seconds: number): Write {
  return db.query.run(
    sql`INSERT INTO ${instanceState} (key, value) VALUES (${untilKey(projectId)}, ${untilText(seconds)}) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
  );
}

function triggerOf(db: Database, table: CopiedTable, operation: (typeof OPERATIONS)[number], projectId: string): Write {
  const conditions = (operation === "UPDATE" ? ["OLD", "NEW"] : [operation === "INSERT" ? "NEW" : "OLD"]).map((row) => {
    const own = `${row}.project_id = ${quoted(projectId)}`;
    return table.name === "events" ? `${own} AND ${copiedEventTypes(`${row}.type`)}` : own;
  });
  return db.query.run(
    sql.raw(
      `CREATE TRIGGER IF NOT EXISTS ${triggerName(table.name, operation, projectId)} BEFORE ${operation} ON ${table.name}
       WHEN (${conditions.join(" OR ")}) AND ${inForce(projectId)} BEGIN SELECT RAISE(ABORT, '${REFUSAL}'); END`,
    ),
  );
}

function triggerDrop(db: Database, table: string, operation: string, projectId: string): Write {
  return db.query.run(sql.raw(`DROP TRIGGER IF EXISTS ${triggerName(table, operation, projectId)}`));
}

/** A trigger takes no parameters, so what goes into its text is quoted here. */
function triggerName(table: string, operation: string, projectId: string): string {
  return `"moving ${table} ${operation} ${projectId.replaceAll('"', '""')}"`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function inForce(projectId: string): string {
  return `unixepoch() < (SELECT CAST(value AS INTEGER) FROM instance_state WHERE key = ${quoted(untilKey(projectId))})`;
}

function untilText(seconds: number): SQL {
  return sql.raw(`CAST(unixepoch() + ${Math.ceil(seconds)} AS TEXT)`);
}

function untilKey(projectId: string): string {
  return `move/${projectId}/until`;
}

function markKey(projectId: string): string {
  return `move/${projectId}/mover`;
}
