// Who may use the management API: the root key, a project's API key, or an operator's console session from a client that
// is no browser. What a credential reaches comes out of the credential, never out of the path (T104).

import type { MiddlewareHandler } from "hono";
import { CONSOLE_SLUG } from "../../config.ts";
import { equalSecrets } from "../../crypto/digest.ts";
import { DomainError, notFound } from "../../domain/errors.ts";
import type { Actor } from "../../domain/events/event.ts";
import { type Authority, type OperatorRole, type Permission, permits } from "../../domain/projects/operator-access.ts";
import type { AppContext, AppEnv, ManagementScope } from "../context.ts";
import { isBrowser, readCookie } from "../cookies.ts";

/** The cookie that carries an operator's session token in the documented curl lines. */
export const OPERATOR_COOKIE = "ory_session_ory";

/**
 * Recognises the credential and sets `managementScope` and the actor of audit events.
 * @throws {DomainError} `unauthenticated`, always the same for missing, malformed, unknown, revoked and expired credentials
 *   (T107); `forbidden` for an operator's cookie that a browser sent, which any site could make it do
 */
export const managementKey: MiddlewareHandler<AppEnv> = async (c, next) => {
  const header = c.req.header("Authorization");
  const known = header === undefined ? await byOperatorCookie(c) : await byBearerKey(c, header);
  if (!known) throw unauthenticated();
  c.set("managementScope", known.scope);
  c.set("requestContext", { ...c.get("requestContext"), actor: known.actor });
  await next();
};

/**
 * Checks that the credential may do this in this project.
 * @throws {DomainError} `not_found` when the project is out of its reach, as if it did not exist; `forbidden` when it is in
 *   reach but the role does not allow it
 */
export function requireInProject(c: AppContext, projectId: string, permission: Permission): void {
  const authority = authorityIn(c.get("managementScope"), projectId);
  if (authority === undefined) throw notFound("project");
  if (!permits(authority, permission)) throw forbidden();
}

/**
 * Checks that the credential may do this outside any project.
 * @throws {DomainError} `forbidden`
 */
export function requireEverywhere(c: AppContext, permission: Permission): void {
  const authority = authorityEverywhere(c.get("managementScope"));
  if (authority === undefined || !permits(authority, permission)) throw forbidden();
}

/** Ids of the projects that the credential reaches; undefined when it reaches all. */
export function reachedProjects(scope: ManagementScope): string[] | undefined {
  if (authorityEverywhere(scope) !== undefined) return undefined;
  if (scope.kind === "project") return [scope.projectId];
  return scope.kind === "operator" && scope.access !== "all" ? [...scope.access.keys()] : [];
}

/** Whether the credential reaches the project and may do this in it. */
export function authorityOn(scope: ManagementScope, projectId: string, permission: Permission): boolean {
  const authority = authorityIn(scope, projectId);
  return authority !== undefined && permits(authority, permission);
}

/** Whether the credential may do this outside any project. */
export function authorityOutside(scope: ManagementScope, permission: Permission): boolean {
  const authority = authorityEverywhere(scope);
  return authority !== undefined && permits(authority, permission);
}

/** What an operator reaches, by their grants. A grant on the operators' own project is one on all. */
export function operatorScope(
  homeId: string,
  identityId: string,
  grants: readonly { projectId: string; role: OperatorRole }[],
): Extract<ManagementScope, { kind: "operator" }> {
  const everywhere = grants.find((grant) => grant.projectId === homeId);
  return {
    kind: "operator",
    identityId,
    homeId,
    access: everywhere ? "all" : new Map(grants.map((grant) => [grant.projectId, grant.role])),
    role: everywhere?.role ?? null,
  };
}

interface Known {
  scope: ManagementScope;
  actor: Actor;
}

async function byBearerKey(c: AppContext, header: string): Promise<Known | undefined> {
  const key = /^Bearer +([\x21-\x7e]+)$/i.exec(header)?.[1];
  if (!key) return undefined;
  const { config, apiKeys } = c.get("services");
  if (equalSecrets(key, config.rootKey)) return { scope: { kind: "root" }, actor: { type: "root_key", id: null } };
  const apiKey = await apiKeys.authenticate(key);
  return apiKey && { scope: { kind: "project", projectId: apiKey.projectId }, actor: { type: "api_key", id: apiKey.id } };
}

async function byOperatorCookie(c: AppContext): Promise<Known | undefined> {
  const token = readCookie(c, OPERATOR_COOKIE);
  if (!token) return undefined;
  if (isBrowser(c)) throw browserCookie();
  const { projects, sessions } = c.get("services");
  const home = await projects.findBySlug(CONSOLE_SLUG);
  const session = home && (await sessions.authenticate(home.id, token));
  if (!home || !session?.ok) return undefined;
  const identityId = session.identity.id;
  const scope = operatorScope(home.id, identityId, await projects.operatorGrants(home.id, identityId));
  return { scope, actor: { type: "operator", id: identityId } };
}

function authorityIn(scope: ManagementScope, projectId: string): Authority | undefined {
  if (scope.kind === "project") return scope.projectId === projectId ? "project_key" : undefined;
  if (scope.kind === "operator" && scope.access !== "all") return scope.access.get(projectId);
  const authority = authorityEverywhere(scope);
  // Whoever changes the operators' own project can become any operator, so there an editor only looks.
  const atHome = scope.kind === "operator" && projectId === scope.homeId;
  return atHome && authority === "editor" ? "viewer" : authority;
}

function authorityEverywhere(scope: ManagementScope): Authority | undefined {
  if (scope.kind === "root") return "root";
  return scope.kind === "operator" && scope.access === "all" ? (scope.role ?? undefined) : undefined;
}

function unauthenticated(): DomainError {
  return new DomainError({
    kind: "unauthenticated",
    code: "unauthenticated",
    message: "Send the root key or a project's API key as `Authorization: Bearer …`.",
  });
}

function browserCookie(): DomainError {
  return new DomainError({
    kind: "forbidden",
    code: "browser_session_not_accepted",
    message: "The management API takes an operator's session cookie only from clients that are no browsers.",
  });
}

function forbidden(): DomainError {
  return new DomainError({ kind: "forbidden", code: "forbidden", message: "This credential may not do that." });
}
