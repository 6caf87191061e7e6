// An invitation of an operator on the wire.

import { z } from "@hono/zod-openapi";
import type { Invitation } from "../../../domain/operators/operator.ts";
import { timestamp } from "../../wire/identity.ts";
import { Id, ProjectParams, Timestamp } from "../operation.ts";
import { Role, TAG } from "../operators/wire.ts";

export { TAG };

export const InvitationParams = ProjectParams.extend({
  invitation_id: z.string().openapi({ param: { name: "invitation_id", in: "path" }, format: "uuid" }),
});

const email = z.string().openapi({ description: "The address to sign in under.", example: "kim@example.com" });

export const CreateInvitationBody = z.strictObject({ email, role: Role }).openapi("CreateOperatorInvitationBody");

export const InvitationWire = z
  .object({ id: Id, project_id: Id, email, role: Role, created_at: Timestamp, expires_at: Timestamp })
  .openapi("OperatorInvitation");

export function invitationToWire(invitation: Invitation): z.infer<typeof InvitationWire> {
  const { id, projectId, role, createdAt, expiresAt } = invitation;
  return {
    id,
    project_id: projectId,
    email: invitation.email,
    role,
    created_at: timestamp(createdAt),
    expires_at: timestamp(expiresAt),
  };
}
