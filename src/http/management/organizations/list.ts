// GET /projects/{project_id}/organizations

import { createRoute, z } from "@hono/zod-openapi";
import { canonicalDomain } from "../../../domain/domains/domain-name.ts";
import { unacceptable } from "../../../domain/errors.ts";
import { answer, errors, inProject, type ManagementDoor, ProjectParams, security } from "../operation.ts";
import { PageFields, PageQuery, pageFields, readPage } from "../paging.ts";
import { OrganizationWire, organizationToWire, TAG } from "./wire.ts";

const List = z.object({ organizations: z.array(OrganizationWire), ...PageFields }).openapi("OrganizationList");

const route = createRoute({
  method: "get",
  path: "/projects/{project_id}/organizations",
  operationId: "listOrganizations",
  tags: [TAG],
  summary: "List the organizations of a project",
  description: "In the order of their creation.",
  security,
  middleware: inProject("read"),
  request: {
    params: ProjectParams,
    query: z.object({
      ...PageQuery,
      domain: z
        .string()
        .optional()
        .openapi({ param: { name: "domain", in: "query" }, description: "Only the organization that owns this domain." }),
    }),
  },
  responses: { 200: answer("A page of organizations.", List), ...errors(403, 404, 422) },
});

export function listOrganizations(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const query = c.req.valid("query");
    const project = c.get("project");
    const list = `organizations/${project.id}`;
    const page = { ...readPage(query, list), domain: query.domain === undefined ? undefined : canonical(query.domain) };
    const { items, next } = await c.get("services").organizations.list(project.id, page);
    return c.json({ organizations: items.map(organizationToWire), ...pageFields(list, next) }, 200);
  });
}

function canonical(domain: string): string {
  const name = canonicalDomain(domain);
  if (!name.ok) throw unacceptable([{ field: "domain", code: name.reason, message: name.message }]);
  return name.domain;
}
