// Where a task of the night shift stopped: a place in a table's primary key, kept in D1 until its next run.

import type { Runtime } from "../services.ts";
import { factPut, type Place, readFacts } from "../storage/instance.ts";

/** The place after which to go on; undefined at the beginning. */
export async function readCursor(runtime: Runtime, task: string): Promise<Place | undefined> {
  const key = cursorKey(task);
  const text = (await readFacts(runtime.directory, [key])).get(key);
  if (!text) return undefined;
  const place: unknown = JSON.parse(text);
  return Array.isArray(place) && typeof place[0] === "string" && typeof place[1] === "string" ? [place[0], place[1]] : undefined;
}

/** No place means: start over from the beginning next time. */
export async function writeCursor(runtime: Runtime, task: string, place: Place | undefined): Promise<void> {
  await runtime.directory.commit([factPut(runtime.directory, cursorKey(task), place ? JSON.stringify(place) : "")]);
}

function cursorKey(task: string): string {
  return `cursor/${task}`;
}
