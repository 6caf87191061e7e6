// The Free plan: how many logins a day each of its limits allows, and what does not work there at all.

import type { HitShares } from "../../scripts/scale-simulation.ts";
import { FREE } from "../prices.ts";
import { CPU_MS, type Scenario } from "./assumptions.ts";
import { bytesOf } from "./capacity.ts";
import { usageOf } from "./cost.ts";
import { IDLE_QUERIES, WINDOW_CPU_MS } from "./night-shift.ts";

export interface FreeLimit {
  limit: string;
  allows: number;
  /** Logins a day at which it is reached. */
  loginsPerDay: number;
}

/** By what ends first. */
export function freeLimits(s: Scenario, hits: HitShares): FreeLimit[] {
  const counted = (["requests", "rowsRead", "rowsWritten", "kvReads", "kvWrites"] as const).map((line) => ({
    limit: `${NAMES[line]} a day`,
    allows: FREE[line].perDay,
    loginsPerDay: solve((perDay) => usageOf({ ...s, loginsPerMonth: perDay * 30 }, 1, hits)[line] / 30 <= FREE[line].perDay),
  }));
  const full = solve((perDay) => bytesOf({ ...s, loginsPerMonth: perDay * 30 }, 1) <= FREE.d1Bytes);
  const size = { limit: "bytes of a database", allows: FREE.d1Bytes, loginsPerDay: full };
  return [...counted, size].sort((a, b) => a.loginsPerDay - b.loginsPerDay);
}

/** Paths whose CPU one invocation does not get. */
export function beyondFreeCpu(): (keyof typeof CPU_MS)[] {
  return (Object.keys(CPU_MS) as (keyof typeof CPU_MS)[]).filter((path) => path !== "nightShift" && CPU_MS[path] > FREE.cpuMs);
}

/** Windows of a thousand rows that a run of the night shift gets through: by its CPU, and by its queries. */
export function freeWindows(): { byCpu: number; byQueries: number } {
  return {
    byCpu: Math.floor(FREE.cpuMs / WINDOW_CPU_MS),
    byQueries: Math.max(0, Math.floor((FREE.queriesPerInvocation - IDLE_QUERIES) / 2)),
  };
}

const NAMES = {
  requests: "requests",
  rowsRead: "rows read",
  rowsWritten: "rows written",
  kvReads: "KV reads",
  kvWrites: "KV writes",
} as const;

/** The greatest number of logins a day that still fits. */
function solve(fits: (perDay: number) => boolean): number {
  let [low, high] = [0, 1e9];
  if (!fits(0)) return 0;
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return Math.floor(low);
}
