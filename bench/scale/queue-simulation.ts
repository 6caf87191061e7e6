// A D1 database as a queue: one thread, one round trip at a time, arrivals as they come (Poisson). How long they wait.

import { chanceOf } from "./random.ts";

/** A kind of round trip: how often a second it arrives at one database, and how long the database is busy with it. */
export interface Work {
  perSecond: number;
  /** Mean, milliseconds; single ones are spread around it exponentially, which is wider than queries by key are. */
  ms: number;
}

export interface Waiting {
  /** Share of time that the database is busy. */
  busy: number;
  /** Milliseconds between arriving and being begun: mean, median and the 99th percentile. */
  mean: number;
  p50: number;
  p99: number;
}

/** Lindley's recursion over `arrivals` round trips. */
export function simulateQueue(work: readonly Work[], { arrivals = 40_000, seed = 1 } = {}): Waiting {
  const rate = work.reduce((sum, { perSecond }) => sum + perSecond, 0);
  if (rate === 0) return { busy: 0, mean: 0, p50: 0, p99: 0 };
  const chance = chanceOf(seed);
  const waits = new Float64Array(arrivals);
  let wait = 0;
  let [busyMs, elapsedMs] = [0, 0];
  for (let i = 0; i < arrivals; i += 1) {
    waits[i] = wait;
    const ms = chance.exponential(pick(work, chance.next() * rate).ms);
    const gap = chance.exponential(1000 / rate);
    busyMs += ms;
    elapsedMs += gap;
    wait = Math.max(0, wait + ms - gap);
  }
  waits.sort();
  const at = (share: number) => waits[Math.min(arrivals - 1, Math.floor(arrivals * share))] ?? 0;
  const mean = waits.reduce((sum, value) => sum + value, 0) / arrivals;
  return { busy: Math.min(1, busyMs / elapsedMs), mean, p50: at(0.5), p99: at(0.99) };
}

/**
 * The fewest databases among which the work can be spread so that the 99th percentile of waiting stays below `p99Ms`,
 * when the fullest has `imbalance` times its share.
 */
export function databasesNeeded(total: readonly Work[], p99Ms: number, imbalance = 1): number {
  const load = total.reduce((sum, { perSecond, ms }) => sum + (perSecond * ms) / 1000, 0) * imbalance;
  const fits = (n: number) => simulateQueue(share(total, imbalance / n)).p99 < p99Ms;
  let high = Math.max(1, Math.ceil(load));
  while (!fits(high)) high = Math.ceil(high * 1.25) + 1;
  let low = 0;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (fits(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** The most work of this mix, as a multiple of it, that one database takes with waits below `p99Ms`. */
export function carriedByOne(mix: readonly Work[], p99Ms: number): number {
  const load = mix.reduce((sum, { perSecond, ms }) => sum + (perSecond * ms) / 1000, 0);
  let [low, high] = [0, 1 / load];
  for (let step = 0; step < 12; step += 1) {
    const middle = (low + high) / 2;
    if (simulateQueue(share(mix, middle)).p99 < p99Ms) low = middle;
    else high = middle;
  }
  return low;
}

function share(work: readonly Work[], factor: number): Work[] {
  return work.map(({ perSecond, ms }) => ({ perSecond: perSecond * factor, ms }));
}

function pick(work: readonly Work[], at: number): Work {
  let left = at;
  for (const kind of work) {
    left -= kind.perSecond;
    if (left < 0) return kind;
  }
  return work[work.length - 1] as Work;
}
