// GET /projects/{project_id}/operators

import { createRoute, z } from "@hono/zod-openapi";
import { answer, errors, inProject, type ManagementDoor, ProjectParams, security } from "../operation.ts";
import { PageFields, PageQuery, pageFields, readPage } from "../paging.ts";
import { OperatorWire, operatorToWire, TAG } from "./wire.ts";

const route = createRoute({
  method: "get",
  path: "/projects/{project_id}/operators",
  operationId: "listOperators",
  tags: [TAG],
  summary: "List the operators of a project",
  description: "Those with access to this very project. The operators of the console project have access to every project.",
  security,
  middleware: inProject("read"),
  request: { params: ProjectParams, query: z.object(PageQuery) },
  responses: {
    200: answer("A page of operators.", z.object({ operators: z.array(OperatorWire), ...PageFields }).openapi("OperatorList")),
    ...errors(403, 404, 422),
  },
});

export function listOperators(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const project = c.get("project");
    const list = `operators/${project.id}`;
    const { items, next } = await c.get("services").operators.list(project.id, readPage(c.req.valid("query"), list));
    return c.json({ operators: items.map(operatorToWire), ...pageFields(list, next) }, 200);
  });
}
