// An operator's access on the wire.

import { z } from "@hono/zod-openapi";
import type { Operator } from "../../../domain/operators/operator.ts";
import { OPERATOR_ROLES } from "../../../domain/projects/operator-access.ts";
import { timestamp } from "../../wire/identity.ts";
import { Id, ProjectParams, Timestamp } from "../operation.ts";

export const TAG = "operators";

export const Role = z.enum(OPERATOR_ROLES, { error: "Choose owner, editor or viewer." }).openapi({ example: "editor" });

export const OperatorParams = ProjectParams.extend({
  operator_id: z.string().openapi({ param: { name: "operator_id", in: "path" }, format: "uuid" }),
});

export const UpdateOperatorBody = z.strictObject({ role: Role }).openapi("UpdateOperatorBody");

export const OperatorWire = z
  .object({
    id: Id.openapi({ description: "Id of the person in the console project." }),
    project_id: Id,
    email: z.string().nullable().openapi({ example: "kim@example.com" }),
    name: z.string().nullable(),
    state: z.enum(["active", "inactive"]),
    role: Role,
    created_at: Timestamp,
  })
  .openapi("Operator");

export function operatorToWire(operator: Operator): z.infer<typeof OperatorWire> {
  const { id, projectId, email, name, state, role, createdAt } = operator;
  return { id, project_id: projectId, email, name, state, role, created_at: timestamp(createdAt) };
}
