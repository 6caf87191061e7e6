// The Bloom filter over domain names: what was added is in it, and little else. That asking allocates nothing is in
// test/allocations.test.ts.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addTo, emptyFilter, fullFilter, mayContain } from "../../src/domain/domains/domain-filter.ts";
import { filterOf } from "../../src/jobs/domain-filters.ts";

const named = (kind: string, count: number) => Array.from({ length: count }, (_, n) => `${kind}${n}.example`);

test("whatever was added is in it, also in one that has become too small", () => {
  fc.assert(
    fc.property(fc.array(fc.domain(), { maxLength: 300 }), fc.nat({ max: 300 }), (domains, room) => {
      const filter = emptyFilter(room);
      for (const domain of domains) addTo(filter, domain);
      expect(domains.filter((domain) => !mayContain(filter, domain))).toEqual([]);
    }),
  );
});

/** The tenth of a thousand names has room to spare; theory says 0.8 % for the others. */
describe.each([10, 1000, 100_000])("of %i names", (count) => {
  const OTHERS = 50_000;
  test.each([
    ["that differ in a number", "d", "e"],
    ["of one family", "d", "d1"],
    ["with long names", `${"sales-and-service.".repeat(6)}d`, `${"sales-and-service.".repeat(6)}e`],
  ])("one in a hundred others is taken for one of them, %s", (_, mine, theirs) => {
    const names = named(mine, count);
    const filter = filterOf(names);
    expect(filter.length * 8).toBeLessThanOrEqual(Math.max(1024, count * 10));
    expect(names.every((name) => mayContain(filter, name))).toBe(true);
    const known = new Set(names);
    const others = named(theirs, OTHERS + count)
      .filter((name) => !known.has(name))
      .slice(-OTHERS);
    const taken = others.filter((name) => mayContain(filter, name)).length;
    expect(taken / OTHERS).toBeLessThan(0.012);
  });
});

test("bits are spread evenly: half of them are set when it is full", () => {
  const filter = filterOf(named("d", 20_000));
  const set = filter.reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0);
  expect(set / (filter.length * 8)).toBeGreaterThan(0.49);
  expect(set / (filter.length * 8)).toBeLessThan(0.52);
});

test("an empty filter has nothing in it, and that of a project with too many domains everything", () => {
  const some = named("d", 100);
  expect(some.some((name) => mayContain(emptyFilter(0), name))).toBe(false);
  expect(some.every((name) => mayContain(fullFilter(), name))).toBe(true);
  expect(filterOf(some, 99)).toEqual(fullFilter());
  expect(filterOf(some, 100)).not.toEqual(fullFilter());
});
