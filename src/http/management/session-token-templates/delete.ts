// DELETE /projects/{project_id}/session-token-templates/{template_name}

import { createRoute } from "@hono/zod-openapi";
import { errors, inProject, type ManagementDoor, security } from "../operation.ts";
import { TAG, TemplateParams } from "./wire.ts";

const route = createRoute({
  method: "delete",
  path: "/projects/{project_id}/session-token-templates/{template_name}",
  operationId: "deleteSessionTokenTemplate",
  tags: [TAG],
  summary: "Delete a session token template",
  description: "Tokens that were made with it stay valid until they expire, ten minutes at most.",
  security,
  middleware: inProject("write"),
  request: { params: TemplateParams },
  responses: { 204: { description: "Deleted." }, ...errors(403, 404) },
});

export function deleteTemplate(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { template_name } = c.req.valid("param");
    await c.get("services").sessionTokens.delete(c.get("project").id, template_name, c.get("requestContext"));
    return c.body(null, 204);
  });
}
