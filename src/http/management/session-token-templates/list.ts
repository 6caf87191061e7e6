// GET /projects/{project_id}/session-token-templates

import { createRoute, z } from "@hono/zod-openapi";
import { answer, errors, inProject, type ManagementDoor, ProjectParams, security } from "../operation.ts";
import { TAG, TemplateWire, templateToWire } from "./wire.ts";

const List = z.object({ session_token_templates: z.array(TemplateWire) }).openapi("SessionTokenTemplateList");

const route = createRoute({
  method: "get",
  path: "/projects/{project_id}/session-token-templates",
  operationId: "listSessionTokenTemplates",
  tags: [TAG],
  summary: "List session token templates",
  description: "All of them, by name; a project has 20 at most.",
  security,
  middleware: inProject("read"),
  request: { params: ProjectParams },
  responses: { 200: answer("The templates.", List), ...errors(403, 404) },
});

export function listTemplates(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const templates = await c.get("services").sessionTokens.list(c.get("project").id);
    return c.json({ session_token_templates: templates.map(templateToWire) }, 200);
  });
}
