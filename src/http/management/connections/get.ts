// GET /projects/{project_id}/connections/{connection_id}

import { createRoute } from "@hono/zod-openapi";
import { answer, errors, inProject, type ManagementDoor, security, tag } from "../operation.ts";
import { ConnectionParams, ConnectionWire, connectionToWire, TAG } from "./wire.ts";

const route = createRoute({
  method: "get",
  path: "/projects/{project_id}/connections/{connection_id}",
  operationId: "getConnection",
  tags: [TAG],
  summary: "Get a connection",
  security,
  middleware: inProject("read"),
  request: { params: ConnectionParams },
  responses: { 200: answer("The connection.", ConnectionWire), ...errors(403, 404) },
});

export function getConnection(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { connection_id } = c.req.valid("param");
    const connection = await c.get("services").connections.get(c.get("project").id, connection_id);
    tag(c, connection);
    return c.json(connectionToWire(connection), 200);
  });
}
