// GET /projects/{project_id}/api-keys/{api_key_id}

import { createRoute } from "@hono/zod-openapi";
import { answer, errors, inProject, type ManagementDoor, security } from "../operation.ts";
import { ApiKeyParams, ApiKeyWire, apiKeyToWire, TAG } from "./wire.ts";

const route = createRoute({
  method: "get",
  path: "/projects/{project_id}/api-keys/{api_key_id}",
  operationId: "getApiKey",
  tags: [TAG],
  summary: "Get an API key",
  description: "Without the key itself.",
  security,
  middleware: inProject("manage_keys"),
  request: { params: ApiKeyParams },
  responses: { 200: answer("The API key.", ApiKeyWire), ...errors(403, 404) },
});

export function getApiKey(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { api_key_id } = c.req.valid("param");
    return c.json(apiKeyToWire(await c.get("services").apiKeys.get(c.get("project").id, api_key_id)), 200);
  });
}
