// The audit log's rows. An event is written by the commit that makes the change it records, never apart from it.

import { and, desc, eq, gte, lt, type SQL } from "drizzle-orm";
import type { Event, EventType, NewEvent, RequestContext } from "../domain/events/event.ts";
import { cutPage, type Page } from "../domain/page.ts";
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

export interface EventFilter {
  type?: EventType | undefined;
  organizationId?: string | undefined;
}

/**
 * How many events a filtered page looks at. There is no index by type: the log is written far more often than it is
 * filtered. Finding where they end reads as many again, so a page reads at most 5,000 rows.
 */
const SCANNED = 2500;

/**
 * A page of the log, newest first, of events older than `before`. A filtered page looks at no more than `SCANNED` events
 * by primary key; when they end before the log does, `next` is the last of them. One round trip, or two with a filter.
 */
export async function listEvents(
  db: Database,
  projectId: string,
  page: { before: string | undefined; limit: number; filter: EventFilter },
): Promise<Page<Event>> {
  const { before, limit, filter } = page;
  const filtered = filter.type !== undefined || filter.organizationId !== undefined;
  const older = and(eq(events.projectId, projectId), before === undefined ? undefined : lt(events.id, before));
  const last = filtered ? await lastScanned(db, older) : undefined;
  const within = and(
    older,
    last === undefined ? undefined : gte(events.id, last),
    filter.type === undefined ? undefined : eq(events.type, filter.type),
    filter.organizationId === undefined ? undefined : eq(events.organizationId, filter.organizationId),
  );
  const rows = await db.read(
    db.query
      .select()
      .from(events)
      .where(within)
      .orderBy(desc(events.id))
      .limit(limit + 1),
  );
  const { items, next } = cutPage(rows.map(toEvent), limit);
  return { items, next: next ?? last };
}

/** Id of the event at which the scan ends, or undefined when the log ends first. */
async function lastScanned(db: Database, older: SQL | undefined): Promise<string | undefined> {
  const [row] = await db.read(
    db.query
      .select({ id: events.id })
      .from(events)
      .where(older)
      .orderBy(desc(events.id))
      .limit(1)
      .offset(SCANNED - 1),
  );
  return row?.id;
}

function toEvent(row: typeof events.$inferSelect): Event {
  return { ...row, type: row.type as EventType, actorType: row.actorType as Event["actorType"] };
}
