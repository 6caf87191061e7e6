// DELETE /projects/{project_id}

import { createRoute } from "@hono/zod-openapi";
import { errors, inProject, type ManagementDoor, ProjectParams, security } from "../operation.ts";
import { TAG } from "./wire.ts";

const route = createRoute({
  method: "delete",
  path: "/projects/{project_id}",
  operationId: "deleteProject",
  tags: [TAG],
  summary: "Delete a project and everything in it",
  description: "For the root key and for owners. The console project and the default project cannot be deleted.",
  security,
  middleware: inProject("delete_project"),
  request: { params: ProjectParams },
  responses: { 204: { description: "Deleted." }, ...errors(403, 404, 409) },
});

export function deleteProject(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { projects, hosts } = c.get("services");
    const { id } = c.get("project");
    await projects.delete(id, c.get("requestContext"));
    hosts.forget(id);
    return c.body(null, 204);
  });
}
