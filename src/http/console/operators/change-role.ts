// GET and POST /projects/:project_id/operators/:operator_id/role

import type { Operator } from "../../../domain/operators/operator.ts";
import { type ChangeOperatorProps, ChangeRole } from "../../../views/console/pages/operators/change.tsx";
import { ROLE_NAMES } from "../../../views/console/pages/operators/roles.ts";
import type { FormState } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { attempt } from "../form.ts";
import { answerPage, done, pageContext } from "../page.ts";
import { below, operatorsPath, projectOf } from "./list.ts";

export async function showRole(c: AppContext) {
  const operator = await operatorOf(c);
  return answer(c, operator, { values: { role: operator.role }, problems: undefined });
}

export async function changeRole(c: AppContext) {
  const form = c.get("form");
  const operator = await operatorOf(c);
  const { operators } = c.get("services");
  const result = await attempt(() =>
    operators.changeRole(c.get("project"), operator.id, form.text("role"), c.get("requestContext")),
  );
  if (!result.ok) return answer(c, operator, { values: form.values(), problems: result.problems });
  return done(c, operatorsPath(c), `${operator.email ?? "The operator"} is ${ROLE_NAMES[result.value.role]} now.`);
}

/** The operator that the path names. @throws {DomainError} `not_found` */
export async function operatorOf(c: AppContext): Promise<Operator> {
  return await c.get("services").operators.get(c.get("project").id, c.req.param("operator_id") ?? "");
}

/** What the pages about one operator show. */
export function changeProps(c: AppContext, operator: Operator, state: FormState): ChangeOperatorProps {
  return {
    context: pageContext(c),
    project: projectOf(c),
    operator,
    self: operator.id === c.get("operator").identity.id,
    state,
    path: operatorsPath(c),
    apiPath: `/projects/${operator.projectId}/operators/${operator.id}`,
  };
}

function answer(c: AppContext, operator: Operator, state: FormState) {
  const body = ChangeRole(changeProps(c, operator, state));
  return answerPage(c, { ...below(c), title: "Change role", status: state.problems?.status ?? 200, body });
}
