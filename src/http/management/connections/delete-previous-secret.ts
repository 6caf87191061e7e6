// DELETE /projects/{project_id}/connections/{connection_id}/previous-secret

import { createRoute } from "@hono/zod-openapi";
import { errors, inProject, type ManagementDoor, security } from "../operation.ts";
import { ConnectionParams, TAG } from "./wire.ts";

const route = createRoute({
  method: "delete",
  path: "/projects/{project_id}/connections/{connection_id}/previous-secret",
  operationId: "deletePreviousConnectionSecret",
  tags: [TAG],
  summary: "Give up the client secret before the rotation",
  description: "Only the new secret is used from now on. 409 when no old one is kept.",
  security,
  middleware: inProject("write"),
  request: { params: ConnectionParams },
  responses: { 204: { description: "Given up." }, ...errors(403, 404, 409) },
});

export function deletePreviousConnectionSecret(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { connection_id } = c.req.valid("param");
    await c.get("services").connections.forgetPreviousSecret(c.get("project").id, connection_id, c.get("requestContext"));
    return c.body(null, 204);
  });
}
