// The proof that the target holds what the source holds, while the source's writes are refused: every row is compared, and
// the few that differ are brought over. For most projects that is one step. For a large one it is many, each of which
// leaves the target with its foreign keys in order: tables are gone through parents first, and organizations and people
// that are gone stay until everything that points to them has been looked at.

import { ConstraintViolation } from "../../storage/database.ts";
import { type Difference, isParent, parentTables } from "../../storage/project-copy.ts";
import { markRefused } from "../../storage/project-freeze.ts";
import type { MoveProgress } from "../../storage/project-moves.ts";
import { compareAll, compareNext, copyFrozen, type Route, type Stretch, sizeOf } from "./copying.ts";

/** `proved`: nothing differs. `more`: go on with this progress. `too much` differs for the time that writes may wait. */
export type Proof = { outcome: "proved" | "more"; progress: MoveProgress } | { outcome: "too much" };

/** Differing rows, and about how many characters of them, that are brought over in a step. */
const MOST_ROWS = 4000;
const MOST_SIZE = 8_000_000;

/** @param most stretches that a step compares */
export async function proveNext(route: Route, progress: MoveProgress, most: number): Promise<Proof> {
  return progress.stretches <= most ? await atOnce(route, progress, most) : await inParts(route, progress, most);
}

async function atOnce(route: Route, progress: MoveProgress, most: number): Promise<Proof> {
  const found: Difference[] = [];
  let compared = 0;
  const note = ({ difference }: Stretch) => {
    if (difference) found.push(difference);
    compared += 1;
  };
  for (const { table, stretch } of await compareAll(route)) {
    note(stretch);
    for (let { end } = stretch; end !== undefined; ) {
      // It has grown since it was copied.
      if (compared > 2 * most) return { outcome: "more", progress: { ...progress, stretches: compared } };
      const next = await compareNext(route, table, end);
      note(next);
      end = next.end;
    }
  }
  const copied = await bring(route, found);
  return copied === undefined
    ? { outcome: "too much" }
    : { outcome: "proved", progress: { ...progress, copied: progress.copied + copied, left: [] } };
}

async function inParts(route: Route, before: MoveProgress, most: number): Promise<Proof> {
  const progress = { ...before, left: [...before.left] };
  const found: Difference[] = [];
  for (let compared = 0; compared < most; compared += 1) {
    const next = progress.left[0];
    if (!next) break;
    const { end, difference } = await compareNext(route, next.table, next.after);
    progress.left.splice(0, 1, ...(end === undefined ? [] : [{ table: next.table, after: end }]));
    if (!difference) continue;
    const waits = progress.gone !== "now" && isParent(difference.table) && difference.gone.length > 0;
    if (waits) progress.gone = "later";
    found.push(waits ? { ...difference, gone: [] } : difference);
  }
  const copied = await bring(route, found);
  if (copied === undefined) return { outcome: "too much" };
  progress.copied += copied;
  if (progress.left.length > 0) return { outcome: "more", progress };
  if (progress.gone !== "later") return { outcome: "proved", progress };
  return { outcome: "more", progress: { ...progress, gone: "now", left: parentTables().map((table) => ({ table })) } };
}

/** @returns rows written; undefined when they are too many, or rest on others that were not looked at */
async function bring(route: Route, found: readonly Difference[]): Promise<number | undefined> {
  const rows = found.reduce((sum, difference) => sum + sizeOf(difference), 0);
  const size = found.reduce((sum, { put }) => sum + put.reduce((of, { row }) => of + row.length, 0), 0);
  if (rows > MOST_ROWS || size > MOST_SIZE) return undefined;
  try {
    return await copyFrozen(route, found);
  } catch (error) {
    if (error instanceof ConstraintViolation && !markRefused(error)) return undefined;
    throw error;
  }
}
