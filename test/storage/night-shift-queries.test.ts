// What a run of the night shift asks of D1, as bench/scale/night-shift.ts and with it docs/scale.md have it: little where nothing
// waits, two queries for a thousand expired rows, and never more than an invocation may.

import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { FREE, LIMITS } from "../../bench/prices.ts";
import { IDLE_QUERIES, SWEEP } from "../../bench/scale/night-shift.ts";
import { nightShift } from "../../src/jobs/night-shift.ts";
import { QUERIES_PER_RUN, SWEEP_GRACE_MS, SWEEP_WINDOW } from "../../src/jobs/pace.ts";
import { putProject } from "../support/rows.ts";
import { storeRuntime } from "../support/store-runtime.ts";

/** Rows of consumed transactions that went long ago. */
async function leave(projectId: string, rows: number, expiresAt: number): Promise<void> {
  await env.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
     INSERT INTO consumed_transactions SELECT ?, lower(hex(randomblob(16))), ? FROM n`,
  )
    .bind(projectId, expiresAt)
    .run();
}

test("an idle run asks little, and each thousand of expired rows two queries more", async () => {
  const project = await putProject();
  const store = storeRuntime();
  const run = async () => {
    store.counted.reset();
    await nightShift(store.runtime);
    return store.counted.d1.statements;
  };
  await run(); // makes the key check
  const idle = await run();
  expect(idle).toBeLessThanOrEqual(IDLE_QUERIES);
  expect(idle).toBeGreaterThan(IDLE_QUERIES * 0.8);
  await leave(project.id, 5 * SWEEP_WINDOW, store.time.now - SWEEP_GRACE_MS - 1);
  const busy = await run();
  // The fifth full window does not know yet that it was the last: the run looks once more.
  const windows = 5;
  expect(busy - idle).toBe(windows * 1000 * (SWEEP.consumed_transactions.queries / 1000));
});

test("a run stays below what D1 allows in an invocation", () => {
  expect(QUERIES_PER_RUN).toBeLessThan(LIMITS.d1Queries.value);
  expect(IDLE_QUERIES).toBeLessThan(FREE.queriesPerInvocation);
});
