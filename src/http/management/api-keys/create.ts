// POST /projects/{project_id}/api-keys

import { createRoute, z } from "@hono/zod-openapi";
import { answer, BODY_ERRORS, body, errors, inProject, type ManagementDoor, ProjectParams, security } from "../operation.ts";
import { ApiKeyWire, apiKeyToWire, CreateApiKeyBody, TAG } from "./wire.ts";

const NewKey = ApiKeyWire.extend({
  key: z.string().openapi({ description: "The key. It is in this answer alone." }),
}).openapi("NewApiKey");

const route = createRoute({
  method: "post",
  path: "/projects/{project_id}/api-keys",
  operationId: "createApiKey",
  tags: [TAG],
  summary: "Create an API key for a project",
  security,
  middleware: inProject("manage_keys", { body: true }),
  request: { params: ProjectParams, body: body(CreateApiKeyBody) },
  responses: { 201: answer("The key.", NewKey), ...errors(403, 404, ...BODY_ERRORS) },
});

export function createApiKey(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { name, expires_at } = c.req.valid("json");
    const fields = { name, expiresAt: expires_at ? Date.parse(expires_at) : null };
    const { apiKey, key } = await c.get("services").apiKeys.create(c.get("project").id, fields, c.get("requestContext"));
    return c.json({ ...apiKeyToWire(apiKey), key }, 201);
  });
}
