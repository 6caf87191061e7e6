// The audit log's rows. An event is written by the commit that makes the change it records, never apart from it.

import { and, desc, eq, lt } from "drizzle-orm";
import type { Event, EventType, NewEvent, RequestContext } from "../domain/events/event.ts";
import type { Database, Write } from "./database.ts";
import { events } from "./schema.ts";

/**
 * The write that records `event`, for the commit of the change itself.
 * @param id UUIDv7 made with `now`, so that ids sort by time
 * @param now milliseconds since the epoch
 */
export function eventInsert(
  db: Database,
  projectId: string,
  event: NewEvent,
  context: RequestContext,
  id: string,
  now: number,
): Write {
  return db.query
    .insert(events)
    .values({
      projectId,
      id,
      type: event.type,
      actorType: context.actor.type,
      actorId: context.actor.id,
      organizationId: event.organizationId ?? null,
      connectionId: event.connectionId ?? null,
      identityId: event.identityId ?? null,
      reason: event.reason ?? null,
      requestId: context.requestId,
      ipAddress: context.ipAddress,
      details: event.details ?? {},
      createdAt: now,
    })
    .onConflictDoNothing({ target: [events.projectId, events.id] });
}

/** Up to `limit` events older than the one named `before` (or the newest), newest first. Reads `limit` rows by primary key. */
export async function listEventsBefore(
  db: Database,
  projectId: string,
  before: string | undefined,
  limit: number,
): Promise<Event[]> {
  const rows = await db.read(
    db.query
      .select()
      .from(events)
      .where(and(eq(events.projectId, projectId), before === undefined ? undefined : lt(events.id, before)))
      .orderBy(desc(events.id))
      .limit(limit),
  );
  return rows.map(toEvent);
}

function toEvent(row: typeof events.$inferSelect): Event {
  return { ...row, type: row.type as EventType, actorType: row.actorType as Event["actorType"] };
}
