// DELETE /projects/{project_id}/organizations/{organization_id}/sessions

import { createRoute, z } from "@hono/zod-openapi";
import { answer, errors, inProject, type ManagementDoor, security } from "../operation.ts";
import { OrganizationParams, TAG } from "./wire.ts";

const Revoked = z
  .object({
    revoked: z.int().openapi({ description: "Sessions that have ended." }),
    has_more: z.boolean().openapi({ description: "There are more: repeat the request." }),
  })
  .openapi("RevokedSessions");

const route = createRoute({
  method: "delete",
  path: "/projects/{project_id}/organizations/{organization_id}/sessions",
  operationId: "revokeOrganizationSessions",
  tags: [TAG],
  summary: "End the sessions of an organization's people",
  description: "Everybody has to sign in again. Ends up to 5,000 sessions; `has_more` says that there are others.",
  security,
  middleware: inProject("write"),
  request: { params: OrganizationParams },
  responses: { 200: answer("How many ended.", Revoked), ...errors(403, 404) },
});

export function revokeOrganizationSessions(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { organizations, sessions } = c.get("services");
    const { projectId, id } = await organizations.get(c.get("project").id, c.req.valid("param").organization_id);
    const { revoked, hasMore } = await sessions.revokeAllOfOrganization(projectId, id, c.get("requestContext"));
    return c.json({ revoked, has_more: hasMore }, 200);
  });
}
