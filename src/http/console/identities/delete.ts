// GET and POST /projects/:project_id/identities/:identity_id/delete

import type { Identity } from "../../../domain/identities/identity.ts";
import { originOf } from "../../../domain/projects/hosts.ts";
import { DeleteIdentity } from "../../../views/console/pages/identities/delete.tsx";
import { titleOf } from "../../../views/console/pages/identities/identity.tsx";
import type { FormState } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { problem } from "../form.ts";
import { done, pageContext } from "../page.ts";
import { requireNoAccess } from "./detail.ts";
import { answerBelowList, identitiesPath, identityId, identityPath } from "./identity.ts";

export async function showDeletion(c: AppContext) {
  const { identity } = await c.get("services").identities.get(c.get("project").id, identityId(c));
  return answer(c, identity, { values: {}, problems: undefined });
}

export async function deleteIdentity(c: AppContext) {
  const form = c.get("form");
  const { identities } = c.get("services");
  const { identity } = await identities.get(c.get("project").id, identityId(c));
  if (form.text("confirmation") !== confirmationOf(identity)) {
    const problems = problem("confirmation", "This is not what is asked for. Nothing has been deleted.");
    return answer(c, identity, { values: form.values(), problems });
  }
  await requireNoAccess(c, identity.id);
  await identities.delete(identity.projectId, identity.id, c.get("requestContext"));
  return done(c, identitiesPath(c), `${titleOf(identity)} deleted.`);
}

function confirmationOf(identity: Identity): string {
  return identity.email ?? identity.id;
}

function answer(c: AppContext, identity: Identity, state: FormState) {
  const body = DeleteIdentity({
    context: pageContext(c),
    identity,
    confirmation: confirmationOf(identity),
    state,
    cancelHref: identityPath(c, identity.id),
    origin: originOf(c.get("project"), c.get("services").config),
  });
  return answerBelowList(c, `Delete ${titleOf(identity)}`, body, state.problems?.status);
}
