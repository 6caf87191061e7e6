// PUT /admin/clients/{id}: replaces all settings; what is left out has its default again.

import { createRoute } from "@hono/zod-openapi";
import { unacceptable } from "../../../domain/errors.ts";
import { jsonBody } from "../../management/body.ts";
import { answer, BODY_ERRORS, body, errors, expectedRevision, type ManagementDoor, tag } from "../../management/operation.ts";
import { adminSecurity } from "../schemas.ts";
import { ClientWire, clientFromWire, clientParam, clientToWire, SetClientBody, TAG } from "./wire.ts";

const route = createRoute({
  method: "put",
  path: "/admin/clients/{id}",
  operationId: "setOAuth2Client",
  tags: [TAG],
  summary: "Replace an app's settings",
  description:
    "What is left out has its default again. The secret stays, unless the authentication method needs none any more; a " +
    "method that needs one where there was none makes one, which is in this answer alone.",
  security: adminSecurity,
  middleware: [jsonBody] as const,
  request: { params: clientParam, body: body(SetClientBody) },
  responses: { 200: answer("The app.", ClientWire), ...errors(404, 409, ...BODY_ERRORS) },
});

export function setClient(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { id } = c.req.valid("param");
    const wanted = c.req.valid("json");
    if (wanted.client_id !== undefined && wanted.client_id !== id) {
      throw unacceptable([{ field: "client_id", code: "read_only", message: "An app keeps its client_id." }]);
    }
    const { clients, runtime } = c.get("services");
    const written = await clients.update(
      c.get("project").id,
      id,
      () => clientFromWire(wanted),
      expectedRevision(c),
      c.get("requestContext"),
    );
    tag(c, written.client);
    return c.json(clientToWire(written, runtime.clock()), 200);
  });
}
