// GET /projects/{project_id}/events

import { createRoute, z } from "@hono/zod-openapi";
import { EVENT_FAMILIES, EVENT_TYPES, type Event } from "../../../domain/events/event.ts";
import { readEventFilter } from "../../../domain/events/filter.ts";
import { referenceOf } from "../../../domain/events/reference.ts";
import { shownToProgram } from "../../display.ts";
import { timestamp } from "../../wire/identity.ts";
import { answer, errors, Id, inProject, type ManagementDoor, ProjectParams, security, Timestamp } from "../operation.ts";
import { PageFields, PageQuery, pageFields, readPage } from "../paging.ts";

const EventWire = z
  .object({
    id: Id,
    reference: z.string().openapi({ description: "Short form of the id, as error pages show it.", example: "1R8M4-X0KQ2" }),
    project_id: Id,
    type: z.enum(EVENT_TYPES),
    actor: z.object({ type: z.string().openapi({ example: "root_key" }), id: z.string().nullable() }),
    organization_id: Id.nullable(),
    connection_id: Id.nullable(),
    identity_id: Id.nullable(),
    reason: z.string().nullable().openapi({ description: "Fixed name of the reason of a refusal." }),
    request_id: z.string(),
    ip_address: z.string().nullable(),
    details: z.record(z.string(), z.unknown()),
    created_at: Timestamp,
  })
  .openapi("Event");

const id = (name: string) =>
  z
    .string()
    .optional()
    .openapi({ param: { name, in: "query" } });

const route = createRoute({
  method: "get",
  path: "/projects/{project_id}/events",
  operationId: "listEvents",
  tags: ["events"],
  summary: "Read the audit log",
  description: "Newest first. A filtered page may hold fewer events than asked for and still have a next page.",
  security,
  middleware: inProject("read"),
  request: {
    params: ProjectParams,
    query: z.object({
      ...PageQuery,
      type: z
        .enum([...EVENT_TYPES, ...EVENT_FAMILIES.map((family) => `${family}.*`)], { error: "This type of event does not exist." })
        .optional()
        .openapi({ param: { name: "type", in: "query" }, description: "A type, or all of a family: `login.*`." }),
      organization_id: id("organization_id"),
      connection_id: id("connection_id"),
      identity_id: id("identity_id"),
      actor: id("actor").openapi({
        description: "`root_key`, `api_key`, `operator`, `identity`, `anonymous`, `system`, or the id of one.",
      }),
      reference: id("reference").openapi({
        description:
          "What a page of error shows, or the id of an event or a request: that event, and the events of that request. " +
          "One page, whatever page_token says.",
      }),
    }),
  },
  responses: {
    200: answer("A page of events.", z.object({ events: z.array(EventWire), ...PageFields }).openapi("EventList")),
    ...errors(403, 404, 422),
  },
});

export function listEvents(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const query = c.req.valid("query");
    const project = c.get("project");
    const list = `events/${project.id}`;
    const page = { ...readPage(query, list), ...readEventFilter(query) };
    const { events } = c.get("services");
    const { items, next } = await shownToProgram(c, project.id, (db) => events.list(project.id, page, db));
    return c.json({ events: items.map(eventToWire), ...pageFields(list, next) }, 200);
  });
}

function eventToWire(event: Event): z.infer<typeof EventWire> {
  return {
    id: event.id,
    reference: referenceOf(event.id),
    project_id: event.projectId,
    type: event.type,
    actor: { type: event.actorType, id: event.actorId },
    organization_id: event.organizationId,
    connection_id: event.connectionId,
    identity_id: event.identityId,
    reason: event.reason,
    request_id: event.requestId,
    ip_address: event.ipAddress,
    details: event.details,
    created_at: timestamp(event.createdAt),
  };
}
