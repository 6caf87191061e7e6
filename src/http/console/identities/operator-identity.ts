// Whether a person is an operator: somebody who has access to something has to lose it before they can be deactivated.

import { CONSOLE_SLUG } from "../../../config.ts";
import type { AppContext } from "../../context.ts";

/** Whether the identity is an operator with access to something. */
export async function isOperator(c: AppContext, identityId: string): Promise<boolean> {
  const project = c.get("project");
  if (project.slug !== CONSOLE_SLUG) return false;
  return (await c.get("services").projects.operatorGrants(project.id, identityId)).length > 0;
}
