// POST /projects/{project_id}/connections

import { createRoute } from "@hono/zod-openapi";
import { answer, BODY_ERRORS, body, errors, inProject, type ManagementDoor, ProjectParams, security, tag } from "../operation.ts";
import { ConnectionWire, CreateConnectionBody, connectionFromWire, connectionToWire, TAG } from "./wire.ts";

const route = createRoute({
  method: "post",
  path: "/projects/{project_id}/connections",
  operationId: "createConnection",
  tags: [TAG],
  summary: "Create a connection",
  description: "What is left out comes from the provider's preset. Register the answer's `redirect_uri` at the provider.",
  security,
  middleware: inProject("write", { body: true }),
  request: { params: ProjectParams, body: body(CreateConnectionBody) },
  responses: { 201: answer("The connection.", ConnectionWire), ...errors(403, 404, ...BODY_ERRORS) },
});

export function createConnection(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const wire = c.req.valid("json");
    const fields = { ...connectionFromWire(wire), issuerUrl: wire.issuer_url, clientId: wire.client_id };
    const connection = await c.get("services").connections.create(c.get("project"), fields, c.get("requestContext"));
    tag(c, connection);
    return c.json(connectionToWire(connection), 201);
  });
}
