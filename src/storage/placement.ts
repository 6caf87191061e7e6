// Where each project's data is, when it is spread over several databases, and the way there. The directory (place 0) says
// it; an isolate remembers it for ten seconds, unless the project is about to move. With one database none of this acts.
//
// `databaseFor` is told its project when it is called and its database when something is sent, so that nothing above has
// to know: a project may move between two trips, and a write that meets the move waits for it and goes to the new place.

import { randomToken } from "../crypto/random.ts";
import { unavailable } from "../domain/errors.ts";
import { createExpiringCache } from "../domain/expiring-cache.ts";
import { createFlights } from "../domain/flights.ts";
import { type Database, openDatabase } from "./database.ts";
import { readPlacement } from "./project-placement.ts";
import { routingClient, type Send } from "./routing-client.ts";

/** Where a project's data is. */
export interface Placed {
  /** 0: the directory itself; N: the binding DB_N. */
  place: number;
  /** About to move: whoever sends something asks anew. */
  moving: boolean;
}

export interface Placement {
  /** Every database by its place, ascending; 0 is the directory. These are direct: nothing waits, nothing is routed. */
  places: ReadonlyMap<number, Database>;
  /** The database that knows the projects. */
  directory: Database;
  /** Whether there is more than one. */
  several: boolean;
  /** The database that holds a project, wherever that is when something is sent to it. */
  databaseFor(projectId: string): Database;
  /** Where a project is; undefined when the directory does not know it. @throws {DomainError} `unavailable` */
  locate(projectId: string): Promise<Placed | undefined>;
  /** The directory's row has been read. @param askedAt when it was asked for, milliseconds */
  learn(project: Placed & { id: string }, askedAt: number): void;
  /** From now on the directory is asked again. */
  forget(projectId: string): void;
}

export interface PlacementTools {
  /** Milliseconds since the epoch. */
  clock: () => number;
  /** Lets work finish when the request that began it has ended. */
  background: (work: Promise<unknown>) => void;
}

/** Milliseconds for which an isolate remembers a place, from when it asked. Whoever announces a move waits longer. */
export const PLACEMENT_TTL_MS = 10_000;
const REMEMBERED = 5000;
/** Databases of projects kept per isolate. */
const OPENED = 500;
/** Milliseconds that a trip to the directory may take. */
const LOCATE_PATIENCE_MS = 4500;

/** What a project's triggers say while it is being moved (src/storage/project-copy.ts). */
const MOVING = "project_moving";
/** Milliseconds a write waits for a move in all, and between two attempts. */
const MOVE_PATIENCE_MS = 3000;
const SHORTEST_PAUSE_MS = 40;
const LONGEST_PAUSE_MS = 120;

/** @param bindings by place; 0 is the directory */
export function createPlacement(bindings: ReadonlyMap<number, D1Database>, tools: PlacementTools): Placement {
  const only = bindings.get(0);
  if (!only) throw new Error("the directory has no binding");
  return bindings.size === 1 ? onePlace(openDatabase(only)) : severalPlaces(bindings, only, tools);
}

function onePlace(directory: Database): Placement {
  return {
    places: new Map([[0, directory]]),
    directory,
    several: false,
    databaseFor: () => directory,
    locate: async () => ({ place: 0, moving: false }),
    learn: () => undefined,
    forget: () => undefined,
  };
}

function severalPlaces(
  bindings: ReadonlyMap<number, D1Database>,
  home: D1Database,
  { clock, background }: PlacementTools,
): Placement {
  const remembered = createExpiringCache<Placed>(REMEMBERED, clock);
  const opened = createExpiringCache<Database>(OPENED, clock);
  const flights = createFlights<Placed | undefined>({ clock, background, patience: LOCATE_PATIENCE_MS });
  // Statements that are built once are built here, for all databases, and sent by the one whose turn it is.
  const builder = openDatabase(routingClient(() => Promise.reject(new Error("a statement was sent that belongs to no project"))));
  const directory = openDatabase(routingClient(waitingForMoves(async () => home)), builder);

  function learn({ id, place, moving }: Placed & { id: string }, askedAt: number): void {
    const left = askedAt + PLACEMENT_TTL_MS - clock();
    if (moving || left <= 0) remembered.delete(id);
    else remembered.set(id, { place, moving }, left);
  }

  function forget(projectId: string): void {
    remembered.delete(projectId);
    flights.forget(projectId);
  }

  async function locate(projectId: string): Promise<Placed | undefined> {
    const known = remembered.get(projectId);
    if (known) return known;
    const askedAt = clock();
    let isOwn = false;
    const ask = () => {
      isOwn = true;
      return readPlacement(directory, projectId);
    };
    const placed = await flights.share(projectId, ask, (found) => found && learn({ id: projectId, ...found }, askedAt));
    // Somebody else's question may have been answered before the move, and this one came after it.
    return placed?.moving && !isOwn ? await readPlacement(directory, projectId) : placed;
  }

  async function bindingOf(projectId: string): Promise<D1Database> {
    const placed = remembered.get(projectId) ?? (await locate(projectId));
    // A project that nobody knows is looked for, and not found, in the directory.
    const place = placed?.place ?? 0;
    const binding = bindings.get(place);
    if (!binding) throw unavailable(new Error(`there is no binding DB_${place}`));
    return binding;
  }

  return {
    places: new Map(
      [...bindings].sort(([a], [b]) => a - b).map(([place, d1]) => [place, place === 0 ? directory : openDatabase(d1)]),
    ),
    directory,
    several: true,
    databaseFor(projectId) {
      const known = opened.get(projectId);
      if (known) return known;
      const send = waitingForMoves(
        () => bindingOf(projectId),
        () => forget(projectId),
      );
      const database = openDatabase(routingClient(send), builder);
      opened.set(projectId, database, Number.POSITIVE_INFINITY);
      return database;
    },
    locate,
    learn,
    forget,
  };
}

/** Sends to the database that `choose` gives; while that refuses because of a move, waits a little and chooses again. */
function waitingForMoves(choose: () => Promise<D1Database>, refused: () => void = () => undefined): Send {
  return async (work) => {
    for (let waited = 0; ; ) {
      const d1 = await choose();
      try {
        return await work(d1);
      } catch (error) {
        if (!isMoving(error) || waited >= MOVE_PATIENCE_MS) throw error;
        refused();
        const pause = SHORTEST_PAUSE_MS + randomShare() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS);
        await new Promise((resolve) => setTimeout(resolve, pause));
        waited += pause;
      }
    }
  };
}

function isMoving(error: unknown): boolean {
  return error instanceof Error && error.message.includes(MOVING);
}

/** From 0 to 1: those who wait for the same move do not all come back at once. */
function randomShare(): number {
  return randomToken(1).charCodeAt(0) / 128;
}
