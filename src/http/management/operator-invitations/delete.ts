// DELETE /projects/{project_id}/operator-invitations/{invitation_id}

import { createRoute } from "@hono/zod-openapi";
import { errors, inProject, type ManagementDoor, security } from "../operation.ts";
import { InvitationParams, TAG } from "./wire.ts";

const route = createRoute({
  method: "delete",
  path: "/projects/{project_id}/operator-invitations/{invitation_id}",
  operationId: "revokeOperatorInvitation",
  tags: [TAG],
  summary: "Revoke an invitation",
  description: "For the root key and for owners. Its link stops working.",
  security,
  middleware: inProject("manage_operators"),
  request: { params: InvitationParams },
  responses: { 204: { description: "Revoked." }, ...errors(403, 404) },
});

export function revokeInvitation(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { invitation_id } = c.req.valid("param");
    await c.get("services").operators.revokeInvitation(c.get("project").id, invitation_id, c.get("requestContext"));
    return c.body(null, 204);
  });
}
