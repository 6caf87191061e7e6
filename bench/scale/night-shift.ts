// How fast the night shift sweeps: its own constants (src/jobs/pace.ts) as rows a day, for one database and for all of them,
// because the databases share what one run may ask.

import { EVENT_BATCH, EVENT_BATCHES, QUERIES_PER_RUN, SWEEP_GRACE_MS, SWEEP_WINDOW, SWEEP_WINDOWS } from "../../src/jobs/pace.ts";

/** `crons` in wrangler.toml: every five minutes. */
export const RUNS_PER_DAY = 288;
/** Queries of a run in a database where nothing waits: cursors, windows, outbox, notices, keys (test/storage/night-shift-queries.test.ts). */
export const IDLE_QUERIES = 32;
/** Milliseconds of a run's CPU for a window of a thousand rows and their deletion. Measured with Node, the store apart. */
export const WINDOW_CPU_MS = 1.7;

export interface Pace {
  /** Rows that one run looks at in one database (walks), or deletes (events), at most. */
  rowsPerRun: number;
  /** Whether it walks the table, live rows included, or finds what is old by its key. */
  walks: boolean;
  /** Queries for a thousand rows. */
  queries: number;
  graceDays: number;
}

const WALK: Pace = {
  rowsPerRun: SWEEP_WINDOW * SWEEP_WINDOWS,
  walks: true,
  queries: 2000 / SWEEP_WINDOW,
  graceDays: SWEEP_GRACE_MS / 86_400_000,
};

export const SWEEP = {
  consumed_transactions: WALK,
  sessions: WALK,
  attempt_counters: WALK,
  provider_artifacts: WALK,
  events: { rowsPerRun: EVENT_BATCH * EVENT_BATCHES, walks: false, queries: 1000 / EVENT_BATCH, graceDays: 0 },
} satisfies Record<string, Pace>;

export type SweepTask = keyof typeof SWEEP;

/** Queries of a turn in a database that has as much waiting as one run takes of it. */
const FULL_TURN = Object.values(SWEEP).reduce((sum, { rowsPerRun, queries }) => sum + (rowsPerRun / 1000) * queries, 0);

/** Queries a day that are left for sweeping, over all databases, when every turn has its full work: the rest asks what there is. */
export function queriesPerDay(): number {
  return (QUERIES_PER_RUN * RUNS_PER_DAY * FULL_TURN) / (FULL_TURN + IDLE_QUERIES);
}
