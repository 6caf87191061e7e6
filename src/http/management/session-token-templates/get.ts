// GET /projects/{project_id}/session-token-templates/{template_name}

import { createRoute } from "@hono/zod-openapi";
import { answer, errors, inProject, type ManagementDoor, security } from "../operation.ts";
import { TAG, TemplateParams, TemplateWire, templateToWire } from "./wire.ts";

const route = createRoute({
  method: "get",
  path: "/projects/{project_id}/session-token-templates/{template_name}",
  operationId: "getSessionTokenTemplate",
  tags: [TAG],
  summary: "Get a session token template",
  security,
  middleware: inProject("read"),
  request: { params: TemplateParams },
  responses: { 200: answer("The template.", TemplateWire), ...errors(403, 404) },
});

export function getTemplate(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const template = await c.get("services").sessionTokens.get(c.get("project").id, c.req.valid("param").template_name);
    return c.json(templateToWire(template), 200);
  });
}
