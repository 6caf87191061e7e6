// What makes the first operator once, in the table that exists before any project does.

import { eq, sql } from "drizzle-orm";
import type { CounterRule } from "../domain/login/attempts.ts";
import type { Database, Write } from "./database.ts";
import { instanceState, operatorAccess, projects } from "./schema.ts";

/** The row whose insert only one of any number of callers succeeds with. */
const FACT = "first_operator";

const operatorOfAll = (slug: string) =>
  sql`EXISTS (SELECT 1 FROM ${operatorAccess} WHERE ${operatorAccess.projectId} = (SELECT ${projects.id} FROM ${projects} WHERE ${projects.slug} = ${slug}))`;

/** Whether there is an operator of all projects, or has been a first one. One round trip. */
export async function isSetUp(db: Database, consoleSlug: string): Promise<boolean> {
  const [row] = await db.read(
    db.query.all<{ known: number }>(
      sql`SELECT ${operatorOfAll(consoleSlug)} OR EXISTS (SELECT 1 FROM ${instanceState} WHERE key = ${FACT}) AS known`,
    ),
  );
  return row?.known === 1;
}

/**
 * The first statement of the commit that makes the first operator. Of any number of callers the unique key lets one through
 * (`instance_state.key`); when there is an operator already, the value is NULL and its column refuses (`instance_state.value`).
 */
export function firstOperatorInsert(db: Database, consoleSlug: string, now: number): Write {
  return db.query.insert(instanceState).values({
    key: FACT,
    value: sql<string>`CASE WHEN ${operatorOfAll(consoleSlug)} THEN NULL ELSE ${String(now)} END`,
  });
}

/** A counter of attempts with the root key, as it was before this one: milliseconds until it is locked. */
export interface SetUpAttempts {
  lockedUntil: number;
}

/**
 * Counts an attempt with the root key and says how the counter stood before it. No project exists yet that its counters
 * could belong to, so they are facts of the installation; `bucket` (a digest of the network, one of a few) bounds their
 * number. One round trip.
 */
export async function countSetUpAttempt(db: Database, bucket: string, rule: CounterRule, now: number): Promise<SetUpAttempts> {
  const key = counterKey(bucket);
  const was = (name: string) => sql`(${instanceState.value} ->> ${name})`;
  const next = sql`CASE WHEN ${now} >= ${was("window_ends_at")} THEN 1 ELSE ${was("count")} + 1 END`;
  const lock = sql`min(${rule.lockMs} * (1 << min(max((${next}) - ${rule.limit}, 0), 10)), ${rule.maxLockMs})`;
  const lockedUntil = sql`CASE WHEN (${next}) >= ${rule.limit} THEN ${now} + ${lock} ELSE ${was("locked_until")} END`;
  const counted = sql`json_object('count', ${next}, 'locked_until', ${lockedUntil}, 'window_ends_at', ${now + rule.windowMs})`;
  const [[before]] = await db.readAll([
    db.query.select({ value: instanceState.value }).from(instanceState).where(eq(instanceState.key, key)),
    db.query
      .insert(instanceState)
      .values({ key, value: JSON.stringify({ count: 1, locked_until: 0, window_ends_at: now + rule.windowMs }) })
      .onConflictDoUpdate({
        target: instanceState.key,
        set: { value: sql`CASE WHEN ${now} < ${was("locked_until")} THEN ${instanceState.value} ELSE ${counted} END` },
      }),
  ]);
  const state: unknown = before ? JSON.parse(before.value) : {};
  const until = (state as { locked_until?: unknown }).locked_until;
  return { lockedUntil: typeof until === "number" ? until : 0 };
}

/** Forgets all counters of attempts with the root key. */
export function setUpAttemptsDelete(db: Database): Write {
  return db.query.delete(instanceState).where(sql`${instanceState.key} GLOB ${`${COUNTER}*`}`);
}

const COUNTER = "setup_attempts:";

function counterKey(bucket: string): string {
  return `${COUNTER}${bucket}`;
}
