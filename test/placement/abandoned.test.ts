// Whoever moves a project may stop for good. When the project is in its new place already, the night shift deletes what is left
// of it in the old one; before that it touches nothing.

import { env } from "cloudflare:workers";
import { beforeAll, expect, test, vi } from "vitest";
import { createMoveService, type MoveReport } from "../../src/domain/placement/move.ts";
import { nightShift } from "../../src/jobs/night-shift.ts";
import { ABANDONED_MS, QUERIES_PER_RUN } from "../../src/jobs/pace.ts";
import { type Runtime, servicesFor } from "../../src/services.ts";
import { findProject } from "../../src/storage/projects.ts";
import { countingEnv } from "../support/counting.ts";
import { type Places, withPlaces } from "../support/places.ts";
import { putProject } from "../support/rows.ts";
import { context, count, fill, neighbours, rowsOf, triggers } from "./crowd.ts";

const TIMES = { announced: 0, settled: 8_000, frozenSeconds: 60, stretches: 60, step: 1e9, hold: 60_000 };
vi.spyOn(console, "info").mockImplementation(() => undefined);

let places: Places;
let counted: ReturnType<typeof countingEnv>;
let runtime: Runtime;
let now = Date.now();
beforeAll(async () => {
  places = await withPlaces(2);
  counted = countingEnv(places.env);
  runtime = { ...servicesFor(counted.env).runtime, clock: () => now };
});

const there = () => places.databases[1] ?? env.DB;
const left = async (projectId: string, database = env.DB) => count(await rowsOf(database, projectId));

/** Moves a project up to the first report of a state, and stops for good. */
async function moveUntil(state: MoveReport["state"], projectId: string): Promise<void> {
  for (let call = 0; call < 60; call += 1) {
    const steps = createMoveService(runtime, TIMES, 1);
    if ((await steps.advance(projectId, 1, context)).state === state) return;
  }
  throw new Error(`never ${state}`);
}

test("after the switch the old rows go by themselves, in bounded runs, and nothing else does", async () => {
  const project = await putProject({ slug: "abandoned" });
  await fill(env.DB, project.id, 30);
  await fill(env.DB, (await putProject({ slug: "neighbour" })).id, 3);
  await moveUntil("switched", project.id);
  const moved = await rowsOf(there(), project.id);
  const others = await neighbours(places, 0, project.id);

  await nightShift(runtime);
  expect(await left(project.id), "whoever moves it may still be at it").toBe(count(moved));

  now += ABANDONED_MS + 1;
  const remaining: number[] = [];
  for (let run = 0; run < 12 && remaining.at(-1) !== 0; run += 1) {
    counted.reset();
    await nightShift(runtime, 60);
    // What had begun is finished: the refusing is renewed, and every table asked once.
    expect(counted.d1.statements).toBeLessThan(60 + 110);
    remaining.push(await left(project.id));
  }
  expect(remaining.length).toBeGreaterThan(1);
  expect(remaining.at(-1)).toBe(0);
  now += 1;
  await nightShift(runtime);

  expect(await rowsOf(there(), project.id)).toEqual(moved);
  const { instance_state: _, project_moves: __, ...untouched } = others;
  expect(await neighbours(places, 0, project.id)).toMatchObject(untouched);
  expect(await triggers(env.DB)).toEqual([]);
  expect(await env.DB.prepare("SELECT count(*) AS n FROM project_moves").first("n")).toBe(0);
  expect(await env.DB.prepare("SELECT count(*) AS n FROM instance_state WHERE key LIKE 'move/%'").first("n")).toBe(0);
});

test("a move that has not switched is left as it is, and so is one whose project is said to be where it was", async () => {
  for (const state of ["copying", "frozen"] as const) {
    const project = await putProject({ slug: `left-${state}` });
    await fill(env.DB, project.id, 3);
    await moveUntil(state, project.id);
    const before = await rowsOf(env.DB, project.id);
    now += ABANDONED_MS + 1;
    await nightShift(runtime, QUERIES_PER_RUN);
    expect(await rowsOf(env.DB, project.id)).toEqual(before);
    expect((await findProject(runtime.directory, project.id))?.place).toBe(0);

    await env.DB.prepare("UPDATE project_moves SET state = 'switched', held_until = 0 WHERE project_id = ?")
      .bind(project.id)
      .run();
    await nightShift(runtime, QUERIES_PER_RUN);
    expect(await rowsOf(env.DB, project.id), "the switch is the directory's word on the project").toEqual(before);
  }
});

test("while somebody holds the move the night shift keeps off", async () => {
  const project = await putProject({ slug: "held" });
  await fill(env.DB, project.id, 3);
  await moveUntil("switched", project.id);
  now += ABANDONED_MS + 1;
  await env.DB.prepare("UPDATE project_moves SET holder = 'x', held_until = ?")
    .bind(now + 1)
    .run();
  await nightShift(runtime);
  expect(await left(project.id)).toBeGreaterThan(0);
  now += 2;
  await nightShift(runtime);
  expect(await left(project.id)).toBe(0);
});
