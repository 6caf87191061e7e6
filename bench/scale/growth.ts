// What stays: the rows that a login leaves in each table, for how long, what they take, and whether the night shift keeps up
// with sweeping them.

import { ROW_SIZES, type SizedRow } from "../row-sizes.ts";
import type { Scenario } from "./assumptions.ts";
import { queriesPerDay, RUNS_PER_DAY, SWEEP, type SweepTask } from "./night-shift.ts";

/** A kind of row that comes with logins and goes with time. */
export interface Flow {
  row: SizedRow;
  /** New ones per login. */
  perLogin: number;
  /** Days from its making until the sweep may take it. */
  days: number;
  /** Which task takes it. */
  task: SweepTask;
}

export interface TableSize {
  name: string;
  rows: number;
  bytes: number;
}

const MINUTE = 1 / (24 * 60);

export function flowsOf(s: Scenario): Flow[] {
  const grace = SWEEP.sessions.graceDays;
  const session = s.sessionHours / 24 + grace;
  const { providerShare: apps, refreshesPerSignIn: refreshes } = s;
  const events = 1 + s.refusedShare + s.logoutShare;
  return [
    {
      row: "consumed_transactions",
      perLogin: s.ssoShare * (1 + s.refusedShare),
      days: 10 * MINUTE + grace,
      task: "consumed_transactions",
    },
    { row: "sessions", perLogin: 1 - s.logoutShare, days: session, task: "sessions" },
    { row: "events: login.succeeded", perLogin: events, days: s.eventDays, task: "events" },
    { row: "provider_artifacts: Grant", perLogin: apps, days: session, task: "provider_artifacts" },
    { row: "provider_artifacts: AuthorizationCode", perLogin: apps, days: MINUTE + grace, task: "provider_artifacts" },
    {
      row: "provider_artifacts: AccessToken",
      perLogin: apps * (1 + refreshes),
      days: 60 * MINUTE + grace,
      task: "provider_artifacts",
    },
    { row: "provider_artifacts: RefreshToken", perLogin: apps * (1 + refreshes), days: session, task: "provider_artifacts" },
  ];
}

/** Rows that the sweep deletes per login, each billed as one row written. */
export function sweptPerLogin(s: Scenario): number {
  return flowsOf(s).reduce((sum, { perLogin }) => sum + perLogin, 0);
}

/** Rows and bytes of all databases together, once everything comes and goes at the same rate. */
export function tableSizes(s: Scenario, databases: number): TableSize[] {
  const perDay = s.loginsPerMonth / 30;
  const flows = flowsOf(s).map(({ row, perLogin, days, task }) => {
    const rows = perDay * perLogin * days * slowness(s, databases, task);
    return { name: row, rows, bytes: rows * ROW_SIZES[row].bytes };
  });
  return [...flows, ...standing(s)];
}

/** Rows of a task's table, in all databases together. */
export function rowsOfTask(s: Scenario, databases: number, task: SweepTask): number {
  const mine = flowsOf(s).filter((flow) => flow.task === task);
  const perLogin = mine.reduce((sum, { perLogin: rows, days }) => sum + rows * days, 0);
  return (s.loginsPerMonth / 30) * perLogin * slowness(s, databases, task);
}

/** What is there for as long as the people and organizations are. */
function standing(s: Scenario): TableSize[] {
  const people = s.loginsPerMonth / s.loginsPerPerson;
  const organizations = organizationsOf(s);
  const rows: [SizedRow, number][] = [
    ["identities", people],
    ["oidc_credentials", people * s.ssoShare],
    ["attempt_counters", people * (1 - s.ssoShare)],
    ["organizations", organizations],
    ["organization_domains", organizations * 2],
    ["connections", organizations],
  ];
  return rows.map(([row, count]) => ({ name: row, rows: count, bytes: count * ROW_SIZES[row].bytes }));
}

export function organizationsOf(s: Scenario): number {
  return Math.max(1, Math.round(s.loginsPerMonth / s.loginsPerOrganization));
}

export function projectsOf(s: Scenario): number {
  return Math.max(1, Math.round(organizationsOf(s) / s.organizationsPerProject));
}

/** Rows a day that a task looks at in one database, and at most deletes. */
export function paceOf(task: SweepTask): number {
  return SWEEP[task].rowsPerRun * RUNS_PER_DAY;
}

/** Logins a month in one database at which a task takes away as fast as it can what they leave: beyond, its table grows for ever. */
export function endOfPace(s: Scenario, task: SweepTask): number {
  const perLogin = flowsOf(s).reduce((sum, flow) => sum + (flow.task === task ? flow.perLogin : 0), 0);
  return (30 * paceOf(task)) / perLogin;
}

/** Logins a month, over all databases, whose rows the queries of the runs can sweep. */
export function endOfQueries(s: Scenario): number {
  const perLogin = flowsOf(s).reduce((sum, { perLogin: rows, task }) => sum + (rows * SWEEP[task].queries) / 1000, 0);
  return (30 * queriesPerDay()) / perLogin;
}

/**
 * How much longer rows stay because the walk has to come by. A walk over N rows takes N / pace days, and a row waits for it
 * once its time is over: N = new a day × (days + N / pace). Events are found by their key instead and wait for nothing.
 */
export function slowness(s: Scenario, databases: number, task: SweepTask): number {
  const load = s.loginsPerMonth / databases / endOfPace(s, task);
  if (load >= 1) return Number.POSITIVE_INFINITY;
  return SWEEP[task].walks ? 1 / (1 - load) : 1;
}
