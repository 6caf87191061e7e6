// The steps of a move, one function for each of its states. Each begins with what the directory and the databases say, so
// that it can be repeated when the one before was cut off anywhere.
//
// announced: every isolate forgets where the project is, and asks from now on before each trip.
// copying:   rows are brought over while the project is in use, until a pass finds few that differ.
// frozen:    its writes are refused and wait; every row is compared, the few are brought over; then the directory switches.
// switched:  whoever was on the way to the old place has arrived; its rows there are deleted.

import { newId } from "../../crypto/random.ts";
import type { Runtime } from "../../services.ts";
import type { Database } from "../../storage/database.ts";
import { eventInsert } from "../../storage/events.ts";
import { deletedTables, someDelete } from "../../storage/project-copy.ts";
import {
  freezeButDeletes,
  freezeLonger,
  freezeWrites,
  markDelete,
  markGuard,
  readFrozenUntil,
  thawWrites,
} from "../../storage/project-freeze.ts";
import {
  indexRevisionRaise,
  type Move,
  moveDelete,
  moveUpdate,
  readIndexRevision,
  switchWrites,
} from "../../storage/project-moves.ts";
import { projectCopyDelete, projectCopyPut } from "../../storage/project-placement.ts";
import { findProject } from "../../storage/projects.ts";
import { DomainError, notFound } from "../errors.ts";
import type { RequestContext } from "../events/event.ts";
import { compareNext, copyLive, type Route, sizeOf, wholePass } from "./copying.ts";
import { proveNext } from "./proof.ts";

/** How long things take, in milliseconds where nothing else is said, and how much is done at a time. */
export interface MoveTimes {
  /** From the announcement until no isolate remembers the old place: longer than PLACEMENT_TTL_MS. */
  announced: number;
  /** From the switch until no statement can arrive at the old place: longer than one round trip with its wait. */
  settled: number;
  /** Seconds for which writes are refused at a time; a mover that dies stops the project no longer. */
  frozenSeconds: number;
  /** How many stretches of tables (src/domain/placement/copying.ts) a step may compare: 2 seconds of CPU are for all. */
  stretches: number;
  /** For how long a step may delete. */
  step: number;
  /** For how long a mover keeps others off after its last sign of life. */
  hold: number;
}

/** What a mover has in its hands. */
export interface Hands {
  runtime: Runtime;
  times: MoveTimes;
  /** No more may be asked in this call: a step which deletes leaves the rest to the next one. */
  spent(): boolean;
  route: Route;
  context: RequestContext;
}

/** What a step leads to: the move as it is then, a time in which there is nothing to do, or the end. */
export type Next = { move: Move } | { waitMs: number } | "done";

/** A pass that finds no more differing rows than this is followed by the freeze. */
const FEW = 1000;
/** Seconds that must be left of the freeze for the switch. */
const MARGIN_SECONDS = 10;
/** Rows of a table that one statement deletes. */
const DELETED = 1000;

export function takeStep(hands: Hands, move: Move): Promise<Next> {
  switch (move.state) {
    case "announced":
      return leaveAnnounced(hands, move);
    case "copying":
      return copy(hands, move);
    case "frozen":
      return finish(hands, move);
    case "switched":
      return cleanUp(hands, move);
  }
}

/** Ends all refusing and goes back to copying from the beginning. */
export async function thaw(hands: Hands, move: Move): Promise<Move> {
  const { source, projectId, holder } = hands.route;
  await source.commit([markGuard(source, projectId, holder), ...thawWrites(source, projectId)]);
  return await record(hands, entered(hands, move, "copying", move.progress.pass + 1));
}

/** Deletes what has been brought to the target. @returns whether all of it is gone */
export async function emptyTarget(hands: Hands, move: Move): Promise<boolean> {
  const { target, projectId, holder } = hands.route;
  if (!(await deleteRows(hands, target))) return false;
  const anchor = move.target === 0 ? [] : [projectCopyDelete(target, projectId)];
  await target.commit([markGuard(target, projectId, holder), ...anchor, markDelete(target, projectId)]);
  return true;
}

async function leaveAnnounced(hands: Hands, move: Move): Promise<Next> {
  const waitMs = move.enteredAt + hands.times.announced - hands.runtime.clock();
  if (waitMs > 0) return { waitMs };
  return { move: await record(hands, entered(hands, move, "copying", 1)) };
}

async function copy(hands: Hands, move: Move): Promise<Next> {
  const { route, times } = hands;
  const progress = { ...move.progress, left: [...move.progress.left] };
  await putAnchor(hands, move);
  for (let compared = 0; compared < times.stretches; compared += 1) {
    const next = progress.left[0];
    if (!next) break;
    const { end, difference } = await compareNext(route, next.table, next.after);
    if (difference) {
      progress.copied += await copyLive(route, difference);
      progress.differing += sizeOf(difference);
    }
    progress.stretches += 1;
    progress.left.splice(0, 1, ...(end === undefined ? [] : [{ table: next.table, after: end }]));
  }
  if (progress.left.length > 0) return { move: await record(hands, { ...move, progress }) };
  const further = { ...move, progress };
  if (progress.differing <= FEW) return { move: await freeze(hands, further) };
  return { move: await record(hands, entered(hands, further, "copying", progress.pass + 1)) };
}

