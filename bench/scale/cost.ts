// A month's bill by the published prices (bench/prices.ts).

import type { HitShares } from "../../scripts/scale-simulation.ts";
import { COMPARE_PAGE, COMPARE_PAGES, FILTER_AGE_MS, FILTER_PROJECTS } from "../../src/jobs/pace.ts";
import { PAID, type Tariff } from "../prices.ts";
import { CPU_MS, type Scenario } from "./assumptions.ts";
import { type Demand, demandOf } from "./demand.ts";
import { organizationsOf, projectsOf, rowsOfTask, sweptPerLogin, tableSizes } from "./growth.ts";
import { RUNS_PER_DAY, SWEEP, type SweepTask } from "./night-shift.ts";

export type BillLine = Exclude<keyof typeof PAID, "base">;
export type Usage = Record<BillLine, number>;

export interface Bill {
  usage: Usage;
  /** Dollars by line, above what is included; `base` is the subscription. */
  dollars: Record<BillLine | "base", number>;
  total: number;
}

const RUNS_PER_MONTH = RUNS_PER_DAY * 30;
/** Lines that a run of the night shift logs for each database. */
const LINES_PER_TURN = 14;
/** Bytes of a domain's entry in KV, of a connection's metadata and keys: as they are written, rounded up. */
const KV_BYTES = { domain: 350, documents: 4_000 };
/** Days after which the night shift renews a domain's entry in KV (src/storage/domain-index.ts). */
const RENEWED_EVERY_DAYS = 15;

export function usageOf(s: Scenario, databases: number, hits: HitShares, demand: Demand = demandOf(s, hits)): Usage {
  const { perLogin } = demand;
  const logins = s.loginsPerMonth;
  const sizes = tableSizes(s, databases);
  const organizations = organizationsOf(s);
  return {
    requests: logins * perLogin.requests,
    cpuMs: logins * perLogin.cpuMs + RUNS_PER_MONTH * CPU_MS.nightShift,
    kvReads: logins * perLogin.kvGets + comparedDomains(s, databases) + lookedAtFilters(s, databases),
    kvWrites: logins * perLogin.kvPuts + (organizations * 2 * 30) / RENEWED_EVERY_DAYS + hostHints(s) + madeFilters(s),
    kvStored: organizations * (2 * KV_BYTES.domain + KV_BYTES.documents),
    rowsRead: logins * perLogin.rowsRead + walkedRows(s, databases) + madeFilters(s) * s.organizationsPerProject * 2,
    rowsWritten: logins * (perLogin.rowsWritten + sweptPerLogin(s)),
    d1Stored: sizes.reduce((sum, { bytes }) => sum + bytes, 0),
    logBytes: (logins * s.refusedShare + RUNS_PER_MONTH * LINES_PER_TURN * databases) * s.logBytes,
  };
}

/** Keys of the index that the night shift compares with D1: 500 in a run and database, and no more than there are. */
function comparedDomains(s: Scenario, databases: number): number {
  return RUNS_PER_MONTH * Math.min(COMPARE_PAGE * COMPARE_PAGES * databases, organizationsOf(s) * 2);
}

/** Projects whose filter the night shift compares with D1: 20 in a run and database, and no more than there are. */
function lookedAtFilters(s: Scenario, databases: number): number {
  return RUNS_PER_MONTH * Math.min(FILTER_PROJECTS * databases, projectsOf(s));
}

/** A project's filter is made when one of its domains may have changed, once an hour at most, and renewed as entries are. */
function madeFilters(s: Scenario): number {
  const perProject = (s.loginsPerMonth * s.changesPerThousand) / 1000 / projectsOf(s);
  const hours = (30 * 86_400_000) / FILTER_AGE_MS;
  return projectsOf(s) * (30 / RENEWED_EVERY_DAYS + Math.min(perProject, hours));
}

/** A host's hint in KV ends after five minutes, and the next lookup writes it again. */
function hostHints(s: Scenario): number {
  return Math.min(s.loginsPerMonth * s.lookupsPerLogin, projectsOf(s) * 12 * 24 * 30);
}

/** Rows that the sweeps look at: all of a table again and again, as fast as they may. */
function walkedRows(s: Scenario, databases: number): number {
  const tasks = (Object.keys(SWEEP) as SweepTask[]).filter((task) => SWEEP[task].walks);
  const perRun = tasks.map((task) => Math.min(SWEEP[task].rowsPerRun * databases, rowsOfTask(s, databases, task)));
  return perRun.reduce((sum, rows) => sum + rows, 0) * RUNS_PER_MONTH;
}

export function billOf(usage: Usage): Bill {
  const lines = Object.entries(usage).map(([line, used]) => [line, charge(PAID[line as BillLine], used)] as const);
  const dollars = { base: PAID.base.dollars, ...Object.fromEntries(lines) } as Bill["dollars"];
  return { usage, dollars, total: Object.values(dollars).reduce((sum, value) => sum + value, 0) };
}

/** What is above the included quantity, at its price. */
export function charge({ included, price, per }: Tariff, used: number): number {
  return (Math.max(0, used - included) / per) * price;
}
