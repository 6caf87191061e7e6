// DELETE /admin/identities/{id}/sessions

import { createRoute } from "@hono/zod-openapi";
import { errors, type ManagementDoor } from "../../management/operation.ts";
import { adminSecurity, idParam } from "../schemas.ts";

const route = createRoute({
  method: "delete",
  path: "/admin/identities/{id}/sessions",
  operationId: "deleteIdentitySessions",
  tags: ["identities"],
  summary: "End all sessions of an identity",
  description: "From the next request on none of them is accepted.",
  security: adminSecurity,
  request: { params: idParam },
  responses: { 204: { description: "Ended." }, ...errors(404) },
});

export function deleteIdentitySessions(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { sessions, identities } = c.get("services");
    const { identity } = await identities.get(c.get("project").id, c.req.valid("param").id);
    await sessions.revokeAll(identity.projectId, identity.id, c.get("requestContext"));
    return c.body(null, 204);
  });
}
