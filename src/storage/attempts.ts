// Counters of attempts at a door, exact because D1 counts (the rate-limit binding is per location and permissive). Every
// attempt counts before it is judged, so a burst of parallel guesses cannot slip through.

import { and, eq, inArray, sql } from "drizzle-orm";
import type { CounterRule } from "../domain/login/attempts.ts";
import type { Database, Write } from "./database.ts";
import { attemptCounters } from "./schema.ts";

export function attemptStore(db: Database, projectId: string) {
  const q = db.query;
  return {
    /** The counters of some keys before this attempt; sent first in the batch, so that it sees what came before. */
    before(keys: readonly string[]) {
      const { key, lockedUntil, windowEndsAt } = attemptCounters;
      return q
        .select({ key, lockedUntil, windowEndsAt })
        .from(attemptCounters)
        .where(and(eq(attemptCounters.projectId, projectId), inArray(key, [...keys])));
    },

    /**
     * Counts one attempt under a key, unless the key is locked. The attempt that reaches the limit locks the key for
     * those after it; each further one after a lock has ended doubles the next lock, until the window has passed quietly.
     */
    count(key: string, rule: CounterRule, now: number): Write {
      const { count, lockedUntil, windowEndsAt } = attemptCounters;
      const next = sql`CASE WHEN ${now} >= ${windowEndsAt} THEN 1 ELSE ${count} + 1 END`;
      const open = sql`${now} >= ${lockedUntil}`;
      const lock = sql`min(${rule.lockMs} * (1 << min(max((${next}) - ${rule.limit}, 0), 10)), ${rule.maxLockMs})`;
      return q
        .insert(attemptCounters)
        .values({ projectId, key, count: 1, lockedUntil: 0, windowEndsAt: now + rule.windowMs })
        .onConflictDoUpdate({
          target: [attemptCounters.projectId, attemptCounters.key],
          set: {
            count: sql`CASE WHEN ${open} THEN ${next} ELSE ${count} END`,
            lockedUntil: sql`CASE WHEN ${open} AND (${next}) >= ${rule.limit} THEN cast(${now} + ${lock} AS INTEGER) ELSE ${lockedUntil} END`,
            windowEndsAt: sql`CASE WHEN ${open} THEN cast(${now + rule.windowMs} AS INTEGER) ELSE ${windowEndsAt} END`,
          },
        });
    },

    /** Remembers a key without counting. */
    remember(key: string, until: number): Write {
      return q
        .insert(attemptCounters)
        .values({ projectId, key, count: 1, lockedUntil: 0, windowEndsAt: until })
        .onConflictDoUpdate({ target: [attemptCounters.projectId, attemptCounters.key], set: { windowEndsAt: until } });
    },

    forget(keys: readonly string[]): Write {
      return q
        .delete(attemptCounters)
        .where(and(eq(attemptCounters.projectId, projectId), inArray(attemptCounters.key, [...keys])));
    },

    /** Takes one attempt back, because it succeeded, and with it the lock that only this attempt had brought about. */
    uncount(key: string, rule: CounterRule): Write {
      const { count, lockedUntil } = attemptCounters;
      return q
        .update(attemptCounters)
        .set({
          count: sql`max(${count} - 1, 0)`,
          lockedUntil: sql`CASE WHEN ${count} <= ${rule.limit} THEN 0 ELSE ${lockedUntil} END`,
        })
        .where(and(eq(attemptCounters.projectId, projectId), eq(attemptCounters.key, key)));
    },
  };
}
