// The two halves of a project that is not in the directory: its row there, which says everything of it, and the copy of
// that row in its place, which the rest of its data rests on. The copy is made first and goes first, so a project that the
// directory knows has one; what is lost on the way the night shift mends (src/jobs/copies.ts).

import type { Runtime } from "../../services.ts";
import { countByPlace, isBeingMoved, projectCopyDelete, projectCopyPut } from "../../storage/project-placement.ts";
import { findProject, projectDelete } from "../../storage/projects.ts";
import { DomainError, unacceptable } from "../errors.ts";
import type { Project } from "./project.ts";

export interface Placing {
  /**
   * The place of a new project: the one that is asked for, else the one with the fewest projects.
   * @throws {DomainError} `validation_failed` naming `database` when there is none of this number
   */
  choose(wanted: number | undefined): Promise<number>;
  /** Before the directory is told of a new project. Nothing happens in the directory's own place. */
  prepare(project: Project): Promise<void>;
  /** The directory has refused the new project. What cannot be taken back now the night shift takes back. */
  abandon(project: Project): Promise<void>;
  /** After the directory has stored a change. Repeating it changes nothing. @throws {DomainError} `unavailable` */
  follow(project: Project): Promise<void>;
  /**
   * Before the directory forgets a project: everything that is in its place.
   * @throws {DomainError} `project_moving` while it is on its way to another one
   */
  clear(project: Project): Promise<void>;
}

export function createPlacing(runtime: Runtime): Placing {
  const { directory, placement } = runtime;
  const isElsewhere = (project: Project) => placement.several && project.place !== 0;

  return {
    async choose(wanted) {
      if (wanted !== undefined && !placement.places.has(wanted)) throw noSuchPlace(placement.places.keys());
      if (wanted !== undefined || !placement.several) return wanted ?? 0;
      const counts = await countByPlace(directory);
      const [fewest] = [...placement.places.keys()].sort((a, b) => (counts.get(a) ?? 0) - (counts.get(b) ?? 0) || a - b);
      return fewest ?? 0;
    },

    async prepare(project) {
      const place = isElsewhere(project) ? placement.places.get(project.place) : undefined;
      await place?.commit([projectCopyPut(place, project)]);
    },

    async abandon(project) {
      const place = isElsewhere(project) ? placement.places.get(project.place) : undefined;
      if (!place) return;
      // A form that was sent twice: what it made stays.
      const made = await findProject(directory, project.id).catch(() => project);
      if (made?.place === project.place) return;
      await place.commit([projectCopyDelete(place, project.id)]).catch(() => undefined);
    },

    async follow(project) {
      if (!isElsewhere(project)) return;
      const db = runtime.databaseFor(project.id);
      await db.commit([projectCopyPut(db, project)]);
    },

    async clear(project) {
      if (!placement.several) return;
      if (project.moving || (await isBeingMoved(directory, project.id))) throw projectMoving();
      const db = placement.places.get(project.place);
      if (isElsewhere(project)) await db?.commit(projectDelete(db, project.id));
    },
  };
}

/** It is being moved to another database. */
export function projectMoving(): DomainError {
  return new DomainError({
    kind: "conflict",
    code: "project_moving",
    message: "The project is being moved to another database. Finish or cancel the move first.",
  });
}

/** `database` names none of these. */
export function noSuchPlace(places: Iterable<number>): DomainError {
  const message = `There is no database of this number. Choose one of ${[...places].sort((a, b) => a - b).join(", ")}.`;
  return unacceptable([{ field: "database", code: "database_unknown", message }]);
}
