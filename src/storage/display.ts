// Reading for display, from a replica of D1 where there is one: what is only looked at may lag, what decides never does
// (https://developers.cloudflare.com/d1/best-practices/read-replication/). Whoever has written carries a bookmark, so that
// they never see less than what they wrote.

import { type Database, openDatabase } from "./database.ts";
import type { Placement } from "./placement.ts";

/** What a reader who carries no bookmark may see: the primary's state, or that of whichever replica is near. */
export type Freshness = "first-primary" | "first-unconstrained";

export interface Display {
  db: Database;
  /** Undefined until something has been read. */
  bookmark(): string | undefined;
}

export interface Displays {
  /**
   * A database to read from for display; undefined when there are no replicas, or the project is on its way to another
   * database: then the reader asks as always.
   * @param bookmark one of `Display.bookmark()` or `written()`; anything else counts as none
   */
  displayFor(projectId: string, bookmark: string | undefined, otherwise: Freshness): Promise<Display | undefined>;
  /** A bookmark behind everything that has been written to the project. One round trip; undefined without replicas. */
  written(projectId: string): Promise<string | undefined>;
}

/** The place that it is of, and D1's own text, which its documentation calls opaque; never one of its constraints. */
const BOOKMARK = /^([0-9]{1,5})\.([0-9a-f]{1,64}(?:-[0-9a-f]{1,64}){1,7})$/;

/** @param bindings by place */
export function createDisplays(bindings: ReadonlyMap<number, D1Database>, placement: Placement, replicas: boolean): Displays {
  async function sessionFor(projectId: string, bookmark: string | undefined, otherwise: Freshness) {
    if (!replicas) return undefined;
    const placed = await placement.locate(projectId);
    const binding = placed && !placed.moving ? bindings.get(placed.place) : undefined;
    if (!placed || !binding) return undefined;
    const [, place, text] = BOOKMARK.exec(bookmark ?? "") ?? [];
    const session = binding.withSession(text !== undefined && Number(place) === placed.place ? text : otherwise);
    return { session, place: placed.place };
  }

  const textOf = (session: D1DatabaseSession, place: number) => {
    const text = session.getBookmark();
    return text ? `${place}.${text}` : undefined;
  };

  return {
    async displayFor(projectId, bookmark, otherwise) {
      const found = await sessionFor(projectId, bookmark, otherwise);
      if (!found) return undefined;
      const { session, place } = found;
      return { db: openDatabase(session as never), bookmark: () => textOf(session, place) };
    },

    async written(projectId) {
      const found = await sessionFor(projectId, undefined, "first-primary");
      if (!found) return undefined;
      await found.session.prepare("SELECT 1").first();
      return textOf(found.session, found.place);
    },
  };
}
