// GET /projects/{project_id}/api-keys

import { createRoute, z } from "@hono/zod-openapi";
import { answer, errors, inProject, type ManagementDoor, ProjectParams, security } from "../operation.ts";
import { PageFields, PageQuery, pageFields, readPage } from "../paging.ts";
import { ApiKeyWire, apiKeyToWire, TAG } from "./wire.ts";

const route = createRoute({
  method: "get",
  path: "/projects/{project_id}/api-keys",
  operationId: "listApiKeys",
  tags: [TAG],
  summary: "List the API keys of a project",
  description: "Without the keys themselves.",
  security,
  middleware: inProject("manage_keys"),
  request: { params: ProjectParams, query: z.object(PageQuery) },
  responses: {
    200: answer("A page of API keys.", z.object({ api_keys: z.array(ApiKeyWire), ...PageFields }).openapi("ApiKeyList")),
    ...errors(403, 404, 422),
  },
});

export function listApiKeys(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const project = c.get("project");
    const list = `api-keys/${project.id}`;
    const { items, next } = await c.get("services").apiKeys.list(project.id, readPage(c.req.valid("query"), list));
    return c.json({ api_keys: items.map(apiKeyToWire), ...pageFields(list, next) }, 200);
  });
}
