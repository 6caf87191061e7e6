// The simulations behind docs/scale.md: what must be true of any of them, and the cases for which there is a formula.

import { describe, expect, test } from "vitest";
import { createEdge, createSimulatedKv } from "../../bench/scale/edge.ts";
import { carriedByOne, databasesNeeded, simulateQueue } from "../../bench/scale/queue-simulation.ts";
import { chanceOf, zipf } from "../../bench/scale/random.ts";
import { type HitShares, type SimulatedTraffic, simulateCaches, simulateHosts } from "../../scripts/scale-simulation.ts";
import { KNOWN_TTL } from "../../src/domain/projects/hosts.ts";

const TRAFFIC: SimulatedTraffic = {
  loginsPerSecond: 1,
  lookupsPerLogin: 1.5,
  unknownShare: 0.2,
  hostRequestsPerLogin: 10,
  organizations: 2_000,
  projects: 10,
  skew: 0.8,
  locality: 0.8,
  locations: 10,
  perIsolate: 100,
  isolateSeconds: 1_200,
  seed: 7,
};
/** One isolate that lives for ever. */
const ONE_ISOLATE = { locations: 1, perIsolate: 1e9, isolateSeconds: 1e12 };

describe("caches", () => {
  test("shares add up to one, and every kind of answer is somebody's", () => {
    const { isolates, domainKvHot, ...shares } = simulateCaches(TRAFFIC);
    for (const [name, { isolate, kv, source }] of Object.entries(shares as Omit<HitShares, "isolates" | "domainKvHot">)) {
      expect(isolate + kv + source, name).toBeCloseTo(1);
      expect(Math.min(isolate, kv, source), name).toBeGreaterThanOrEqual(0);
    }
    expect(shares.knownDomain.source).toBe(0);
    expect(shares.keys.kv).toBeGreaterThan(0); // what one isolate has fetched, another finds
    expect(shares.metadata.source).toBeLessThan(shares.keys.source);
    expect(shares.host.kv).toBe(0);
    expect(domainKvHot).toBeLessThanOrEqual(1);
    expect(isolates).toBe(TRAFFIC.locations);
  });

  test("equal seed, equal result; another seed, nearly", () => {
    const [a, b, c] = [7, 7, 8].map((seed) => simulateCaches({ ...TRAFFIC, seed }));
    expect(a).toEqual(b);
    expect(c).not.toEqual(a);
    expect(Math.abs((a?.keys.source ?? 0) - (c?.keys.source ?? 1))).toBeLessThan(0.03);
  });

  test.for([0.02, 0.1, 1])(
    "one host, one isolate, %d requests a second: what remembers for T misses 1 in 1 + rate × T",
    (rate) => {
      const { source } = simulateHosts({ ...TRAFFIC, ...ONE_ISOLATE, projects: 1, loginsPerSecond: rate / 10 });
      expect(source).toBeCloseTo(1 / (1 + (rate * KNOWN_TTL) / 1000), 1);
    },
  );

  test("who remembers for longer asks less; more data centres ask more; more traffic in the same isolates asks less", () => {
    const asked = (change: Partial<SimulatedTraffic>) => simulateHosts({ ...TRAFFIC, ...change }).source;
    const now = asked({});
    expect(asked({ instead: { host: 6 * KNOWN_TTL } })).toBeLessThan(now);
    expect(asked({ locations: 100 })).toBeGreaterThan(now);
    expect(asked({ loginsPerSecond: 5 })).toBeLessThan(now);
    const keys = (ms: number) => simulateCaches({ ...TRAFFIC, instead: { keys: ms } }).keys.source;
    expect(keys(3_600_000)).toBeLessThan(keys(300_000));
  });

  test("KV is written after some of what the IdP answered, after fewer when a copy stays for longer, as often as copies grow old", () => {
    const written = (keysWritten: number) => simulateCaches({ ...TRAFFIC, instead: { keysWritten } }).keys;
    const [often, seldom] = [written(300_000), written(6 * 3_600_000)];
    expect(often.written).toBeCloseTo(often.source);
    expect(seldom.written).toBeLessThan(often.written / 5);
    expect(seldom.written).toBeGreaterThan(0);
    // One organization with many logins in one isolate: a write every hour.
    const hourly = simulateCaches({ ...TRAFFIC, ...ONE_ISOLATE, organizations: 1, instead: { keysWritten: 3_600_000 } }).keys
      .written;
    expect(hourly * 3_600).toBeCloseTo(1, 0);
  });

  test("isolates that die soon ask more", () => {
    const metadata = (isolateSeconds: number) => simulateCaches({ ...TRAFFIC, isolateSeconds }).metadata.isolate;
    expect(metadata(60)).toBeLessThan(metadata(3_600));
  });

  test("KV: a data centre sees its own write at once, and others' when its copy has ended", () => {
    const kv = createSimulatedKv(30);
    expect(kv.read(1, "k", 0)).toEqual({ value: undefined, hot: false });
    kv.write(2, "k", 5, 1);
    expect(kv.read(2, "k", 1)).toEqual({ value: 5, hot: true });
    expect(kv.read(1, "k", 29)).toEqual({ value: undefined, hot: true });
    expect(kv.read(1, "k", 30)).toEqual({ value: 5, hot: false });
  });

  test("an isolate forgets what it knew when its life is over", () => {
    const edge = createEdge<true>({ locations: 1, requestsPerSecond: 1, perIsolate: 100, isolateSeconds: 1 }, 10, chanceOf(1));
    edge.isolate(0, 0).cache.set("k", true, 1e9);
    expect(edge.isolate(0, 0).cache.get("k")).toBe(true);
    expect(edge.isolate(0, 1_000).cache.get("k")).toBeUndefined();
  });
});

