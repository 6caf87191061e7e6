// POST /projects/{project_id}/operator-invitations

import { createRoute, z } from "@hono/zod-openapi";
import { invitationUrl } from "../../console/operators/links.ts";
import { answer, BODY_ERRORS, body, errors, inProject, type ManagementDoor, ProjectParams, security } from "../operation.ts";
import { CreateInvitationBody, InvitationWire, invitationToWire, TAG } from "./wire.ts";

const NewInvitation = InvitationWire.extend({
  url: z.string().openapi({ description: "The link to pass on. It is in this answer alone." }),
}).openapi("NewOperatorInvitation");

const route = createRoute({
  method: "post",
  path: "/projects/{project_id}/operator-invitations",
  operationId: "createOperatorInvitation",
  tags: [TAG],
  summary: "Invite an operator",
  description:
    "For the root key and for owners. Gives a link that works once within seven days, for whoever signs in under the address; " +
    "no mail is sent. An earlier invitation of the same address ends. An invitation to the console project is one to every project.",
  security,
  middleware: inProject("manage_operators", { body: true }),
  request: { params: ProjectParams, body: body(CreateInvitationBody) },
  responses: { 201: answer("The invitation.", NewInvitation), ...errors(403, 404, 409, ...BODY_ERRORS) },
});

export function createInvitation(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const fields = c.req.valid("json");
    const { operators, config } = c.get("services");
    const { invitation, token } = await operators.invite(c.get("project"), fields, c.get("requestContext"));
    return c.json({ ...invitationToWire(invitation), url: invitationUrl(config.baseUrl.origin, token) }, 201);
  });
}
