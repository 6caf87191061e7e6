// GET /projects/{project_id}

import { createRoute } from "@hono/zod-openapi";
import { answer, errors, inProject, type ManagementDoor, ProjectParams, security, tag } from "../operation.ts";
import { ProjectWire, projectToWire, TAG } from "./wire.ts";

const route = createRoute({
  method: "get",
  path: "/projects/{project_id}",
  operationId: "getProject",
  tags: [TAG],
  summary: "Get a project",
  security,
  middleware: inProject("read"),
  request: { params: ProjectParams },
  responses: { 200: answer("The project.", ProjectWire), ...errors(403, 404) },
});

export function getProject(door: ManagementDoor): void {
  door.openapi(route, (c) => {
    tag(c, c.get("project"));
    return c.json(projectToWire(c.get("project"), c.get("services")), 200);
  });
}
