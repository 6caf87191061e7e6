// DELETE /admin/clients/{id}

import { createRoute } from "@hono/zod-openapi";
import { errors, type ManagementDoor } from "../../management/operation.ts";
import { adminSecurity } from "../schemas.ts";
import { clientParam, TAG } from "./wire.ts";

const route = createRoute({
  method: "delete",
  path: "/admin/clients/{id}",
  operationId: "deleteOAuth2Client",
  tags: [TAG],
  summary: "Delete an app",
  description: "From the next request on it is unknown, and so is everything that was given out to it.",
  security: adminSecurity,
  request: { params: clientParam },
  responses: { 204: { description: "Deleted." }, ...errors(404) },
});

export function deleteClient(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    await c.get("services").clients.delete(c.get("project").id, c.req.valid("param").id, c.get("requestContext"));
    return c.body(null, 204);
  });
}
