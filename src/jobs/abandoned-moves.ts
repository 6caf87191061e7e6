// Moves that have switched and that nobody has finished: what is left of a project in the database that it has left.

import { DomainError } from "../domain/errors.ts";
import { systemContext } from "../domain/events/event.ts";
import { createMoveService, MOVE_TIMES } from "../domain/placement/move.ts";
import { listSwitched } from "../storage/project-moves.ts";
import { ABANDONED_MOVES, ABANDONED_MS } from "./pace.ts";
import type { Turn } from "./turn.ts";

const context = systemContext("night-shift");

/** The next steps of those out of this place, each as its mover would take them; `left`: those with rows still to go. */
export async function finishMoves({ runtime, place, spent }: Turn): Promise<{ finished: number; left: number }> {
  const now = runtime.clock();
  const moves = await listSwitched(runtime.directory, place, { enteredBefore: now - ABANDONED_MS, now, limit: ABANDONED_MOVES });
  const mover = createMoveService(runtime, MOVE_TIMES, 1, spent);
  const sum = { finished: 0, left: moves.length };
  for (const { projectId, target } of moves) {
    if (spent()) break;
    try {
      if ((await mover.advance(projectId, target, context)).state !== "done") continue;
    } catch (error) {
      // Its mover is back.
      if (error instanceof DomainError && error.code === "move_in_progress") continue;
      throw error;
    }
    sum.finished += 1;
    sum.left -= 1;
  }
  return sum;
}
