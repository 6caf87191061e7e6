// POST /projects/{project_id}/signing-keys/rotate

import { createRoute } from "@hono/zod-openapi";
import { answer, BODY_ERRORS, body, errors, inProject, type ManagementDoor, ProjectParams, security } from "../operation.ts";
import { RotateSigningKeysBody, SigningKeyList, signingKeysToWire, TAG } from "./wire.ts";

const route = createRoute({
  method: "post",
  path: "/projects/{project_id}/signing-keys/rotate",
  operationId: "rotateSigningKeys",
  tags: [TAG],
  summary: "Rotate the keys that a project signs with",
  description:
    "The new key is published at once and signs ten minutes later, when every verifier has it; the old one stays published " +
    "until the last token it signed has expired.",
  security,
  middleware: inProject("manage_keys", { body: true }),
  request: { params: ProjectParams, body: body(RotateSigningKeysBody) },
  responses: { 200: answer("All keys as they are now.", SigningKeyList), ...errors(403, 404, 409, ...BODY_ERRORS) },
});

export function rotateSigningKeys(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { alg, revoke_previous } = c.req.valid("json");
    const rotation = { alg, revokePrevious: revoke_previous };
    const keys = await c.get("services").signingKeys.rotate(c.get("project").id, rotation, c.get("requestContext"));
    return c.json(signingKeysToWire(keys), 200);
  });
}
