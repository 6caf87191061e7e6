// A D1 database as a queue: one thread, one round trip at a time, arrivals as they come (Poisson). How long they wait.

import { chanceOf } from "./random.ts";

const ARRIVALS = 40_000;
const SEED = 1;
/** Drawn once for all queues. */
const DRAWS = drawsOf(ARRIVALS, SEED);

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

interface Sample {
  arrivals?: number;
  seed?: number;
}

/** Lindley's recursion over `arrivals` round trips. */
export function simulateQueue(work: readonly Work[], { arrivals = ARRIVALS, seed = SEED }: Sample = {}): Waiting {
  const rate = rateOf(work);
  if (rate === 0) return { busy: 0, mean: 0, p50: 0, p99: 0 };
  const waits = new Float64Array(arrivals);
  const draws = arrivals === ARRIVALS && seed === SEED ? DRAWS : drawsOf(arrivals, seed);
  const { busyMs, elapsedMs } = walk(work, rate, draws, (wait, i) => {
    waits[i] = wait;
    return true;
  });
  waits.sort();
  const at = (share: number) => waits[rankOf(arrivals, share)] ?? 0;
  const mean = waits.reduce((sum, value) => sum + value, 0) / arrivals;
  return { busy: Math.min(1, busyMs / elapsedMs), mean, p50: at(0.5), p99: at(0.99) };
}

/**
 * The fewest databases among which the work can be spread so that the 99th percentile of waiting stays below `p99Ms`,
 * when the fullest has `imbalance` times its share.
 */
export function databasesNeeded(total: readonly Work[], p99Ms: number, imbalance = 1): number {
  const load = total.reduce((sum, { perSecond, ms }) => sum + (perSecond * ms) / 1000, 0) * imbalance;
  const fits = (n: number) => waitsBelow(share(total, imbalance / n), p99Ms);
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
    if (waitsBelow(share(mix, middle), p99Ms)) low = middle;
    else high = middle;
  }
  return low;
}

/** Whether `simulateQueue(work).p99 < p99Ms`: without sorting, and only until enough have waited for longer. */
function waitsBelow(work: readonly Work[], p99Ms: number): boolean {
  const rate = rateOf(work);
  if (rate === 0) return 0 < p99Ms;
  let left = ARRIVALS - 1 - rankOf(ARRIVALS, 0.99);
  walk(work, rate, DRAWS, (wait) => {
    if (wait >= p99Ms) left -= 1;
    return left >= 0;
  });
  return left >= 0;
}

/** What chance says, arrival by arrival: which kind of work, how long it takes and when the next comes, for a mean of 1. */
interface Draws {
  kinds: Float64Array;
  services: Float64Array;
  gaps: Float64Array;
}

function drawsOf(arrivals: number, seed: number): Draws {
  const chance = chanceOf(seed);
  const [kinds, services, gaps] = [new Float64Array(arrivals), new Float64Array(arrivals), new Float64Array(arrivals)];
  for (let i = 0; i < arrivals; i += 1) {
    kinds[i] = chance.next();
    services[i] = chance.exponential(1);
    gaps[i] = chance.exponential(1);
  }
  return { kinds, services, gaps };
}

/** @param goesOn is told how long an arrival waits, and says whether to go on */
function walk(
  work: readonly Work[],
  rate: number,
  { kinds, services, gaps }: Draws,
  goesOn: (wait: number, i: number) => boolean,
): { busyMs: number; elapsedMs: number } {
  const gapMs = 1000 / rate;
  let wait = 0;
  let [busyMs, elapsedMs] = [0, 0];
  for (let i = 0; i < kinds.length && goesOn(wait, i); i += 1) {
    const ms = pick(work, (kinds[i] ?? 0) * rate).ms * (services[i] ?? 0);
    const gap = gapMs * (gaps[i] ?? 0);
    busyMs += ms;
    elapsedMs += gap;
    wait = Math.max(0, wait + ms - gap);
  }
  return { busyMs, elapsedMs };
}

function rateOf(work: readonly Work[]): number {
  return work.reduce((sum, { perSecond }) => sum + perSecond, 0);
}

/** Where in so many sorted values this share of them lies below. */
function rankOf(count: number, share: number): number {
  return Math.min(count - 1, Math.floor(count * share));
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
