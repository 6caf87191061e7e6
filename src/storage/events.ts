// The audit log's rows. An event is written by the commit that makes the change it records, never apart from it.

import { and, asc, between, desc, eq, gte, inArray, lt, or, type SQL } from "drizzle-orm";
import type { Event, EventType, NewEvent, RequestContext } from "../domain/events/event.ts";
import type { EventFilter } from "../domain/events/filter.ts";
import { firstIdAt, type ReferenceRange } from "../domain/events/reference.ts";
import { cutPage, type Page } from "../domain/page.ts";
import type { Database, Write } from "./database.ts";
import { placeholders, reusable } from "./reusable.ts";
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
  return insertOnce(db, {
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
  } satisfies typeof events.$inferInsert);
}

const insertOnce = reusable((db) =>
  db.query
    .insert(events)
    .values(placeholders(events))
    .onConflictDoNothing({ target: [events.projectId, events.id] }),
);

/**
 * How many events a filtered page looks at. There is no index by type: the log is written far more often than it is
 * filtered. Finding where they end reads as many again, so a page reads at most 5,000 rows.
 */
const SCANNED = 2500;

/** Milliseconds from a request's beginning in which its events are looked for; none takes a quarter of it. */
const REQUEST_LIFETIME = 60_000;

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
  const wanted = conditionOf(filter);
  if (filter.reference)
    return { items: await eventsOfReference(db, projectId, filter.reference, wanted, limit), next: undefined };
  const older = and(eq(events.projectId, projectId), before === undefined ? undefined : lt(events.id, before));
  const last = wanted === undefined ? undefined : await lastScanned(db, older);
  const within = and(older, last === undefined ? undefined : gte(events.id, last), wanted);
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

/** What the columns of an event must be; undefined when anything will do. */
function conditionOf(filter: EventFilter): SQL | undefined {
  const { types, organizationId, connectionId, identityId, actor } = filter;
  return and(
    types === undefined ? undefined : inArray(events.type, [...types]),
    organizationId === undefined ? undefined : eq(events.organizationId, organizationId),
    connectionId === undefined ? undefined : eq(events.connectionId, connectionId),
    identityId === undefined ? undefined : eq(events.identityId, identityId),
    actor === undefined ? undefined : or(eq(events.actorId, actor), eq(events.actorType, actor)),
  );
}

/**
 * The event whose reference it is, which the primary key finds, and those of the request whose reference it is: they were
 * made in the minute after its beginning, of which no more than `SCANNED` are looked at.
 */
async function eventsOfReference(
  db: Database,
  projectId: string,
  { from, to, at }: ReferenceRange,
  wanted: SQL | undefined,
  limit: number,
): Promise<Event[]> {
  const [begin, end] = at === undefined ? [from, `${to}~`] : [firstIdAt(at), firstIdAt(at + REQUEST_LIFETIME)];
  const near = db.query
    .select({ id: events.id })
    .from(events)
    .where(and(eq(events.projectId, projectId), gte(events.id, begin), lt(events.id, end)))
    .orderBy(asc(events.id))
    .limit(SCANNED);
  const rows = await db.read(
    db.query
      .select()
      .from(events)
      .where(
        and(
          eq(events.projectId, projectId),
          inArray(events.id, near),
          or(between(events.id, from, to), between(events.requestId, from, to)),
          wanted,
        ),
      )
      .orderBy(desc(events.id))
      .limit(limit),
  );
  return rows.map(toEvent);
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
