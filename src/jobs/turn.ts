// A turn: the night shift in one database. All turns of a run share its queries, and take them in another order each time.

import type { Runtime } from "../services.ts";
import type { Database } from "../storage/database.ts";
import { factPut, readFacts } from "../storage/instance.ts";
import { type Meter, metered } from "../storage/metered.ts";

export interface Turn {
  runtime: Runtime;
  /** 0 is the directory. */
  place: number;
  /** The database whose turn it is. */
  db: Database;
  /** The run has asked what it may ask: a step that has not begun waits for the next one. */
  spent(): boolean;
}

/** Which place the next run begins with. */
const FIRST = "night_shift_place";

/** A turn for every database, in which no step begins after so many queries of the run. Everything that `runtime` reaches in them counts. */
export async function turnsOf(runtime: Runtime, queries: number): Promise<Turn[]> {
  const meter: Meter = { queries: 0 };
  const counted: Runtime = {
    ...runtime,
    directory: metered(runtime.directory, meter),
    databaseFor: (projectId) => metered(runtime.databaseFor(projectId), meter),
    placement: {
      ...runtime.placement,
      places: new Map([...runtime.placement.places].map(([place, db]) => [place, metered(db, meter)])),
    },
  };
  const spent = () => meter.queries >= queries;
  const places = [...counted.placement.places];
  const first = places.length > 1 ? await firstPlace(counted.directory) : 0;
  const begin = Math.max(
    places.findIndex(([place]) => place === first),
    0,
  );
  return [...places.slice(begin), ...places.slice(0, begin)].map(([place, db]) => ({
    runtime: counted,
    place,
    db: place === 0 ? counted.directory : db,
    spent,
  }));
}

/** The next run begins where this one stopped, and never where this one began: one database does not take all turns. */
export async function rememberTurns(turns: readonly Turn[], done: number): Promise<void> {
  const next = turns[Math.max(done, 1)] ?? turns[1];
  if (next) await next.runtime.directory.commit([factPut(next.runtime.directory, FIRST, String(next.place))]);
}

async function firstPlace(directory: Database): Promise<number> {
  try {
    return Number((await readFacts(directory, [FIRST])).get(FIRST) ?? 0);
  } catch {
    return 0;
  }
}
