// The management API: /projects and everything below it, and its own description at /openapi.json and /docs.

import { OpenAPIHono } from "@hono/zod-openapi";
import { DomainError } from "../../domain/errors.ts";
import type { AppEnv } from "../context.ts";
import { managementKey } from "../middleware/management-key.ts";
import { baseHostOnly } from "../middleware/project.ts";
import { rejectSchemaErrors } from "../schema-errors.ts";
import { createApiKey } from "./api-keys/create.ts";
import { revokeApiKey } from "./api-keys/delete.ts";
import { getApiKey } from "./api-keys/get.ts";
import { listApiKeys } from "./api-keys/list.ts";
import { checkConnection } from "./connections/check.ts";
import { createConnection } from "./connections/create.ts";
import { deleteConnection } from "./connections/delete.ts";
import { deletePreviousConnectionSecret } from "./connections/delete-previous-secret.ts";
import { getConnection } from "./connections/get.ts";
import { listConnections } from "./connections/list.ts";
import { restoreConnectionSecret } from "./connections/restore-secret.ts";
import { rotateConnectionSecret } from "./connections/rotate-secret.ts";
import { tryConnection } from "./connections/try.ts";
import { updateConnection } from "./connections/update.ts";
import { describe } from "./description.ts";
import { listEvents } from "./events/list.ts";
import type { ManagementDoor } from "./operation.ts";
import { createInvitation } from "./operator-invitations/create.ts";
import { revokeInvitation } from "./operator-invitations/delete.ts";
import { listInvitations } from "./operator-invitations/list.ts";
import { removeOperator } from "./operators/delete.ts";
import { listOperators } from "./operators/list.ts";
import { updateOperator } from "./operators/update.ts";
import { createOrganization } from "./organizations/create.ts";
import { deleteOrganization } from "./organizations/delete.ts";
import { getOrganization } from "./organizations/get.ts";
import { listOrganizations } from "./organizations/list.ts";
import { revokeOrganizationSessions } from "./organizations/revoke-sessions.ts";
import { updateOrganization } from "./organizations/update.ts";
import { createProject } from "./projects/create.ts";
import { deleteProject } from "./projects/delete.ts";
import { deleteProjectLogo } from "./projects/delete-logo.ts";
import { getProject } from "./projects/get.ts";
import { listProjects } from "./projects/list.ts";
import { moveProject } from "./projects/move.ts";
import { setProjectLogo } from "./projects/set-logo.ts";
import { updateProject } from "./projects/update.ts";
import { getRouting } from "./routing/get.ts";
import { deleteTemplate } from "./session-token-templates/delete.ts";
import { getTemplate } from "./session-token-templates/get.ts";
import { listTemplates } from "./session-token-templates/list.ts";
import { putTemplate } from "./session-token-templates/put.ts";
import { listSigningKeys } from "./signing-keys/list.ts";
import { rotateSigningKeys } from "./signing-keys/rotate.ts";

const OPERATIONS = [
  listProjects,
  createProject,
  getProject,
  updateProject,
  deleteProject,
  moveProject,
  setProjectLogo,
  deleteProjectLogo,
  listOrganizations,
  createOrganization,
  getOrganization,
  updateOrganization,
  deleteOrganization,
  revokeOrganizationSessions,
  listConnections,
  createConnection,
  getConnection,
  updateConnection,
  deleteConnection,
  checkConnection,
  tryConnection,
  rotateConnectionSecret,
  restoreConnectionSecret,
  deletePreviousConnectionSecret,
  getRouting,
  listApiKeys,
  createApiKey,
  getApiKey,
  revokeApiKey,
  listOperators,
  updateOperator,
  removeOperator,
  listInvitations,
  createInvitation,
  revokeInvitation,
  listEvents,
  listSigningKeys,
  rotateSigningKeys,
  listTemplates,
  getTemplate,
  putTemplate,
  deleteTemplate,
];

/**
 * The door. Every operation is behind `managementKey`; what it may do is asked in the operation's own guard.
 * @param alsoDescribed doors whose operations stand in the description, too, though they are mounted elsewhere
 */
export function managementDoor(alsoDescribed: readonly OpenAPIHono<AppEnv>[] = []): ManagementDoor {
  const door: ManagementDoor = new OpenAPIHono<AppEnv>({ defaultHook: rejectSchemaErrors });
  door.use("/projects/*", baseHostOnly, managementKey);
  for (const mount of OPERATIONS) mount(door);
  refuseOtherMethods(door);
  describe(door, alsoDescribed);
  return door;
}

/** A path that exists with other methods is a 405 that names them (RFC 9110, section 15.5.6). */
function refuseOtherMethods(door: ManagementDoor): void {
  const methods = new Map<string, string[]>();
  for (const definition of door.openAPIRegistry.definitions) {
    if (definition.type !== "route") continue;
    const path = definition.route.path.replaceAll(/\{(.+?)\}/g, ":$1");
    methods.set(path, [...(methods.get(path) ?? []), definition.route.method.toUpperCase()]);
  }
  for (const [path, allowed] of methods) {
    door.all(path, (c) => {
      c.header("Allow", allowed.join(", "));
      throw new DomainError({
        kind: "method_not_allowed",
        code: "method_not_allowed",
        message: `This address takes ${allowed.join(", ")}.`,
      });
    });
  }
}
