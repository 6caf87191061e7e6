// PATCH /projects/{project_id}

import { createRoute } from "@hono/zod-openapi";
import {
  answer,
  BODY_ERRORS,
  body,
  errors,
  expectedRevision,
  inProject,
  type ManagementDoor,
  ProjectParams,
  security,
  tag,
} from "../operation.ts";
import { ProjectWire, projectFromWire, projectToWire, TAG, UpdateProjectBody } from "./wire.ts";

const route = createRoute({
  method: "patch",
  path: "/projects/{project_id}",
  operationId: "updateProject",
  tags: [TAG],
  summary: "Change a project",
  description: "Replaces the fields that are given.",
  security,
  middleware: inProject("write", { body: true }),
  request: { params: ProjectParams, body: body(UpdateProjectBody) },
  responses: { 200: answer("The project.", ProjectWire), ...errors(403, 404, 409, ...BODY_ERRORS) },
});

export function updateProject(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { projects, hosts } = c.get("services");
    const fields = projectFromWire(c.req.valid("json"));
    const project = await projects.update(c.get("project").id, fields, expectedRevision(c), c.get("requestContext"));
    hosts.forget(project.id);
    tag(c, project);
    return c.json(projectToWire(project, c.get("services")), 200);
  });
}
