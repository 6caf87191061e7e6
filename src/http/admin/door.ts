// The admin API of a project, on the project's own host: its identities, sessions and apps, as Ory's IdentityApi and OAuth2Api
// have them.

import { OpenAPIHono } from "@hono/zod-openapi";
import type { AppEnv } from "../context.ts";
import { rejectSchemaErrors } from "../schema-errors.ts";
import { requireAdminKey } from "./admin-key.ts";
import { createClient } from "./clients/create-client.ts";
import { deleteClient } from "./clients/delete-client.ts";
import { getClient } from "./clients/get-client.ts";
import { listClients } from "./clients/list-clients.ts";
import { patchClient } from "./clients/patch-client.ts";
import { deleteRotatedClientSecrets, rotateClientSecret } from "./clients/rotate-secret.ts";
import { setClient } from "./clients/set-client.ts";
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
  listClients,
  createClient,
  getClient,
  setClient,
  patchClient,
  deleteClient,
  rotateClientSecret,
  deleteRotatedClientSecrets,
];

/** All operations behind the key; needs `project` to be set. */
export function adminDoor(): OpenAPIHono<AppEnv> {
  const door = new OpenAPIHono<AppEnv>({ defaultHook: rejectSchemaErrors });
  door.use("/admin/*", requireAdminKey);
  for (const operation of OPERATIONS) operation(door);
  return door;
}
