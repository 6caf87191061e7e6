// Facts about this installation (schema version, key check, the sweeps' cursors), and the sweeps' own statements: what has
// expired, found by walking a table's primary key in windows, because an index on every expiry would cost each login a row.

import { and, asc, inArray, lt, type SQL, sql } from "drizzle-orm";
import type { Database, Write } from "./database.ts";
import {
  attemptCounters,
  consumedTransactions,
  instanceState,
  providerArtifacts,
  sessions,
  sessionTokenExchanges,
} from "./schema.ts";

/** `instance_state.schema_version` after the migrations this code was written for. */
export const SCHEMA_VERSION = "4";

/** Facts by key. One round trip. */
export async function readFacts(db: Database, keys: readonly string[]): Promise<Map<string, string>> {
  const rows = await db.read(
    db.query
      .select()
      .from(instanceState)
      .where(inArray(instanceState.key, [...keys])),
  );
  return new Map(rows.map((row) => [row.key, row.value]));
}

export function factPut(db: Database, key: string, value: string): Write {
  return db.query.insert(instanceState).values({ key, value }).onConflictDoUpdate({ target: instanceState.key, set: { value } });
}

export type SweptTable =
  | "session_token_exchanges"
  | "consumed_transactions"
  | "sessions"
  | "attempt_counters"
  | "provider_artifacts";

/** A place in a table: the two columns of its primary key. */
export type Place = readonly [projectId: string, id: string];

const SWEPT = {
  session_token_exchanges: {
    table: sessionTokenExchanges,
    id: sessionTokenExchanges.id,
    expired: (before: number) => lt(sessionTokenExchanges.expiresAt, before),
  },
  consumed_transactions: {
    table: consumedTransactions,
    id: consumedTransactions.id,
    expired: (before: number) => lt(consumedTransactions.expiresAt, before),
  },
  sessions: { table: sessions, id: sessions.id, expired: (before: number) => lt(sessions.expiresAt, before) },
  provider_artifacts: {
    table: providerArtifacts,
    id: providerArtifacts.id,
    expired: (before: number) => lt(providerArtifacts.expiresAt, before),
  },
  attempt_counters: {
    table: attemptCounters,
    id: attemptCounters.key,
    expired: (before: number) => and(lt(attemptCounters.windowEndsAt, before), lt(attemptCounters.lockedUntil, before)) as SQL,
  },
} as const;

/** The next window of a table after a place, and which of its rows expired before a time (milliseconds). One round trip. */
export async function readWindow(
  db: Database,
  name: SweptTable,
  after: Place | undefined,
  limit: number,
  before: number,
): Promise<{ place: Place; expired: boolean }[]> {
  const { table, id, expired } = SWEPT[name];
  const rows = await db.read(
    db.query
      .select({ projectId: table.projectId, id, expired: sql<number>`${expired(before)}`.as("has_expired") })
      .from(table)
      .where(after && sql`(${table.projectId}, ${id}) > (${after[0]}, ${after[1]})`)
      .orderBy(asc(table.projectId), asc(id))
      .limit(limit),
  );
  return rows.map((row) => ({ place: [row.projectId, row.id] as const, expired: row.expired === 1 }));
}

/** Deletes those of some rows that are still expired. */
export function expiredDelete(db: Database, name: SweptTable, places: readonly Place[], before: number): Write {
  const { table, id, expired } = SWEPT[name];
  const listed = sql`(SELECT value ->> 0, value ->> 1 FROM json_each(${JSON.stringify(places)}))`;
  return db.query.delete(table).where(and(sql`(${table.projectId}, ${id}) IN ${listed}`, expired(before)));
}
