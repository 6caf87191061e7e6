// POST /projects

import { createRoute } from "@hono/zod-openapi";
import { answer, BODY_ERRORS, body, errors, everywhere, type ManagementDoor, security, tag } from "../operation.ts";
import { CreateProjectBody, ProjectWire, projectFromWire, projectToWire, TAG } from "./wire.ts";

const route = createRoute({
  method: "post",
  path: "/projects",
  operationId: "createProject",
  tags: [TAG],
  summary: "Create a project",
  description: "For the root key and for operators of all projects.",
  security,
  middleware: everywhere("create_project", { body: true }),
  request: { body: body(CreateProjectBody) },
  responses: { 201: answer("The project.", ProjectWire), ...errors(403, 409, ...BODY_ERRORS) },
});

export function createProject(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const wire = c.req.valid("json");
    const { projects, hosts } = c.get("services");
    const fields = { ...projectFromWire(wire), name: wire.name, slug: wire.slug, database: wire.database };
    const project = await projects.create(fields, c.get("requestContext"));
    hosts.forget(project.id);
    tag(c, project);
    return c.json(projectToWire(project, c.get("services")), 201);
  });
}
