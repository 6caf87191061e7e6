// GET and POST /projects/:project_id/operators/invite: the link is in the answer to the form, once. Sent again, the form
// says that there is an invitation already.

import { DomainError } from "../../../domain/errors.ts";
import { InvitationLink, InvitedBefore, InviteOperator } from "../../../views/console/pages/operators/invite.tsx";
import type { FormState } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { attempt, idForNew, postedId } from "../form.ts";
import { answerPage, pageContext } from "../page.ts";
import { invitationUrl } from "./links.ts";
import { below, operatorsPath, projectOf } from "./list.ts";

export function showInviting(c: AppContext) {
  return answerForm(c, idForNew(c), { values: { role: "viewer" }, problems: undefined });
}

export async function inviteOperator(c: AppContext) {
  const form = c.get("form");
  const id = postedId(form) ?? idForNew(c);
  const { operators, config } = c.get("services");
  const fields = { id, email: form.text("email"), role: form.text("role") };
  const made = await attempt(() => operators.invite(c.get("project"), fields, c.get("requestContext")).catch(madeBefore));
  if (!made.ok) return answerForm(c, id, { values: form.values(), problems: made.problems });
  const path = operatorsPath(c);
  if (made.value === undefined) return answerPage(c, { ...below(c), title: "Invited before", body: InvitedBefore({ path }) });
  const { invitation, token } = made.value;
  const url = invitationUrl(config.baseUrl.origin, token);
  const body = InvitationLink({ context: pageContext(c), invitation, url, path });
  return answerPage(c, { ...below(c), title: "Invitation created", body });
}

function madeBefore(error: unknown): undefined {
  if (error instanceof DomainError && error.code === "invitation_exists") return undefined;
  throw error;
}

function answerForm(c: AppContext, id: string, state: FormState) {
  const body = InviteOperator({
    context: pageContext(c),
    project: projectOf(c),
    id,
    state,
    path: operatorsPath(c),
    apiPath: `/projects/${c.get("project").id}/operator-invitations`,
  });
  return answerPage(c, { ...below(c), title: "Invite an operator", status: state.problems?.status ?? 200, body });
}
