// DELETE /projects/{project_id}/api-keys/{api_key_id}

import { createRoute } from "@hono/zod-openapi";
import { errors, inProject, type ManagementDoor, security } from "../operation.ts";
import { ApiKeyParams, TAG } from "./wire.ts";

const route = createRoute({
  method: "delete",
  path: "/projects/{project_id}/api-keys/{api_key_id}",
  operationId: "revokeApiKey",
  tags: [TAG],
  summary: "Revoke an API key",
  description: "From the next request on it is a 401.",
  security,
  middleware: inProject("manage_keys"),
  request: { params: ApiKeyParams },
  responses: { 204: { description: "Revoked." }, ...errors(403, 404) },
});

export function revokeApiKey(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { api_key_id } = c.req.valid("param");
    await c.get("services").apiKeys.revoke(c.get("project").id, api_key_id, c.get("requestContext"));
    return c.body(null, 204);
  });
}
