// Moving a project to another database while it is in use. Whoever moves it asks again and again, and each time a little is
// done; it may stop anywhere, and go on or be taken back later (steps.ts says what happens when).

import { CONSOLE_SLUG } from "../../config.ts";
import { newId } from "../../crypto/random.ts";
import type { Runtime } from "../../services.ts";
import { ConstraintViolation, type Database } from "../../storage/database.ts";
import { markDelete, markGuard, markPut, markRefused, thawWrites } from "../../storage/project-freeze.ts";
import {
  findMove,
  holdRelease,
  holdTake,
  type Move,
  type MoveState,
  moveDelete,
  moveInsert,
  moveRefused,
  moveUpdate,
} from "../../storage/project-moves.ts";
import { findProject } from "../../storage/projects.ts";
import { DomainError, notFound, unavailable } from "../errors.ts";
import type { RequestContext } from "../events/event.ts";
import { noSuchPlace } from "../projects/placing.ts";
import type { Project } from "../projects/project.ts";
import { emptyTarget, type Hands, heldByAnother, type MoveTimes, takeStep } from "./steps.ts";

export interface MoveReport {
  /** `done`: the project is in the target, and nothing is left of it in the source. `cancelled`: the reverse. */
  state: MoveState | "cancelling" | "cancelled" | "done";
  source: number;
  target: number;
  /** Rows written to the target so far. */
  copied: number;
  /** Times that the tables have been gone through, and the tables that are left this time. */
  pass: number;
  tablesLeft: number;
  /** Milliseconds after which asking again makes sense. */
  waitMs: number;
}

export interface MoveService {
  /**
   * Goes on with a move, or begins it.
   * @throws {DomainError} `validation_failed` naming `database`; `not_found`; `project_protected` for the console project;
   *   `move_in_progress` while another mover is at work, or when the project is moving elsewhere
   */
  advance(projectId: string, target: number, context: RequestContext): Promise<MoveReport>;
  /** Takes a move back that has not switched yet. @throws {DomainError} `not_found`; `move_switched`; `move_in_progress` */
  cancel(projectId: string, context: RequestContext): Promise<MoveReport>;
}

export const MOVE_TIMES: MoveTimes = {
  announced: 11_000,
  settled: 8_000,
  frozenSeconds: 30,
  step: 3_000,
  stretches: 60,
  hold: 60_000,
};
/** Milliseconds after which a call takes no further step. */
const CALL_MS = 3_000;

/**
 * @param steps how many steps a call may take
 * @param spent whether whoever calls may ask the databases no more, so that a step which deletes stops before its time
 */
export function createMoveService(
  runtime: Runtime,
  times: MoveTimes = MOVE_TIMES,
  steps = Number.POSITIVE_INFINITY,
  spent: () => boolean = () => false,
): MoveService {
  const { directory, placement, clock } = runtime;

  /** Does `work` as the only one, with the mover's mark in the databases it writes to. */
  async function holding<T>(move: Move, context: RequestContext, work: (hands: Hands, move: Move) => Promise<T>): Promise<T> {
    const { projectId } = move;
    const holder = newId(clock());
    try {
      const [taken] = await directory.commit([holdTake(directory, projectId, holder, clock(), clock() + times.hold)]);
      if (taken !== 1) throw heldByAnother();
      const current = await findMove(directory, projectId);
      if (!current) throw heldByAnother();
      const source = databaseAt(current.source);
      const target = databaseAt(current.target);
      const marked = current.state === "switched" ? [source] : [source, target];
      await Promise.all(marked.map((db) => db.commit([markPut(db, projectId, holder)])));
      return await work({ runtime, times, spent, context, route: { projectId, source, target, holder } }, current);
    } catch (error) {
      throw markRefused(error) || moveRefused(error) ? heldByAnother() : error;
    } finally {
      await directory.commit([holdRelease(directory, projectId, holder)]).catch(() => undefined);
    }
  }

  function databaseAt(place: number): Database {
    const db = placement.places.get(place);
    if (!db) throw unavailable(new Error(`there is no binding of place ${place}`));
    return db;
  }

  async function announce(project: Project, target: number): Promise<Move> {
    const progress = { copied: 0, pass: 0, differing: 0, stretches: 0, gone: "none" as const, left: [] };
    const move: Move = { projectId: project.id, source: project.place, target, state: "announced", progress, enteredAt: clock() };
    try {
      await directory.commit(moveInsert(directory, move));
    } catch (error) {
      throw error instanceof ConstraintViolation ? heldByAnother() : error;
    }
    placement.forget(project.id);
    return move;
  }

  async function goOn(hands: Hands, from: Move): Promise<MoveReport> {
    const until = clock() + CALL_MS;
    let move = from;
    for (let step = 0; step < steps && clock() < until; step += 1) {
      const next = await takeStep(hands, move);
      if (next === "done") return report({ ...move, state: "switched" }, { state: "done" });
      if ("waitMs" in next) return report(move, { waitMs: next.waitMs });
      move = next.move;
    }
    return report(move, {});
  }

  async function takeBack(hands: Hands, from: Move): Promise<MoveReport> {
    if (from.state === "switched") throw alreadySwitched();
    const { source, projectId, holder } = hands.route;
    await source.commit([markGuard(source, projectId, holder), ...thawWrites(source, projectId)]);
    // Whoever goes on with the move from here goes through all tables again.
    const move: Move = { ...from, state: "announced" };
    await directory.commit([moveUpdate(directory, move, holder, clock() + times.hold)]);
    if (!(await emptyTarget(hands, move))) return report(move, { state: "cancelling" });
    await source.commit([markGuard(source, projectId, holder), markDelete(source, projectId)]);
    await directory.commit(moveDelete(directory, move, holder));
    placement.forget(projectId);
    return report(move, { state: "cancelled" });
  }

  return {
    async advance(projectId, target, context) {
      if (!placement.places.has(target)) throw noSuchPlace([...placement.places.keys()]);
      const project = await findProject(directory, projectId);
      if (!project) throw notFound("project");
      if (project.slug === CONSOLE_SLUG) throw consoleStays();
      const known = await findMove(directory, projectId);
      if (known && known.target !== target) throw movingElsewhere(known.target);
      if (!known && project.place === target) return arrived(target);
      return await holding(known ?? (await announce(project, target)), context, goOn);
    },

    async cancel(projectId, context) {
      const move = await findMove(directory, projectId);
      if (!move) throw notFound("move");
      return await holding(move, context, takeBack);
    },
  };
}

function report(move: Move, over: Partial<MoveReport>): MoveReport {
  const { state, source, target, progress } = move;
  return {
    state,
    source,
    target,
    copied: progress.copied,
    pass: progress.pass,
    tablesLeft: progress.left.length,
    waitMs: 0,
    ...over,
  };
}

function arrived(place: number): MoveReport {
  return { state: "done", source: place, target: place, copied: 0, pass: 0, tablesLeft: 0, waitMs: 0 };
}

function consoleStays(): DomainError {
  return new DomainError({
    kind: "conflict",
    code: "project_protected",
    message: "The console project stays in the directory's database.",
  });
}

function movingElsewhere(target: number): DomainError {
  return new DomainError({
    kind: "conflict",
    code: "move_in_progress",
    message: `The project is being moved to database ${target}. Finish or cancel that move first.`,
  });
}

function alreadySwitched(): DomainError {
  return new DomainError({
    kind: "conflict",
    code: "move_switched",
    message: "The project is in the other database already. Finish the move; then it can be moved back.",
  });
}