async function freeze(hands: Hands, move: Move): Promise<Move> {
  const { source, projectId, holder } = hands.route;
  await source.commit([markGuard(source, projectId, holder), ...freezeWrites(source, projectId, hands.times.frozenSeconds)]);
  return await record(hands, entered(hands, move, "frozen", move.progress.pass));
}

async function finish(hands: Hands, move: Move): Promise<Next> {
  // Writes have been let through since: what was compared before is worth nothing.
  if (!(await stillFrozen(hands))) return { move: await freeze(hands, move) };
  const proof = await proveNext(hands.route, move.progress, hands.times.stretches);
  if (proof.outcome === "too much") return { move: await thaw(hands, move) };
  const further = { ...move, progress: proof.progress };
  return proof.outcome === "more" ? { move: await record(hands, further) } : await switchOver(hands, further);
}

async function switchOver(hands: Hands, move: Move): Promise<Next> {
  const { route, runtime, context } = hands;
  const { projectId, source, target, holder } = route;
  const { directory } = runtime;
  if (!(await stillFrozen(hands))) return { move: await freeze(hands, move) };
  const [frozenUntil, indexRevision] = await Promise.all([
    readFrozenUntil(source, projectId),
    readIndexRevision(source, projectId),
  ]);
  await putAnchor(hands, move);
  // With the mark gone, nothing that is late can touch what is about to be in use.
  const raise = move.target === 0 ? [] : [indexRevisionRaise(target, projectId, indexRevision)];
  await target.commit([markGuard(target, projectId, holder), ...raise, markDelete(target, projectId)]);
  const now = runtime.clock();
  const details = { from: move.source, to: move.target, rows: move.progress.copied };
  await directory.commit([
    ...switchWrites(directory, move, holder, { frozenUntil, margin: MARGIN_SECONDS, indexRevision, now }),
    eventInsert(directory, projectId, { type: "project.moved", details }, context, newId(now), now),
  ]);
  runtime.placement.forget(projectId);
  return { move: { ...move, state: "switched", enteredAt: now } };
}

async function cleanUp(hands: Hands, move: Move): Promise<Next> {
  const { route, times, runtime } = hands;
  const { source, projectId, holder } = route;
  const waitMs = move.enteredAt + times.settled - runtime.clock();
  if (waitMs > 0) return { waitMs };
  await source.commit([markGuard(source, projectId, holder), ...freezeButDeletes(source, projectId, times.hold / 1000)]);
  if (!(await deleteRows(hands, source))) return { move: await record(hands, move) };
  const anchor = move.source === 0 ? [] : [projectCopyDelete(source, projectId)];
  const traces = [...thawWrites(source, projectId), markDelete(source, projectId)];
  await source.commit([markGuard(source, projectId, holder), ...anchor, ...traces]);
  await runtime.directory.commit(moveDelete(runtime.directory, move, holder));
  return "done";
}

/** Records how far the move is, and that its mover is alive. @throws {DomainError} `move_in_progress` when another one has it */
async function record({ runtime, times, route }: Hands, move: Move): Promise<Move> {
  const { directory, clock } = runtime;
  const [changed] = await directory.commit([moveUpdate(directory, move, route.holder, clock() + times.hold)]);
  if (changed !== 1) throw heldByAnother();
  return move;
}

/** The move in another state, from its beginning. */
function entered({ runtime }: Hands, move: Move, state: Move["state"], pass: number): Move {
  const { copied, stretches } = move.progress;
  const size = state === "copying" ? 0 : stretches;
  const progress = { copied, pass, differing: 0, stretches: size, gone: "none" as const, left: wholePass() };
  return { ...move, state, progress, enteredAt: runtime.clock() };
}

/** The copy of the project's row that its other rows rest on; the directory has the row itself. */
async function putAnchor({ runtime, route }: Hands, move: Move): Promise<void> {
  if (move.target === 0) return;
  const project = await findProject(runtime.directory, move.projectId);
  if (!project) throw notFound("project");
  const { target, projectId, holder } = route;
  await target.commit([markGuard(target, projectId, holder), projectCopyPut(target, project)]);
}

async function stillFrozen({ route, times }: Hands): Promise<boolean> {
  const { source, projectId, holder } = route;
  const [, changed] = await source.commit([
    markGuard(source, projectId, holder),
    freezeLonger(source, projectId, times.frozenSeconds),
  ]);
  return changed === 1;
}

/** Children before parents; each step gets some of the way. @returns whether all rows of the project are gone */
async function deleteRows({ runtime, times, spent, route }: Hands, db: Database): Promise<boolean> {
  const until = runtime.clock() + times.step;
  let some = false;
  for (const tables of deletedTables()) {
    for (let more = true; more; ) {
      if (some && (runtime.clock() >= until || spent())) return false;
      const deletes = tables.map((table) => someDelete(db, table, route.projectId, DELETED));
      const [, ...deleted] = await db.commit([markGuard(db, route.projectId, route.holder), ...deletes]);
      more = deleted.includes(DELETED);
      some ||= deleted.some((rows) => rows > 0);
    }
  }
  return true;
}

/** Somebody else is at it. */
export function heldByAnother(): DomainError {
  return new DomainError({
    kind: "conflict",
    code: "move_in_progress",
    message: "Somebody else is moving the project at this moment. Try again when they have stopped.",
  });
}
