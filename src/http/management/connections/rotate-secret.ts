// POST /projects/{project_id}/connections/{connection_id}/rotate-secret

import { createRoute, z } from "@hono/zod-openapi";
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
import { ConnectionParams, ConnectionWire, connectionToWire, TAG } from "./wire.ts";

const RotateSecretBody = z
  .strictObject({ client_secret: z.string().openapi({ description: "Write-only.", writeOnly: true }) })
  .openapi("RotateConnectionSecretBody");

const route = createRoute({
  method: "post",
  path: "/projects/{project_id}/connections/{connection_id}/rotate-secret",
  operationId: "rotateConnectionSecret",
  tags: [TAG],
  summary: "Replace the client secret without a gap",
  description:
    "From now on the new secret is tried first, and the old one when the provider does not know the new one. The first login " +
    "with the new secret forgets the old one. Nobody is logged out.",
  security,
  middleware: inProject("write", { body: true }),
  request: { params: ConnectionParams, body: body(RotateSecretBody) },
  responses: { 200: answer("The connection.", ConnectionWire), ...errors(403, 404, 409, ...BODY_ERRORS) },
});

export function rotateConnectionSecret(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { connection_id } = c.req.valid("param");
    const { client_secret } = c.req.valid("json");
    const { connections } = c.get("services");
    const context = c.get("requestContext");
    const connection = await connections.rotateSecret(
      c.get("project").id,
      connection_id,
      client_secret,
      expectedRevision(c),
      context,
    );
    tag(c, connection);
    return c.json(connectionToWire(connection), 200);
  });
}
