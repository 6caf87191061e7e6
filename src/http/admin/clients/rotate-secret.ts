// POST and DELETE /admin/clients/{id}/secrets/rotate: a new secret beside the old ones, and the end of the old ones.

import { createRoute, z } from "@hono/zod-openapi";
import { DEFAULT_OVERLAP } from "../../../domain/clients/secrets.ts";
import { answer, errors, type ManagementDoor, tag } from "../../management/operation.ts";
import { adminSecurity } from "../schemas.ts";
import { ClientWire, clientParam, clientToWire, TAG } from "./wire.ts";

const PATH = "/admin/clients/{id}/secrets/rotate";

const rotateRoute = createRoute({
  method: "post",
  path: PATH,
  operationId: "rotateOAuth2ClientSecret",
  tags: [TAG],
  summary: "Rotate an app's secret",
  description: "The new secret is in this answer alone. Earlier ones stay valid for `overlap`, so that nothing stops working.",
  security: adminSecurity,
  request: {
    params: clientParam,
    query: z.object({
      overlap: z
        .string()
        .optional()
        .openapi({
          param: { name: "overlap", in: "query" },
          description: `Up to 720h; ${DEFAULT_OVERLAP} when left out.`,
          example: "1h",
        }),
    }),
  },
  responses: { 200: answer("The app, with its new secret.", ClientWire), ...errors(404, 409, 422) },
});

const deleteRoute = createRoute({
  method: "delete",
  path: PATH,
  operationId: "deleteRotatedOAuth2ClientSecrets",
  tags: [TAG],
  summary: "End an app's earlier secrets",
  description: "Only the newest secret is accepted from the next request on.",
  security: adminSecurity,
  request: { params: clientParam },
  responses: { 200: answer("The app.", ClientWire), ...errors(404) },
});

export function rotateClientSecret(door: ManagementDoor): void {
  door.openapi(rotateRoute, async (c) => {
    const { clients, runtime } = c.get("services");
    const { overlap } = c.req.valid("query");
    const { id } = c.req.valid("param");
    const written = await clients.rotateSecret(c.get("project").id, id, overlap, c.get("requestContext"));
    tag(c, written.client);
    return c.json(clientToWire(written, runtime.clock()), 200);
  });
}

export function deleteRotatedClientSecrets(door: ManagementDoor): void {
  door.openapi(deleteRoute, async (c) => {
    const { clients, runtime } = c.get("services");
    const client = await clients.deleteOldSecrets(c.get("project").id, c.req.valid("param").id, c.get("requestContext"));
    tag(c, client);
    return c.json(clientToWire({ client }, runtime.clock()), 200);
  });
}
