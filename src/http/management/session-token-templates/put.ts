// PUT /projects/{project_id}/session-token-templates/{template_name}

import { createRoute } from "@hono/zod-openapi";
import { answer, BODY_ERRORS, body, errors, inProject, type ManagementDoor, security } from "../operation.ts";
import { PutTemplateBody, TAG, TemplateParams, TemplateWire, templateFromWire, templateToWire } from "./wire.ts";

const route = createRoute({
  method: "put",
  path: "/projects/{project_id}/session-token-templates/{template_name}",
  operationId: "putSessionTokenTemplate",
  tags: [TAG],
  summary: "Create or replace a session token template",
  description: "Applications ask for it with /sessions/whoami?tokenize_as=. What is left out has its default.",
  security,
  middleware: inProject("write", { body: true }),
  request: { params: TemplateParams, body: body(PutTemplateBody) },
  responses: { 200: answer("The template.", TemplateWire), ...errors(403, 404, 409, ...BODY_ERRORS) },
});

export function putTemplate(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { template_name } = c.req.valid("param");
    const fields = templateFromWire(c.req.valid("json"));
    const { sessionTokens } = c.get("services");
    const template = await sessionTokens.put(c.get("project").id, template_name, fields, c.get("requestContext"));
    return c.json(templateToWire(template), 200);
  });
}
