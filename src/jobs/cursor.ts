// Where a task of the night shift stopped: a place in a table's primary key, kept in the database that it
// works on until its next run.

import type { Database } from "../storage/database.ts";
import { factPut, type Place, readFacts } from "../storage/instance.ts";

/** The place after which to go on; undefined at the beginning. */
export async function readCursor(db: Database, task: string): Promise<Place | undefined> {
  const key = cursorKey(task);
  const text = (await readFacts(db, [key])).get(key);
  if (!text) return undefined;
  const place: unknown = JSON.parse(text);
  return Array.isArray(place) && typeof place[0] === "string" && typeof place[1] === "string" ? [place[0], place[1]] : undefined;
}

/** No place means: start over from the beginning next time. */
export async function writeCursor(db: Database, task: string, place: Place | undefined): Promise<void> {
  await db.commit([factPut(db, cursorKey(task), place ? JSON.stringify(place) : "")]);
}

function cursorKey(task: string): string {
  return `cursor/${task}`;
}
