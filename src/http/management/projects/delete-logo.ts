// DELETE /projects/{project_id}/logo

import { createRoute } from "@hono/zod-openapi";
import { errors, expectedRevision, inProject, type ManagementDoor, ProjectParams, security } from "../operation.ts";
import { TAG } from "./wire.ts";

const route = createRoute({
  method: "delete",
  path: "/projects/{project_id}/logo",
  operationId: "deleteProjectLogo",
  tags: [TAG],
  summary: "Remove a project's logo",
  description: "Its pages show the first letter of its name again.",
  security,
  middleware: inProject("write"),
  request: { params: ProjectParams },
  responses: { 204: { description: "Removed, or there was none." }, ...errors(403, 404, 409) },
});

export function deleteProjectLogo(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { projects, hosts } = c.get("services");
    const project = await projects.rebrand(c.get("project").id, { logo: null }, expectedRevision(c), c.get("requestContext"));
    hosts.forget(project.id);
    return c.body(null, 204);
  });
}
