// A mover may be cut off after any of its trips to a database, with or without having seen the answer; somebody else goes on
// or takes the move back, and nothing is lost, doubled or left behind.

import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { createMoveService } from "../../src/domain/placement/move.ts";
import type { Runtime } from "../../src/services.ts";
import { servicesFor } from "../../src/services.ts";
import { findProject } from "../../src/storage/projects.ts";
import { type Places, withPlaces } from "../support/places.ts";
import { putProject } from "../support/rows.ts";
import { context, count, fill, finish, rowsOf, triggers } from "./crowd.ts";

const HOLD = 60_000;
const TIMES = { announced: 0, settled: 0, frozenSeconds: 60, stretches: 60, step: 1e9, hold: HOLD };

let places: Places;
let runtime: Runtime;
let now = Date.now();
beforeAll(async () => {
  places = await withPlaces(2);
  runtime = { ...servicesFor(places.env).runtime, clock: () => now };
});

/** The runtime of a mover that dies after so many trips: the last one happens, but its answer is lost, and no other does. */
function dyingAfter(trips: number): { runtime: Runtime; trips: () => number } {
  let made = 0;
  const last = async <T>(send: () => Promise<T>): Promise<T> => {
    made += 1;
    if (made > trips) throw new Error("D1_ERROR: Network connection lost.");
    const answer = await send();
    if (made === trips) throw new Error("D1_ERROR: Network connection lost.");
    return answer;
  };
  const dying = (database: D1Database) =>
    ({
      prepare: (text: string) => dyingStatement(database.prepare(text)),
      batch: (statements: { inner: D1PreparedStatement }[]) => last(() => database.batch(statements.map(({ inner }) => inner))),
    }) as unknown as D1Database;
  const dyingStatement = (inner: D1PreparedStatement): unknown => ({
    inner,
    bind: (...values: unknown[]) => dyingStatement(inner.bind(...values)),
    run: () => last(() => inner.run()),
    all: () => last(() => inner.all()),
    raw: () => last(() => inner.raw()),
  });
  const [home, there] = places.databases.map(dying);
  const dyingRuntime = servicesFor({ ...places.env, DB: home, DB_1: there } as Env).runtime;
  return { runtime: { ...dyingRuntime, clock: () => now }, trips: () => made };
}

async function placeOf(projectId: string): Promise<number> {
  return (await findProject(runtime.directory, projectId))?.place ?? -1;
}

/** What people do while nobody moves: an identity comes, one changes, one goes with its session; 503 while writes wait. */
async function live(projectId: string, round: number): Promise<boolean> {
  const db = places.databases[await placeOf(projectId)] ?? env.DB;
  try {
    await db.batch([
      db
        .prepare("INSERT INTO identities (project_id, id, email, traits, created_at, updated_at) VALUES (?, ?, ?, '{}', 0, 0)")
        .bind(projectId, `new${round}`, `new${round}@x.test`),
      db
        .prepare(
          "INSERT INTO sessions (project_id, id, token_hash, identity_id, authentication_methods, authenticated_at, issued_at, expires_at) VALUES (?, ?, 'h', ?, '[]', 0, 0, 1)",
        )
        .bind(projectId, `new${round}`, `new${round}`),
      db.prepare("DELETE FROM sessions WHERE project_id = ? AND id = ?").bind(projectId, `new${round - 1}`),
      db.prepare("UPDATE identities SET revision = revision + 1 WHERE project_id = ? AND id = 'i1'").bind(projectId),
    ]);
    return true;
  } catch (error) {
    if (String(error).includes("project_moving")) return false;
    throw error;
  }
}

test("cut off after any trip, the move is finished by another mover", { timeout: 240_000 }, async () => {
  const project = await putProject({ slug: "cut-off" });
  await fill(env.DB, project.id, 3);
  const waited = new Map<string, number>();
  let target = 1;
  for (let trips = 1; ; trips += 1) {
    now += 1; // events are in the order of their milliseconds
    const dying = dyingAfter(trips);
    const survived = await finish(createMoveService(dying.runtime, TIMES), project.id, target).then(
      () => true,
      () => false,
    );
    const wrote = await live(project.id, trips);
    waited.set(String(wrote), (waited.get(String(wrote)) ?? 0) + 1);
    const from = await placeOf(project.id);
    const truth = await rowsOf(places.databases[from] ?? env.DB, project.id);
    now += HOLD + 1;
    await finish(createMoveService(runtime, TIMES), project.id, target);
    const after = await rowsOf(places.databases[target] ?? env.DB, project.id);
    expect(after, `after ${trips} trips`).toEqual(truth);
    expect(count(await rowsOf(places.databases[1 - target] ?? env.DB, project.id)), `after ${trips} trips`).toBe(0);
    expect(await leftBehind(project.id), `after ${trips} trips`).toEqual([]);
    target = 1 - target;
    if (survived) break;
  }
  // Some of the deaths were before the freeze, some in it, some after it.
  expect(waited.get("true")).toBeGreaterThan(5);
  expect(waited.get("false")).toBeGreaterThan(2);
  const moved = await env.DB.prepare("SELECT count(*) AS n FROM events WHERE project_id = ? AND type = 'project.moved'")
    .bind(project.id)
    .first<number>("n");
  expect(moved, "one event for each switch").toBe(await movesOf(project.id));
});

