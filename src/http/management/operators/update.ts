// PATCH /projects/{project_id}/operators/{operator_id}

import { createRoute } from "@hono/zod-openapi";
import { answer, BODY_ERRORS, body, errors, inProject, type ManagementDoor, security } from "../operation.ts";
import { OperatorParams, OperatorWire, operatorToWire, TAG, UpdateOperatorBody } from "./wire.ts";

const route = createRoute({
  method: "patch",
  path: "/projects/{project_id}/operators/{operator_id}",
  operationId: "updateOperator",
  tags: [TAG],
  summary: "Change the role of an operator",
  description: "For the root key and for owners. The console project keeps at least one owner who can sign in.",
  security,
  middleware: inProject("manage_operators", { body: true }),
  request: { params: OperatorParams, body: body(UpdateOperatorBody) },
  responses: { 200: answer("The operator.", OperatorWire), ...errors(403, 404, 409, ...BODY_ERRORS) },
});

export function updateOperator(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { operator_id } = c.req.valid("param");
    const { role } = c.req.valid("json");
    const operator = await c.get("services").operators.changeRole(c.get("project"), operator_id, role, c.get("requestContext"));
    return c.json(operatorToWire(operator), 200);
  });
}
