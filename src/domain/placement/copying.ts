// Bringing a project's rows in the target in line with the source, a stretch of a table at a time. Used twice: while the
// project is live, when the next moment may undo it, and while its writes are refused, when it is the proof.

import { ConstraintViolation, type Database } from "../../storage/database.ts";
import {
  type CopiedTable,
  copiedTables,
  type Difference,
  difference,
  differenceWrites,
  rowsRead,
  stretchWrites,
  toWindow,
  type Window,
  windowRead,
} from "../../storage/project-copy.ts";
import { markGuard } from "../../storage/project-freeze.ts";
import type { MoveProgress } from "../../storage/project-moves.ts";
import { DomainError } from "../errors.ts";

/** The two databases of a move, and whose hand it is. */
export interface Route {
  projectId: string;
  source: Database;
  target: Database;
  holder: string;
}

export interface Stretch {
  /** Key of its last row; undefined at the table's end. */
  end: string | undefined;
  difference: Difference | undefined;
}

/** The tables of a pass, from the beginning. */
export function wholePass(): MoveProgress["left"] {
  return copiedTables().map(({ name }) => ({ table: name }));
}

/** Compares the next stretch of a table. One round trip in each database when they are equal, otherwise two or three. */
export async function compareNext(route: Route, name: string, after: string | undefined): Promise<Stretch> {
  const table = tableOf(name);
  const [here, there] = await Promise.all([
    windowOf(route.source, route, table, after),
    windowOf(route.target, route, table, after),
  ]);
  return await compare(route, table, after, here, there);
}

/**
 * Compares the first stretch of every table, in one round trip in each database: for most projects that is everything.
 * @returns by table, in the order of `wholePass`
 */
export async function compareAll(route: Route): Promise<{ table: string; stretch: Stretch }[]> {
  const tables = copiedTables();
  const [here, there] = await Promise.all([firstWindows(route.source, route, tables), firstWindows(route.target, route, tables)]);
  const found: { table: string; stretch: Stretch }[] = [];
  for (const [index, table] of tables.entries()) {
    const stretch = await compare(route, table, undefined, here[index] ?? NOTHING, there[index] ?? NOTHING);
    found.push({ table: table.name, stretch });
  }
  return found;
}

/**
 * Brings the target in line while the project is live. What cannot be stored because its neighbours are not there yet, or
 * are others by now, is left to the next pass.
 * @returns rows written
 */
export async function copyLive({ target, projectId, holder }: Route, found: Difference): Promise<number> {
  try {
    await target.commit([markGuard(target, projectId, holder), ...stretchWrites(target, projectId, found)]);
    return found.put.length;
  } catch (error) {
    if (error instanceof ConstraintViolation && !error.on.startsWith("instance_state")) return 0;
    throw error;
  }
}

/**
 * Brings the target in line while the source stands still, all at once, and reads it again.
 * @returns rows written
 * @throws {ConstraintViolation} when these are not all differences, and they rest on others
 */
export async function copyFrozen({ target, projectId, holder }: Route, found: readonly Difference[]): Promise<number> {
  const [first, ...rest] = found;
  if (!first) return 0;
  await target.commit([markGuard(target, projectId, holder), ...differenceWrites(target, projectId, found)]);
  const read = ({ table, put, gone }: Difference) => rowsRead(target, table, projectId, [...put.map(({ key }) => key), ...gone]);
  const stored = await target.readAll([read(first), ...rest.map(read)]);
  if (found.some(({ table, put }, index) => difference(table, put, stored[index] ?? []) !== undefined)) throw unlike();
  return found.reduce((sum, { put }) => sum + put.length, 0);
}

/** Rows that differ. */
export function sizeOf(found: Difference): number {
  return found.put.length + found.gone.length;
}

const NOTHING: Window = { rows: [], last: true };

/** Compares what both have up to where the shorter one of two windows ends. */
async function compare(
  route: Route,
  table: CopiedTable,
  after: string | undefined,
  here: Window,
  there: Window,
): Promise<Stretch> {
  const end = here.last ? undefined : here.rows.at(-1)?.key;
  const sameEnd = here.last === there.last && (here.last || there.rows.at(-1)?.key === end);
  if (sameEnd) return { end, difference: difference(table, here.rows, there.rows) };
  if (end !== undefined) {
    const upToEnd = await windowOf(route.target, route, table, after, end);
    if (upToEnd.last) return { end, difference: difference(table, here.rows, upToEnd.rows) };
  }
  // The target has more rows there than a window holds: it is the one that says where the stretch ends.
  const shorter = there.rows.at(-1)?.key;
  const source = await windowOf(route.source, route, table, after, shorter);
  return { end: shorter, difference: difference(table, source.rows, there.rows) };
}

async function windowOf(db: Database, { projectId }: Route, table: CopiedTable, after?: string, upTo?: string): Promise<Window> {
  return toWindow(await db.read(windowRead(db, table, projectId, after, upTo)));
}

async function firstWindows(db: Database, { projectId }: Route, tables: readonly CopiedTable[]): Promise<Window[]> {
  const [first, ...rest] = tables.map((table) => windowRead(db, table, projectId, undefined));
  return first ? (await db.readAll([first, ...rest])).map(toWindow) : [];
}

function tableOf(name: string): CopiedTable {
  const table = copiedTables().find((candidate) => candidate.name === name);
  if (!table) throw new Error(`${name} is no table of a project`);
  return table;
}

function unlike(): DomainError {
  return new DomainError({
    kind: "internal",
    code: "move_copy_differs",
    message: "The target does not hold what was written to it. The project has stayed where it is; cancel the move.",
  });
}
