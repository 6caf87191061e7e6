// The night shift in several databases with little to spend: it asks no more than it may, and everybody's turn comes.

import { env } from "cloudflare:workers";
import { beforeAll, expect, test, vi } from "vitest";
import { nightShift } from "../../src/jobs/night-shift.ts";
import { COMPARE_PAGE } from "../../src/jobs/pace.ts";
import { servicesFor } from "../../src/services.ts";
import { operatorAt } from "../support/console.ts";
import { countingEnv } from "../support/counting.ts";
import { installPlaces, type Places } from "../support/places.ts";
import { createProject, seeding } from "../support/seed.ts";

const QUERIES = 30;
vi.spyOn(console, "info").mockImplementation(() => undefined);

let places: Places;
beforeAll(async () => {
  places = await installPlaces(4);
  await operatorAt({ all: "owner" });
});

test("a run that is spent stops, and the next one goes on where it stopped", async () => {
  const projects = [];
  for (const place of [0, 1, 2, 3]) {
    seeding.database = place;
    const project = await createProject();
    await places.databases[place]?.prepare("INSERT INTO consumed_transactions VALUES (?, 'old', 1)").bind(project.id).run();
    projects.push(project);
  }
  const left = async () => {
    const counts = places.databases.map((database) =>
      database.prepare("SELECT count(*) AS n FROM consumed_transactions").first("n"),
    );
    return (await Promise.all(counts)).filter((count) => count !== 0).length;
  };
  const isolate = countingEnv(env);
  const { runtime } = servicesFor(isolate.env);
  const remaining: number[] = [];
  for (let run = 0; run < 8 && (await left()) > 0; run += 1) {
    isolate.reset();
    await nightShift(runtime, QUERIES);
    // The step that had begun is finished: a page of the comparison at most. Then it remembers where it was.
    expect(isolate.d1.statements).toBeLessThanOrEqual(QUERIES + COMPARE_PAGE + 2);
    remaining.push(await left());
  }
  expect(remaining.length).toBeGreaterThan(1);
  expect(remaining.at(-1)).toBe(0);
});
