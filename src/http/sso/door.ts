// The door of single sign-on: a link that starts a login, a ticket that starts a trial, the callbacks of connections, and the public keys with which we
// authenticate ourselves at identity providers. The transaction cookie binds a start and its callback to one browser.

import { Hono } from "hono";
import type { AppEnv } from "../context.ts";
import { backchannelLogout } from "./backchannel-logout.ts";
import { callback } from "./callback.ts";
import { clientKeys } from "./client-keys.ts";
import { start } from "./start.ts";
import { tryConnection } from "./try.ts";

export const ssoDoor = new Hono<AppEnv>()
  .get("/sso/start", start)
  .get("/sso/try", tryConnection)
  .get("/self-service/methods/oidc/organization/:organizationId/callback/:connectionId", callback)
  .get("/self-service/methods/oidc/callback/:connectionId", callback)
  .get("/sso/connections/:connectionId/jwks.json", clientKeys)
  .post("/sso/connections/:connectionId/backchannel-logout", backchannelLogout);
