// DELETE /admin/identities/{id}: with its sessions, credentials and operator rights.

import { createRoute } from "@hono/zod-openapi";
import { errors, type ManagementDoor } from "../../management/operation.ts";
import { adminSecurity, idParam } from "../schemas.ts";

const route = createRoute({
  method: "delete",
  path: "/admin/identities/{id}",
  operationId: "deleteIdentity",
  tags: ["identities"],
  summary: "Delete an identity",
  description:
    "Ends its sessions and deletes its credentials. A later single sign-on of the same person makes a new identity. " +
    "The last owner of all projects who can sign in is a 409.",
  security: adminSecurity,
  request: { params: idParam },
  responses: { 204: { description: "Deleted." }, ...errors(404, 409) },
});

export function deleteIdentity(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    await c.get("services").identities.delete(c.get("project").id, c.req.valid("param").id, c.get("requestContext"));
    return c.body(null, 204);
  });
}
