// DELETE /admin/sessions/{id}

import { createRoute } from "@hono/zod-openapi";
import { errors, type ManagementDoor } from "../../management/operation.ts";
import { adminSecurity, idParam } from "../schemas.ts";

const route = createRoute({
  method: "delete",
  path: "/admin/sessions/{id}",
  operationId: "disableSession",
  tags: ["sessions"],
  summary: "End a session",
  description: "From the next request on it is not accepted.",
  security: adminSecurity,
  request: { params: idParam },
  responses: { 204: { description: "Ended." }, ...errors(404) },
});

export function disableSession(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    await c.get("services").sessions.revokeById(c.get("project").id, c.req.valid("param").id, c.get("requestContext"));
    return c.body(null, 204);
  });
}
