// GET and POST /projects/:project_id/organizations/:organization_id/delete

import type { Organization } from "../../../domain/organizations/organization.ts";
import { DeleteOrganization } from "../../../views/console/pages/organizations/delete.tsx";
import type { FormState } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { problem } from "../form.ts";
import { done, pageContext } from "../page.ts";
import { answerBelow, apiPath, organizationOf, organizationPath, organizationsPath } from "./organization.ts";

export async function showDeletion(c: AppContext) {
  return await answer(c, await organizationOf(c), { values: {}, problems: undefined });
}

export async function deleteOrganization(c: AppContext) {
  const form = c.get("form");
  const organization = await organizationOf(c);
  if (form.text("confirmation") !== organization.label) {
    const problems = problem("confirmation", "This is not the organization's name. Nothing has been deleted.");
    return await answer(c, organization, { values: form.values(), problems });
  }
  await c.get("services").organizations.delete(organization.projectId, organization.id, c.get("requestContext"));
  return done(c, organizationsPath(c), `Organization “${organization.label}” deleted.`);
}

async function answer(c: AppContext, organization: Organization, state: FormState) {
  const counts = await c.get("services").organizations.counts(organization.projectId, organization.id);
  const body = DeleteOrganization({
    context: pageContext(c),
    organization,
    counts,
    state,
    cancelHref: organizationPath(c, organization),
    apiPath: apiPath(organization),
  });
  return await answerBelow(c, organization, "Delete", body, state.problems?.status);
}
