// GET /projects/{project_id}/events

import { createRoute, z } from "@hono/zod-openapi";
import { EVENT_TYPES, type Event } from "../../../domain/events/event.ts";
import { timestamp } from "../../wire/identity.ts";
import { answer, errors, Id, inProject, type ManagementDoor, ProjectParams, security, Timestamp } from "../operation.ts";
import { PageFields, PageQuery, pageFields, readPage } from "../paging.ts";

const EventWire = z
  .object({
    id: Id,
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
        .enum(EVENT_TYPES, { error: "This type of event does not exist." })
        .optional()
        .openapi({ param: { name: "type", in: "query" } }),
      organization_id: z
        .string()
        .optional()
        .openapi({ param: { name: "organization_id", in: "query" } }),
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
    const page = { ...readPage(query, list), type: query.type, organizationId: query.organization_id };
    const { items, next } = await c.get("services").events.list(project.id, page);
    return c.json({ events: items.map(eventToWire), ...pageFields(list, next) }, 200);
  });
}

function eventToWire(event: Event): z.infer<typeof EventWire> {
  return {
    id: event.id,
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
