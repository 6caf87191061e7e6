// GET /admin/clients/{id}

import { createRoute } from "@hono/zod-openapi";
import { answer, errors, type ManagementDoor, tag } from "../../management/operation.ts";
import { adminSecurity } from "../schemas.ts";
import { ClientWire, clientParam, clientToWire, TAG } from "./wire.ts";

const route = createRoute({
  method: "get",
  path: "/admin/clients/{id}",
  operationId: "getOAuth2Client",
  tags: [TAG],
  summary: "Get an app",
  description: "Never with its secret.",
  security: adminSecurity,
  request: { params: clientParam },
  responses: { 200: answer("The app.", ClientWire), ...errors(404) },
});

export function getClient(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { clients, runtime } = c.get("services");
    const client = await clients.get(c.get("project").id, c.req.valid("param").id);
    tag(c, client);
    return c.json(clientToWire({ client }, runtime.clock()), 200);
  });
}
