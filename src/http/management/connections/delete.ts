// DELETE /projects/{project_id}/connections/{connection_id}

import { createRoute } from "@hono/zod-openapi";
import { errors, inProject, type ManagementDoor, security } from "../operation.ts";
import { ConnectionParams, TAG } from "./wire.ts";

const route = createRoute({
  method: "delete",
  path: "/projects/{project_id}/connections/{connection_id}",
  operationId: "deleteConnection",
  tags: [TAG],
  summary: "Delete a connection",
  description: "Ends the sessions that rest on it.",
  security,
  middleware: inProject("write"),
  request: { params: ConnectionParams },
  responses: { 204: { description: "Deleted." }, ...errors(403, 404, 409) },
});

export function deleteConnection(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { connection_id } = c.req.valid("param");
    await c.get("services").connections.delete(c.get("project").id, connection_id, c.get("requestContext"));
    return c.body(null, 204);
  });
}
