// Who may change people. In the operators' own project an identity is an operator: whoever could change those could become
// another of them, so that takes an owner.

import type { MiddlewareHandler } from "hono";
import { CONSOLE_SLUG } from "../../../config.ts";
import type { AppContext, AppEnv } from "../../context.ts";
import { forbiddenForRole, mayOperate } from "../operator.ts";

/** @throws {DomainError} `forbidden` */
export const ownersAmongOperators: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (!mayChangePeople(c)) throw forbiddenForRole();
  await next();
};

export function mayChangePeople(c: AppContext): boolean {
  return mayOperate(c, "write") && (c.get("project").slug !== CONSOLE_SLUG || mayOperate(c, "manage_keys"));
}

/** Whether the identity is an operator with access to something. */
export async function isOperator(c: AppContext, identityId: string): Promise<boolean> {
  const project = c.get("project");
  if (project.slug !== CONSOLE_SLUG) return false;
  return (await c.get("services").projects.operatorGrants(project.id, identityId)).length > 0;
}
