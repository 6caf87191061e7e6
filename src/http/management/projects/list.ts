// GET /projects

import { createRoute, z } from "@hono/zod-openapi";
import { reachedProjects } from "../../middleware/management-key.ts";
import { answer, errors, type ManagementDoor, security } from "../operation.ts";
import { PageFields, PageQuery, pageFields, readPage } from "../paging.ts";
import { ProjectWire, projectToWire, TAG } from "./wire.ts";

const LIST = "projects";

const route = createRoute({
  method: "get",
  path: "/projects",
  operationId: "listProjects",
  tags: [TAG],
  summary: "List projects",
  description: "Those that the credential reaches, in the order of their creation.",
  security,
  request: { query: z.object(PageQuery) },
  responses: {
    200: answer("A page of projects.", z.object({ projects: z.array(ProjectWire), ...PageFields }).openapi("ProjectList")),
    ...errors(422),
  },
});

export function listProjects(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { projects } = c.get("services");
    const page = readPage(c.req.valid("query"), LIST);
    const among = reachedProjects(c.get("managementScope"));
    const { items, next } = await projects.list({ ...page, among });
    return c.json(
      { projects: items.map((project) => projectToWire(project, c.get("services"))), ...pageFields(LIST, next) },
      200,
    );
  });
}