describe("a database's queue", () => {
  test("one kind of work, exponential: the mean wait is load / (rate of service - rate of arrival)", () => {
    const { mean, busy } = simulateQueue([{ perSecond: 500, ms: 1 }], { arrivals: 400_000 });
    expect(busy).toBeCloseTo(0.5, 1);
    expect(mean / 1).toBeCloseTo(1, 1); // 0.5 / (1000 - 500) s
  });

  test("more arrivals wait longer, more databases less, and nobody waits where nothing comes", () => {
    const p99 = (perSecond: number) => simulateQueue([{ perSecond, ms: 1 }]).p99;
    expect([100, 500, 800, 950].map(p99)).toEqual([100, 500, 800, 950].map(p99).sort((a, b) => a - b));
    expect(simulateQueue([])).toEqual({ busy: 0, mean: 0, p50: 0, p99: 0 });
    const needed = (perSecond: number) => databasesNeeded([{ perSecond, ms: 1 }], 50);
    expect(needed(100)).toBe(1);
    expect([1_000, 5_000, 20_000].map(needed)).toEqual([1_000, 5_000, 20_000].map(needed).sort((a, b) => a - b));
    expect(needed(5_000)).toBeGreaterThanOrEqual(5);
    expect(databasesNeeded([{ perSecond: 5_000, ms: 1 }], 50, 2)).toBeGreaterThan(needed(5_000));
  });

  test("what one database carries keeps the wait, and a quarter more does not", () => {
    const mix = [
      { perSecond: 3, ms: 1 },
      { perSecond: 1, ms: 2 },
    ];
    const factor = carriedByOne(mix, 50);
    const wait = (f: number) => simulateQueue(mix.map(({ perSecond, ms }) => ({ perSecond: perSecond * f, ms }))).p99;
    expect(wait(factor)).toBeLessThan(50);
    expect(wait(factor * 1.25)).toBeGreaterThan(50);
  });
});

test("popularity: the second is drawn half as often as the first at exponent 1", () => {
  const draw = zipf(100, 1);
  const chance = chanceOf(3);
  const counts = new Map<number, number>();
  for (let i = 0; i < 50_000; i += 1) {
    const rank = draw(chance);
    counts.set(rank, (counts.get(rank) ?? 0) + 1);
  }
  expect((counts.get(1) ?? 0) / (counts.get(0) ?? 1)).toBeCloseTo(0.5, 1);
  expect(Math.max(...counts.keys())).toBeLessThan(100);
});
