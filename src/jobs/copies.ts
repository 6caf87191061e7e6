// The copies of projects' rows in a place other than the directory: one that is missing or has missed an edit is written
// again, one that belongs to no project of this place goes.

import { ConstraintViolation } from "../storage/database.ts";
import {
  belongingAmong,
  listCopies,
  listPlaced,
  projectCopyDelete,
  projectCopyPut,
  revisionsOfCopies,
} from "../storage/project-placement.ts";
import { findProject } from "../storage/projects.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { COPIES_WINDOW, STRAY_AGE_MS } from "./pace.ts";
import type { Turn } from "./turn.ts";

/** What the directory says of the next projects of this place, against what the place has. */
export async function mendCopies({ runtime, place, db }: Turn): Promise<{ compared: number; mended: number }> {
  const after = (await readCursor(db, "copies"))?.[0];
  const placed = await listPlaced(runtime.directory, place, after, COPIES_WINDOW);
  const copies = await revisionsOfCopies(
    db,
    placed.map(({ id }) => id),
  );
  const behind = placed.filter(({ id, revision }) => (copies.get(id) ?? 0) < revision);
  let mended = 0;
  for (const { id } of behind) {
    const project = await findProject(runtime.directory, id);
    // It may be on its way elsewhere by now; where it is, the next run looks after it.
    if (project?.place !== place) continue;
    await db.commit([projectCopyPut(db, project)]);
    mended += 1;
  }
  const last = placed.length === COPIES_WINDOW ? placed.at(-1)?.id : undefined;
  await writeCursor(db, "copies", last === undefined ? undefined : [last, ""]);
  return { compared: placed.length, mended };
}

/**
 * Copies that were made for a project that the directory then refused, or put elsewhere. One that has data stays: the directory may have been
 * restored to a time before the project.
 */
export async function removeStrays({ runtime, place, db }: Turn): Promise<{ strays: number; removed: number }> {
  const after = (await readCursor(db, "strays"))?.[0];
  const copies = await listCopies(db, after, COPIES_WINDOW);
  const known = await belongingAmong(
    runtime.directory,
    place,
    copies.map(({ id }) => id),
  );
  const before = runtime.clock() - STRAY_AGE_MS;
  const strays = copies.filter(({ id, createdAt }) => !known.has(id) && createdAt < before);
  let removed = 0;
  for (const { id } of strays) {
    try {
      await db.commit([projectCopyDelete(db, id)]);
      removed += 1;
    } catch (error) {
      if (!(error instanceof ConstraintViolation)) throw error;
    }
  }
  const last = copies.length === COPIES_WINDOW ? copies.at(-1)?.id : undefined;
  await writeCursor(db, "strays", last === undefined ? undefined : [last, ""]);
  return { strays: strays.length, removed };
}
