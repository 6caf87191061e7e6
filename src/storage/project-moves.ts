// Projects on their way from one database to another, as the directory knows them. Every change of a move is its holder's:
// who has lost the hold changes nothing.

import { and, asc, eq, lt, lte, type SQL, sql } from "drizzle-orm";
import { ConstraintViolation, type Database, type Write } from "./database.ts";
import { projectMoves, projects } from "./schema.ts";

export type MoveState = "announced" | "copying" | "frozen" | "switched";

/** How far the copying is; the mover's own. */
export interface MoveProgress {
  /** Rows written to the target so far. */
  copied: number;
  /** Times that the tables have been gone through, this one included. */
  pass: number;
  /** Rows that differed in this pass. */
  differing: number;
  /** Stretches of tables in the last pass, this one included: how large the project is. */
  stretches: number;
  /** Whether the target has organizations or people that are gone in the source: they go after all that pointed to them. */
  gone: "none" | "later" | "now";
  /** Tables that this pass has to look at still, and the key in each after which to go on. */
  left: { table: string; after?: string | undefined }[];
}

export interface Move {
  projectId: string;
  source: number;
  target: number;
  state: MoveState;
  progress: MoveProgress;
  /** When the state was entered, milliseconds. */
  enteredAt: number;
}

/** The move of a project, with whoever holds it. One round trip. */
export async function findMove(directory: Database, projectId: string): Promise<Move | undefined> {
  const [row] = await directory.read(directory.query.select().from(projectMoves).where(eq(projectMoves.projectId, projectId)));
  if (!row) return undefined;
  const { source, target, state, progress, enteredAt } = row;
  return { projectId, source, target, state, progress: progress as unknown as MoveProgress, enteredAt };
}

/**
 * Moves out of a place that have switched, as the directory's row of the project says, too, and that nobody holds; the
 * longest ago first. One round trip.
 * @param which.enteredBefore when they switched, and `now`, milliseconds
 */
export async function listSwitched(
  directory: Database,
  source: number,
  which: { enteredBefore: number; now: number; limit: number },
): Promise<{ projectId: string; target: number }[]> {
  return await directory.read(
    directory.query
      .select({ projectId: projectMoves.projectId, target: projectMoves.target })
      .from(projectMoves)
      .innerJoin(projects, and(eq(projects.id, projectMoves.projectId), eq(projects.place, projectMoves.target)))
      .where(
        and(
          eq(projectMoves.state, "switched"),
          eq(projectMoves.source, source),
          lt(projectMoves.enteredAt, which.enteredBefore),
          lte(projectMoves.heldUntil, which.now),
        ),
      )
      .orderBy(asc(projectMoves.enteredAt))
      .limit(which.limit),
  );
}

/** The writes that announce a move. A project that is not in `source` (any more), or is moving, refuses them. */
export function moveInsert(directory: Database, move: Move): Write[] {
  const { progress, ...fields } = move;
  const atHome = sql`CASE WHEN place = ${move.source} THEN 1 END`;
  return [
    directory.query
      .update(projects)
      .set({ moving: sql<boolean>`${atHome}` })
      .where(eq(projects.id, move.projectId)),
    directory.query.insert(projectMoves).values({
      ...fields,
      progress: { ...progress },
      holder: "",
      heldUntil: 0,
      frozenUntil: 0,
      createdAt: move.enteredAt,
    }),
  ];
}

/** The write that takes the hold until a time, milliseconds, unless somebody has it at `now`. */
export function holdTake(directory: Database, projectId: string, holder: string, now: number, until: number): Write {
  return directory.query
    .update(projectMoves)
    .set({ holder, heldUntil: until })
    .where(and(eq(projectMoves.projectId, projectId), lte(projectMoves.heldUntil, now)));
}

/** The write that lets go. */
export function holdRelease(directory: Database, projectId: string, holder: string): Write {
  return directory.query.update(projectMoves).set({ holder: "", heldUntil: 0 }).where(isHeld(projectId, holder));
}

/** The write that records how far a move is. */
export function moveUpdate(directory: Database, move: Move, holder: string, heldUntil: number): Write {
  const { projectId, state, progress, enteredAt } = move;
  return directory.query
    .update(projectMoves)
    .set({ state, progress: { ...progress }, enteredAt, heldUntil })
    .where(isHeld(projectId, holder));
}

/**
 * The writes of the switch: from their commit on the project is in the target.
 * @param frozenUntil seconds since the epoch: by the directory's clock it must be at least `margin` seconds away
 * @param indexRevision what the source has counted, for a project that comes to the directory
 */
export function switchWrites(
  directory: Database,
  { projectId, source, target }: Move,
  holder: string,
  { frozenUntil, margin, indexRevision, now }: { frozenUntil: number; margin: number; indexRevision: number; now: number },
): Write[] {
  const held = sql`EXISTS (SELECT 1 FROM ${projectMoves} WHERE ${isHeld(projectId, holder)} AND ${projectMoves.state} = 'frozen')`;
  const frozen = sql`unixepoch() + ${margin} < ${frozenUntil}`;
  return [
    directory.query
      .update(projects)
      .set({
        place: sql<number>`CASE WHEN place = ${source} AND ${held} AND ${frozen} THEN ${target} END`,
        moving: false,
        ...(target === 0 ? { indexRevision: sql<number>`max(index_revision, ${indexRevision})` } : {}),
      })
      .where(eq(projects.id, projectId)),
    directory.query.update(projectMoves).set({ state: "switched", enteredAt: now }).where(isHeld(projectId, holder)),
  ];
}

/** The writes that end a move: the row goes, and before the switch the project stays where it is. */
export function moveDelete(directory: Database, { projectId }: Move, holder: string): Write[] {
  const held = sql`EXISTS (SELECT 1 FROM ${projectMoves} WHERE ${isHeld(projectId, holder)})`;
  return [
    directory.query
      .update(projects)
      .set({ moving: sql<boolean>`CASE WHEN ${held} THEN 0 END` })
      .where(eq(projects.id, projectId)),
    directory.query.delete(projectMoves).where(isHeld(projectId, holder)),
  ];
}

/** Whether a commit was refused because the move, or the project, is not as its holder believes. */
export function moveRefused(error: unknown): boolean {
  return error instanceof ConstraintViolation && error.kind === "check" && /^projects\.(?:place|moving)/.test(error.on);
}

/** How often the domain index has been changed in a project's database. One round trip. */
export async function readIndexRevision(db: Database, projectId: string): Promise<number> {
  const [row] = await db.read(
    db.query.select({ indexRevision: projects.indexRevision }).from(projects).where(eq(projects.id, projectId)),
  );
  return row?.indexRevision ?? 0;
}

/** The write that counts the domain index on from where another database is. */
export function indexRevisionRaise(db: Database, projectId: string, indexRevision: number): Write {
  return db.query
    .update(projects)
    .set({ indexRevision: sql<number>`max(index_revision, ${indexRevision})` })
    .where(eq(projects.id, projectId));
}

function isHeld(projectId: string, holder: string): SQL {
  return sql`${projectMoves.projectId} = ${projectId} AND ${projectMoves.holder} = ${holder}`;
}
