// POST /admin/clients

import { createRoute } from "@hono/zod-openapi";
import { jsonBody } from "../../management/body.ts";
import { answer, BODY_ERRORS, body, errors, type ManagementDoor, tag } from "../../management/operation.ts";
import { adminSecurity } from "../schemas.ts";
import { ClientWire, CreateClientBody, clientFromWire, clientToWire, TAG } from "./wire.ts";

const route = createRoute({
  method: "post",
  path: "/admin/clients",
  operationId: "createOAuth2Client",
  tags: [TAG],
  summary: "Register an app",
  description: "Orgate chooses client_id and client_secret. The secret is in this answer alone.",
  security: adminSecurity,
  middleware: [jsonBody] as const,
  request: { body: body(CreateClientBody) },
  responses: { 201: answer("The app, with its secret.", ClientWire), ...errors(...BODY_ERRORS) },
});

export function createClient(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { clients, runtime } = c.get("services");
    const written = await clients.create(c.get("project").id, clientFromWire(c.req.valid("json")), c.get("requestContext"));
    c.header("Location", `/admin/clients/${written.client.id}`);
    tag(c, written.client);
    return c.json(clientToWire(written, runtime.clock()), 201);
  });
}
