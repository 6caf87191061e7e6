// DELETE /projects/{project_id}/operators/{operator_id}

import { createRoute } from "@hono/zod-openapi";
import { errors, inProject, type ManagementDoor, security } from "../operation.ts";
import { OperatorParams, TAG } from "./wire.ts";

const route = createRoute({
  method: "delete",
  path: "/projects/{project_id}/operators/{operator_id}",
  operationId: "removeOperator",
  tags: [TAG],
  summary: "Take an operator's access to a project away",
  description: "For the root key and for owners. The person stays; the console project keeps at least one owner who can sign in.",
  security,
  middleware: inProject("manage_operators"),
  request: { params: OperatorParams },
  responses: { 204: { description: "Removed." }, ...errors(403, 404, 409) },
});

export function removeOperator(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { operator_id } = c.req.valid("param");
    await c.get("services").operators.remove(c.get("project"), operator_id, c.get("requestContext"));
    return c.body(null, 204);
  });
}
