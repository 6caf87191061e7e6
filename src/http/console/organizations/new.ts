// GET and POST /projects/:project_id/organizations/new

import { NewOrganization } from "../../../views/console/pages/organizations/form.tsx";
import type { FormState } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { attempt, idForNew, postedId } from "../form.ts";
import { answerPage, done, pageContext } from "../page.ts";
import { fieldsOf, namingDomains } from "./fields.ts";
import { organizationPath, organizationsPath } from "./organization.ts";

export function showNew(c: AppContext) {
  return answer(c, idForNew(c), { values: {}, problems: undefined });
}

export async function createOrganization(c: AppContext) {
  const form = c.get("form");
  const id = postedId(form) ?? idForNew(c);
  const fields = fieldsOf(form);
  const { organizations } = c.get("services");
  const result = await attempt(() =>
    namingDomains(fields.domains ?? [], () => organizations.create(c.get("project").id, fields, c.get("requestContext"), id)),
  );
  if (!result.ok) return answer(c, id, { values: form.values(), problems: result.problems });
  const sentence = `Organization “${result.value.label}” created. Next: add the connection its people sign in through.`;
  return done(c, organizationPath(c, result.value), sentence);
}

function answer(c: AppContext, id: string, state: FormState) {
  const project = c.get("project");
  return answerPage(c, {
    title: "New organization",
    section: "organizations",
    crumbs: [{ label: "Organizations", href: organizationsPath(c) }],
    status: state.problems?.status ?? 200,
    body: NewOrganization({
      context: pageContext(c),
      id,
      state,
      projectLifespan: project.sessionLifespan,
      cancelHref: organizationsPath(c),
      apiPath: `/projects/${project.id}/organizations`,
    }),
  });
}
