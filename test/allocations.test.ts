// What every lookup runs through that its isolate does not remember leaves nothing for the garbage collector.

import { getHeapStatistics } from "node:v8";
import { expect, test } from "vitest";
import { addTo, emptyFilter, mayContain } from "../src/domain/domains/domain-filter.ts";

const CALLS = 100_000;
const names = Array.from({ length: 100 }, (_, n) => `d${n}.example`);
const filter = emptyFilter(names.length);
for (const name of names.slice(0, 50)) addTo(filter, name);

/** Bytes of the quietest of some attempts: the first ones are also compiled, and a collection may fall into any. */
function allocatedBy(ask: (name: string) => unknown): number {
  const attempts = Array.from({ length: 10 }, () => {
    const before = getHeapStatistics().used_heap_size;
    let asked: unknown;
    for (let call = 0; call < CALLS; call += 1) asked = ask(names[call % names.length] ?? "");
    expect(asked).toBeDefined();
    return Math.abs(getHeapStatistics().used_heap_size - before);
  });
  return Math.min(...attempts);
}

test("asking a filter allocates nothing", () => {
  const kept: unknown[] = [];
  expect(allocatedBy((name) => mayContain(filter, name))).toBeLessThan(CALLS);
  expect(
    allocatedBy((name) => {
      kept[0] = [mayContain(filter, name)];
      return kept[0];
    }),
  ).toBeGreaterThan(CALLS);
});
