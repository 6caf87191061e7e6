// The two halves of a project that is not in the directory: its row there, which says everything of it, and the copy of
// that row in its place, which the rest of its data rests on. The copy is made first and goes first, so a project that the
// directory knows has one; what is lost on the way the night shift mends (src/jobs/copies.ts).

import type { Runtime } from "../../services.ts";
import { countByPlace, isBeingMoved, projectCopyDelete, projectCopyPut } from "../../storage/project-placement.ts";
import { findProject, projectDelete } from "../../storage/projects.ts";
import { DomainError, unacceptable, unavailable } from "../errors.ts";
import type { Project } from "./project.ts";

export interface Placing {
  /**
   * Gives a new project its place, and prepares that before the directory is told: the place that is asked for, else the
   * one with the fewest projects of those that answer.
   * @throws {DomainError} `validation_failed` naming `database` when there is none of this number
   */
  place(project: Project, wanted: number | undefined): Promise<Project>;
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

  async function fewestFirst(): Promise<number[]> {
    const counts = await countByPlace(directory);
    return [...placement.places.keys()].sort((a, b) => (counts.get(a) ?? 0) - (counts.get(b) ?? 0) || a - b);
  }

  async function prepare(project: Project): Promise<Project> {
    const db = project.place === 0 ? undefined : placement.places.get(project.place);
    await db?.commit([projectCopyPut(db, project)]);
    return project;
  }

  return {
    async place(project, wanted) {
      if (wanted !== undefined && !placement.places.has(wanted)) throw noSuchPlace(placement.places.keys());
      if (!placement.several) return project;
      const candidates = wanted === undefined ? await fewestFirst() : [wanted];
      for (const [index, place] of candidates.entries()) {
        try {
          return await prepare({ ...project, place });
        } catch (error) {
          const isDown = error instanceof DomainError && error.kind === "unavailable";
          if (!isDown || index === candidates.length - 1) throw error;
        }
      }
      return project;
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
      if (!isElsewhere(project)) return;
      const db = placement.places.get(project.place);
      // What is in a database that is not bound any more would be left there.
      if (!db) throw unavailable(new Error(`there is no binding DB_${project.place}`));
      await db.commit(projectDelete(db, project.id));
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
  const message = `There is no database of this number. Choose one of ${[...places].join(", ")}.`;
  return unacceptable([{ field: "database", code: "database_unknown", message }]);
}
