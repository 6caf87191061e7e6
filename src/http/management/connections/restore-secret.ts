// POST /projects/{project_id}/connections/{connection_id}/restore-secret

import { createRoute } from "@hono/zod-openapi";
import { answer, errors, inProject, type ManagementDoor, security, tag } from "../operation.ts";
import { ConnectionParams, ConnectionWire, connectionToWire, TAG } from "./wire.ts";

const route = createRoute({
  method: "post",
  path: "/projects/{project_id}/connections/{connection_id}/restore-secret",
  operationId: "restoreConnectionSecret",
  tags: [TAG],
  summary: "Go back to the client secret before the rotation",
  description: "The old secret becomes the only one. 409 when none is kept.",
  security,
  middleware: inProject("write"),
  request: { params: ConnectionParams },
  responses: { 200: answer("The connection.", ConnectionWire), ...errors(403, 404, 409) },
});

export function restoreConnectionSecret(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { connection_id } = c.req.valid("param");
    const { connections } = c.get("services");
    const connection = await connections.restoreSecret(c.get("project").id, connection_id, c.get("requestContext"));
    tag(c, connection);
    return c.json(connectionToWire(connection), 200);
  });
}
