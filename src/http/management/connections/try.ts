// POST /projects/{project_id}/connections/{connection_id}/try

import { createRoute, z } from "@hono/zod-openapi";
import { timestamp } from "../../wire/identity.ts";
import { answer, errors, inProject, type ManagementDoor, security, Timestamp } from "../operation.ts";
import { ConnectionParams, TAG } from "./wire.ts";

const Trial = z
  .object({
    url: z.string().openapi({ description: "Open it in a browser. It works once." }),
    expires_at: Timestamp,
  })
  .openapi("ConnectionTrial");

const route = createRoute({
  method: "post",
  path: "/projects/{project_id}/connections/{connection_id}/try",
  operationId: "tryConnection",
  tags: [TAG],
  summary: "Try a connection with a person",
  description:
    "Gives a link that leads through a whole login at the provider, and ends on a page that shows what came back and whether " +
    "the login would have come through. It makes no session and no identity, and works for a disabled connection, too.",
  security,
  middleware: inProject("write"),
  request: { params: ConnectionParams },
  responses: { 200: answer("The link.", Trial), ...errors(403, 404) },
});

export function tryConnection(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { connection_id } = c.req.valid("param");
    const offer = await c.get("services").login.offerTrial(c.get("project").id, connection_id, c.get("requestContext"));
    return c.json({ url: offer.url, expires_at: timestamp(offer.expiresAt) }, 200);
  });
}