test("cut off after any trip before the switch, the move can be taken back", { timeout: 120_000 }, async () => {
  const project = await putProject({ slug: "taken-back" });
  await fill(env.DB, project.id, 3);
  for (let trips = 1; ; trips += 1) {
    await finish(createMoveService(dyingAfter(trips).runtime, TIMES), project.id, 1).catch(() => undefined);
    await live(project.id, trips);
    now += HOLD + 1;
    const truth = await rowsOf(env.DB, project.id);
    const cancelled = await createMoveService(runtime, TIMES)
      .cancel(project.id, context)
      .catch((error: { code: string }) => error.code);
    if (cancelled === "move_switched") break;
    expect(
      cancelled === "not_found" || (typeof cancelled === "object" && cancelled.state === "cancelled"),
      `after ${trips} trips`,
    ).toBe(true);
    expect(await placeOf(project.id)).toBe(0);
    expect(await rowsOf(env.DB, project.id), `after ${trips} trips`).toEqual(truth);
    expect(count(await rowsOf(places.databases[1] ?? env.DB, project.id))).toBe(0);
    expect(await leftBehind(project.id), `after ${trips} trips`).toEqual([]);
    expect(await live(project.id, trips + 1000), "nothing refuses writes any more").toBe(true);
  }
});

test("cut off while it is taken back, it is taken back by another", async () => {
  const project = await putProject({ slug: "half-back" });
  await fill(env.DB, project.id, 3);
  const truth = await rowsOf(env.DB, project.id);
  for (let trips = 1, more = true; more; trips += 1) {
    const slow = createMoveService(runtime, TIMES, 2);
    await slow.advance(project.id, 1, context);
    const dying = createMoveService(dyingAfter(trips).runtime, TIMES);
    more = await dying.cancel(project.id, context).then(
      () => false,
      () => true,
    );
    now += HOLD + 1;
    await createMoveService(runtime, TIMES)
      .cancel(project.id, context)
      .catch((error: { code: string }) => expect(error.code).toBe("not_found"));
    expect(await rowsOf(env.DB, project.id)).toEqual(truth);
    expect(count(await rowsOf(places.databases[1] ?? env.DB, project.id))).toBe(0);
    expect(await leftBehind(project.id), `after ${trips} trips`).toEqual([]);
  }
});

/** Traces of a move: triggers, marks, its row, the flag, a copy of the project's row where it is not. */
async function leftBehind(projectId: string): Promise<string[]> {
  const traces: string[] = [];
  const place = await placeOf(projectId);
  for (const [index, database] of places.databases.entries()) {
    traces.push(...(await triggers(database)).filter((name) => name.includes(projectId)).slice(0, 3));
    const { results } = await database
      .prepare("SELECT key FROM instance_state WHERE key LIKE ?")
      .bind(`move/${projectId}/%`)
      .all<{ key: string }>();
    traces.push(...results.map(({ key }) => `${index}: ${key}`));
    if (
      index !== 0 &&
      index !== place &&
      (await database.prepare("SELECT 1 FROM projects WHERE id = ?").bind(projectId).first())
    ) {
      traces.push(`a copy in ${index}`);
    }
  }
  if (await env.DB.prepare("SELECT 1 FROM project_moves WHERE project_id = ?").bind(projectId).first()) traces.push("its row");
  if ((await findProject(runtime.directory, projectId))?.moving) traces.push("moving");
  return traces;
}

async function movesOf(projectId: string): Promise<number> {
  const { results } = await env.DB.prepare(
    "SELECT details FROM events WHERE project_id = ? AND type = 'project.moved' ORDER BY id",
  )
    .bind(projectId)
    .all<{ details: string }>();
  // Each leads on from where the one before has ended.
  let place = 0;
  for (const { details } of results) {
    const { from, to } = JSON.parse(details);
    expect(from).toBe(place);
    place = to;
  }
  return results.length;
}
