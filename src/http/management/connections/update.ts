// PATCH /projects/{project_id}/connections/{connection_id}

import { createRoute } from "@hono/zod-openapi";
import {
  answer,
  BODY_ERRORS,
  body,
  errors,
  expectedRevision,
  inProject,
  type ManagementDoor,
  security,
  tag,
} from "../operation.ts";
import { ConnectionParams, ConnectionWire, connectionFromWire, connectionToWire, TAG, UpdateConnectionBody } from "./wire.ts";

const route = createRoute({
  method: "patch",
  path: "/projects/{project_id}/connections/{connection_id}",
  operationId: "updateConnection",
  tags: [TAG],
  summary: "Change a connection",
  description:
    "Replaces the fields that are given. A new issuer, client, authentication method or algorithm, and disabling, end the " +
    "logins under way and the sessions that rest on the connection.",
  security,
  middleware: inProject("write", { body: true }),
  request: { params: ConnectionParams, body: body(UpdateConnectionBody) },
  responses: { 200: answer("The connection.", ConnectionWire), ...errors(403, 404, 409, ...BODY_ERRORS) },
});

export function updateConnection(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { connection_id } = c.req.valid("param");
    const fields = connectionFromWire(c.req.valid("json"));
    const connection = await c
      .get("services")
      .connections.update(c.get("project").id, connection_id, fields, expectedRevision(c), c.get("requestContext"));
    tag(c, connection);
    return c.json(connectionToWire(connection), 200);
  });
}
