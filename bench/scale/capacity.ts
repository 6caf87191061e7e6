// How many databases a month of traffic needs, by what they hold and by how long callers may wait; what one of them carries;
// and what the directory, which is one for all, has to answer.

import type { HitShares } from "../../scripts/scale-simulation.ts";
import { LIMITS } from "../prices.ts";
import { type Scenario, SECONDS_PER_MONTH } from "./assumptions.ts";
import { type Demand, demandOf } from "./demand.ts";
import { tableSizes } from "./growth.ts";
import { carriedByOne, databasesNeeded, simulateQueue, type Waiting, type Work } from "./queue-simulation.ts";

export interface Capacity {
  /** Databases so that none is fuller than it should be, so that nobody waits longer, and the larger of both. */
  bySize: number;
  byLoad: number;
  databases: number;
  /** How a request waits at one of `databases` in the busiest seconds. */
  waiting: Waiting;
  /** The directory in the busiest seconds, with nothing else to do: reads a second, and the waiting. */
  directoryReads: number;
  directory: Waiting;
  /** Logins a month of the largest project there can be, for a project lives in one database. */
  largestBySize: number;
  largestByLoad: number;
}

const MAX_ROUNDS = 20;

export function capacityOf(s: Scenario, hits: HitShares, demand: Demand = demandOf(s, hits)): Capacity {
  const peak = peakWork(s, demand);
  const byLoad = databasesNeeded(peak, s.p99WaitMs, s.imbalance);
  const bySize = databasesBySize(s, byLoad);
  const databases = Math.max(bySize, byLoad);
  const directoryReads = peakLogins(s) * demand.perLogin.directoryReads;
  const directory = simulateQueue([{ perSecond: directoryReads, ms: s.readMs }]);
  const share = peak.map(({ perSecond, ms }) => ({ perSecond: (perSecond * s.imbalance) / databases, ms }));
  return {
    bySize,
    byLoad,
    databases,
    waiting: simulateQueue(share),
    directoryReads,
    directory,
    largestBySize: largestBySize(s),
    largestByLoad: carriedByOne(peak, s.p99WaitMs) * s.loginsPerMonth,
  };
}

/** Round trips a second to the projects' databases, in the busiest seconds. */
export function peakWork(s: Scenario, { perLogin }: Demand): Work[] {
  const logins = peakLogins(s);
  return [
    { perSecond: logins * perLogin.reads, ms: s.readMs },
    { perSecond: logins * perLogin.writes, ms: s.writeMs },
  ];
}

function peakLogins(s: Scenario): number {
  return (s.loginsPerMonth / SECONDS_PER_MONTH) * s.peakFactor;
}

export function bytesOf(s: Scenario, databases: number): number {
  return tableSizes(s, databases).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** More databases also sweep faster, so the size depends on their number. */
function databasesBySize(s: Scenario, atLeast: number): number {
  const room = LIMITS.d1Bytes.value * s.fill;
  let databases = Math.max(1, atLeast);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const bytes = bytesOf(s, databases);
    const needed = Number.isFinite(bytes) ? Math.ceil(bytes / room) : databases * 2;
    if (needed <= databases) return Math.max(1, needed);
    databases = needed;
  }
  return databases;
}

function largestBySize(s: Scenario): number {
  let [low, high] = [0, s.loginsPerMonth * 1000];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (bytesOf({ ...s, loginsPerMonth: middle }, 1) < LIMITS.d1Bytes.value) low = middle;
    else high = middle;
  }
  return low;
}
