// GET and POST /projects/:project_id/organizations/:organization_id/edit

import type { Organization } from "../../../domain/organizations/organization.ts";
import { EditOrganization } from "../../../views/console/pages/organizations/form.tsx";
import type { FormState } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { attempt, formRevision } from "../form.ts";
import { done, pageContext } from "../page.ts";
import { fieldsOf, namingDomains, valuesOf } from "./fields.ts";
import { answerBelow, apiPath, organizationOf, organizationPath } from "./organization.ts";

export async function showEditing(c: AppContext) {
  const organization = await organizationOf(c);
  return answer(c, organization, organization.revision, { values: valuesOf(organization), problems: undefined });
}

export async function changeOrganization(c: AppContext) {
  const form = c.get("form");
  const organization = await organizationOf(c);
  const fields = fieldsOf(form);
  const revision = formRevision(form);
  const { organizations } = c.get("services");
  const result = await attempt(() =>
    namingDomains(fields.domains ?? [], () =>
      organizations.update(organization.projectId, organization.id, fields, revision, c.get("requestContext")),
    ),
  );
  if (!result.ok) return answer(c, organization, revision, { values: form.values(), problems: result.problems });
  return done(c, organizationPath(c, organization), `“${result.value.label}” saved.`);
}

function answer(c: AppContext, organization: Organization, revision: number, state: FormState) {
  const body = EditOrganization({
    context: pageContext(c),
    organization,
    revision,
    state,
    projectLifespan: c.get("project").sessionLifespan,
    path: organizationPath(c, organization),
    apiPath: apiPath(organization),
  });
  return answerBelow(c, organization, "Edit", body, state.problems?.status);
}
