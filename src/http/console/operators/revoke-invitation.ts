// GET and POST /projects/:project_id/operators/invitations/:invitation_id/revoke

import { RevokeInvitation } from "../../../views/console/pages/operators/change.tsx";
import type { AppContext } from "../../context.ts";
import { answerPage, done, pageContext } from "../page.ts";
import { below, operatorsPath } from "./list.ts";

export async function showRevocation(c: AppContext) {
  const invitation = await invitationOf(c);
  const body = RevokeInvitation({
    context: pageContext(c),
    invitation,
    state: { values: {}, problems: undefined },
    path: operatorsPath(c),
    apiPath: `/projects/${invitation.projectId}/operator-invitations/${invitation.id}`,
  });
  return answerPage(c, { ...below(c), title: "Revoke invitation", body });
}

export async function revokeInvitation(c: AppContext) {
  const { projectId, id, email } = await invitationOf(c);
  await c.get("services").operators.revokeInvitation(projectId, id, c.get("requestContext"));
  return done(c, operatorsPath(c), `The invitation of ${email} is revoked.`);
}

async function invitationOf(c: AppContext) {
  return await c.get("services").operators.invitation(c.get("project").id, c.req.param("invitation_id") ?? "");
}
