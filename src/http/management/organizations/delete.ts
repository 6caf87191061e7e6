// DELETE /projects/{project_id}/organizations/{organization_id}

import { createRoute } from "@hono/zod-openapi";
import { errors, inProject, type ManagementDoor, security } from "../operation.ts";
import { OrganizationParams, TAG } from "./wire.ts";

const route = createRoute({
  method: "delete",
  path: "/projects/{project_id}/organizations/{organization_id}",
  operationId: "deleteOrganization",
  tags: [TAG],
  summary: "Delete an organization",
  description:
    "Ends its sessions, connections, domains and single sign-on credentials at once. Its identities stay in the project, " +
    "without an organization.",
  security,
  middleware: inProject("write"),
  request: { params: OrganizationParams },
  responses: { 204: { description: "Deleted." }, ...errors(403, 404, 409) },
});

export function deleteOrganization(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { organization_id } = c.req.valid("param");
    await c.get("services").organizations.delete(c.get("project").id, organization_id, c.get("requestContext"));
    return c.body(null, 204);
  });
}
