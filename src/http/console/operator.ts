// Who is at the console, and what they may do. An operator is a person of the console project who has been given access;
// their rights are asked of D1 on every request, with the same rules as the management API's.

import type { MiddlewareHandler } from "hono";
import { DomainError } from "../../domain/errors.ts";
import type { Identity } from "../../domain/identities/identity.ts";
import type { Permission } from "../../domain/projects/operator-access.ts";
import type { Session } from "../../domain/sessions/session.ts";
import { noAccessPage } from "../../views/console/pages/no-access.tsx";
import type { AppContext, AppEnv } from "../context.ts";
import { readCookie, sessionCookie } from "../cookies.ts";
import { authorityOn, operatorScope } from "../middleware/management-key.ts";
import { formPagePolicy } from "../middleware/page-policy.ts";
import { CONSOLE_MOUNT } from "../middleware/project.ts";

/** The operator behind a request to the console. */
export interface Operator {
  identity: Identity;
  session: Session;
  token: string;
}

/** Milliseconds since signing in for which a page with secrets or a deletion opens, and for which its form is accepted. */
const FRESH_PAGE = 15 * 60_000;
const FRESH_FORM = 30 * 60_000;

/**
 * Lets operators pass; sends everybody else to sign in, and who has no access to anything to a page that says so. Sets
 * `operator`, `managementScope` and the actor of audit events.
 */
export const requireOperator: MiddlewareHandler<AppEnv> = async (c, next) => {
  formPagePolicy(c, { mayEndAtProvider: false });
  const { sessions, projects } = c.get("services");
  const home = c.get("project");
  const token = readCookie(c, sessionCookie(c));
  const found = token === undefined ? undefined : await sessions.authenticate(home.id, token);
  if (!token || !found?.ok) return c.redirect(signInPath(c), 303);
  const { session, identity } = found;
  const scope = operatorScope(home.id, identity.id, await projects.operatorGrants(home.id, identity.id));
  c.set("operator", { identity, session, token });
  c.set("managementScope", scope);
  c.set("requestContext", { ...c.get("requestContext"), actor: { type: "operator", id: identity.id } });
  if (scope.access !== "all" && scope.access.size === 0) {
    const logoutToken = sessions.logoutToken(home.id, token) ?? "";
    return c.html(noAccessPage({ email: identity.email ?? "", logoutToken }), 403);
  }
  await next();
};

/**
 * For what shows secrets or ends things: the operator must have signed in a short time ago. A form gets more time than
 * the page it is on, so that nothing typed is lost on the way.
 */
export const freshly: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { session } = c.get("operator");
  const age = c.get("services").runtime.clock() - session.authenticatedAt;
  if (age > (c.req.method === "POST" ? FRESH_FORM : FRESH_PAGE)) return c.redirect(`${signInPath(c)}&refresh=true`, 303);
  await next();
};

/** Whether the operator may do this in the project of the page: what a page offers. The handler's guard asks again. */
export function mayOperate(c: AppContext, permission: Permission): boolean {
  return authorityOn(c.get("managementScope"), c.get("project").id, permission);
}

/** @throws {DomainError} `forbidden`: the page is there, but not for this role */
export function forbiddenForRole(): DomainError {
  return new DomainError({ kind: "forbidden", code: "forbidden", message: "Your role does not allow this." });
}

/** The sign-in page that comes back here. A form cannot be sent again by a redirect, so it comes back to the form's page. */
function signInPath(c: AppContext): string {
  const { pathname, search } = new URL(c.req.url);
  return `${CONSOLE_MOUNT}/login?return_to=${encodeURIComponent(pathname + search)}`;
}
