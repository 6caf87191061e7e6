// The admin API of a project, on the project's own host: its identities and sessions, as Ory's IdentityApi has them.

import { OpenAPIHono } from "@hono/zod-openapi";
import type { AppEnv } from "../context.ts";
import { rejectSchemaErrors } from "../schema-errors.ts";
import { requireAdminKey } from "./admin-key.ts";
import { createIdentity } from "./identities/create-identity.ts";
import { deleteIdentity } from "./identities/delete-identity.ts";
import { deleteIdentitySessions } from "./identities/delete-identity-sessions.ts";
import { getIdentity } from "./identities/get-identity.ts";
import { listIdentities } from "./identities/list-identities.ts";
import { listIdentitySessions } from "./identities/list-identity-sessions.ts";
import { patchIdentity } from "./identities/patch-identity.ts";
import { updateIdentity } from "./identities/update-identity.ts";
import { disableSession } from "./sessions/delete-session.ts";
import { getSession } from "./sessions/get-session.ts";
import { listSessions } from "./sessions/list-sessions.ts";

const OPERATIONS = [
  listIdentities,
  createIdentity,
  getIdentity,
  updateIdentity,
  patchIdentity,
  deleteIdentity,
  listIdentitySessions,
  deleteIdentitySessions,
  listSessions,
  getSession,
  disableSession,
];

/** All operations behind the key; needs `project` to be set. */
export function adminDoor(): OpenAPIHono<AppEnv> {
  const door = new OpenAPIHono<AppEnv>({ defaultHook: rejectSchemaErrors });
  door.use("/admin/*", requireAdminKey);
  for (const operation of OPERATIONS) operation(door);
  return door;
}
