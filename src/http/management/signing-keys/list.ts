// GET /projects/{project_id}/signing-keys

import { createRoute } from "@hono/zod-openapi";
import { answer, errors, inProject, type ManagementDoor, ProjectParams, security } from "../operation.ts";
import { SigningKeyList, signingKeysToWire, TAG } from "./wire.ts";

const route = createRoute({
  method: "get",
  path: "/projects/{project_id}/signing-keys",
  operationId: "listSigningKeys",
  tags: [TAG],
  summary: "List the keys that a project signs with",
  description: "Their public halves. A project has none until it signs something, or has an app or a session token template.",
  security,
  middleware: inProject("read"),
  request: { params: ProjectParams },
  responses: { 200: answer("The keys: active, then next, then retired ones.", SigningKeyList), ...errors(403, 404) },
});

export function listSigningKeys(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    return c.json(signingKeysToWire(await c.get("services").signingKeys.list(c.get("project").id)), 200);
  });
}
