// GET /projects/{project_id}/connections

import { createRoute, z } from "@hono/zod-openapi";
import { answer, errors, inProject, type ManagementDoor, ProjectParams, security } from "../operation.ts";
import { PageFields, PageQuery, pageFields, readPage } from "../paging.ts";
import { ConnectionWire, connectionToWire, TAG } from "./wire.ts";

const List = z.object({ connections: z.array(ConnectionWire), ...PageFields }).openapi("ConnectionList");

const route = createRoute({
  method: "get",
  path: "/projects/{project_id}/connections",
  operationId: "listConnections",
  tags: [TAG],
  summary: "List the connections of a project",
  description: "In the order of their creation.",
  security,
  middleware: inProject("read"),
  request: {
    params: ProjectParams,
    query: z.object({
      ...PageQuery,
      organization_id: z
        .string()
        .optional()
        .openapi({ param: { name: "organization_id", in: "query" }, description: "Only those of this organization." }),
    }),
  },
  responses: { 200: answer("A page of connections.", List), ...errors(403, 404, 422) },
});

export function listConnections(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const query = c.req.valid("query");
    const project = c.get("project");
    const list = `connections/${project.id}`;
    const page = { ...readPage(query, list), organizationId: query.organization_id };
    const { items, next } = await c.get("services").connections.list(project.id, page);
    return c.json({ connections: items.map(connectionToWire), ...pageFields(list, next) }, 200);
  });
}
