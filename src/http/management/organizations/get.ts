// GET /projects/{project_id}/organizations/{organization_id}

import { createRoute, z } from "@hono/zod-openapi";
import { answer, errors, inProject, type ManagementDoor, security, tag } from "../operation.ts";
import { OrganizationParams, OrganizationWire, organizationToWire, TAG } from "./wire.ts";

const route = createRoute({
  method: "get",
  path: "/projects/{project_id}/organizations/{organization_id}",
  operationId: "getOrganization",
  tags: [TAG],
  summary: "Get an organization",
  security,
  middleware: inProject("read"),
  request: { params: OrganizationParams },
  responses: {
    200: answer(
      "The organization, in an envelope.",
      z.object({ organization: OrganizationWire }).openapi("GetOrganizationAnswer"),
    ),
    ...errors(403, 404),
  },
});

export function getOrganization(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { organization_id } = c.req.valid("param");
    const organization = await c.get("services").organizations.get(c.get("project").id, organization_id);
    tag(c, organization);
    return c.json({ organization: organizationToWire(organization) }, 200);
  });
}
