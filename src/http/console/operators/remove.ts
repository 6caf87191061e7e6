// GET and POST /projects/:project_id/operators/:operator_id/remove

import type { Operator } from "../../../domain/operators/operator.ts";
import { RemoveOperator } from "../../../views/console/pages/operators/change.tsx";
import type { FormState } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { CONSOLE_MOUNT } from "../../middleware/project.ts";
import { attempt, problem } from "../form.ts";
import { answerPage, done } from "../page.ts";
import { changeProps, operatorOf } from "./change-role.ts";
import { below, operatorsPath } from "./list.ts";

export async function showRemoval(c: AppContext) {
  return answer(c, await operatorOf(c), { values: {}, problems: undefined });
}

export async function removeOperator(c: AppContext) {
  const form = c.get("form");
  const operator = await operatorOf(c);
  const name = operator.email ?? operator.id;
  if (form.text("confirmation") !== name) {
    const problems = problem("confirmation", "This is not the operator's address. Nothing has been changed.");
    return answer(c, operator, { values: form.values(), problems });
  }
  const { operators } = c.get("services");
  const result = await attempt(() => operators.remove(c.get("project"), operator.id, c.get("requestContext")));
  if (!result.ok) return answer(c, operator, { values: form.values(), problems: result.problems });
  const own = operator.id === c.get("operator").identity.id;
  return done(c, own ? CONSOLE_MOUNT : operatorsPath(c), `${name} has no access any more.`);
}

function answer(c: AppContext, operator: Operator, state: FormState) {
  const body = RemoveOperator(changeProps(c, operator, state));
  return answerPage(c, { ...below(c), title: "Remove operator", status: state.problems?.status ?? 200, body });
}
