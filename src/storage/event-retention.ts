// What leaves the audit log when its time is over.

import { sql } from "drizzle-orm";
import type { Database, Write } from "./database.ts";
import { events, projects } from "./schema.ts";

/**
 * Deletes up to `limit` of the oldest events, of all projects, whose id is below `bound`. Ids are UUIDv7, so the primary
 * key is the order of time: each project is one seek, and nothing that stays is read.
 */
export function eventsBeforeDelete(db: Database, bound: string, limit: number): Write {
  // CROSS JOIN keeps SQLite from reading the log first (https://sqlite.org/lang_select.html, "CROSS JOIN").
  const old = sql`(SELECT p.id, e.id FROM ${projects} p CROSS JOIN ${events} e ON e.project_id = p.id AND e.id < ${bound} LIMIT ${limit})`;
  return db.query.delete(events).where(sql`(${events.projectId}, ${events.id}) IN ${old}`);
}
