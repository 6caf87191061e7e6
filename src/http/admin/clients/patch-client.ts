// PATCH /admin/clients/{id}: JSON Patch (RFC 6902) over the settings.

import { createRoute, z } from "@hono/zod-openapi";
import type { Client } from "../../../domain/clients/client.ts";
import type { ClientFields } from "../../../domain/clients/rules.ts";
import { jsonBody } from "../../management/body.ts";
import { answer, BODY_ERRORS, body, errors, expectedRevision, type ManagementDoor, tag } from "../../management/operation.ts";
import { rejectSchemaErrors } from "../../schema-errors.ts";
import { applyPatch, patchOperation } from "../json-patch.ts";
import { adminSecurity } from "../schemas.ts";
import { ClientWire, clientDocument, clientFromWire, clientParam, clientToDocument, clientToWire, TAG } from "./wire.ts";

const MAX_OPERATIONS = 100;
const FIELDS = Object.keys(clientDocument.shape);

const route = createRoute({
  method: "patch",
  path: "/admin/clients/{id}",
  operationId: "patchOAuth2Client",
  tags: [TAG],
  summary: "Change an app by JSON Patch",
  description: "Paths begin with the name of a setting, such as /redirect_uris/-.",
  security: adminSecurity,
  middleware: [jsonBody] as const,
  request: { params: clientParam, body: body(z.array(patchOperation).max(MAX_OPERATIONS)) },
  responses: { 200: answer("The app.", ClientWire), ...errors(404, 409, ...BODY_ERRORS) },
});

export function patchClient(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const patch = c.req.valid("json");
    const change = (before: Client): ClientFields => {
      const patched = clientDocument.safeParse(applyPatch(clientToDocument(before), patch, FIELDS));
      rejectSchemaErrors(patched);
      return clientFromWire(patched.data ?? {});
    };
    const { clients, runtime } = c.get("services");
    const { id } = c.req.valid("param");
    const written = await clients.update(c.get("project").id, id, change, expectedRevision(c), c.get("requestContext"));
    tag(c, written.client);
    return c.json(clientToWire(written, runtime.clock()), 200);
  });
}
