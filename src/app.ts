// The doors, in order, with who guards each: the table of contents of the HTTP surface.

import { Hono } from "hono";
import { notFound } from "./domain/errors.ts";
import { assetsDoor } from "./http/assets.ts";
import { brandingDoor } from "./http/branding/door.ts";
import type { AppEnv } from "./http/context.ts";
import { errorResponse } from "./http/errors.ts";
import { healthDoor } from "./http/health.ts";
import { baseHostOnly, projectByHost } from "./http/middleware/project.ts";
import { requestMiddleware } from "./http/middleware/request.ts";
import { shield } from "./http/middleware/shield.ts";
import { onDemand } from "./http/on-demand.ts";
import { createProviderDoor } from "./http/provider/door.ts";
import { securityHeaders } from "./http/security-headers.ts";
import { selfServiceDoor } from "./http/selfservice/door.ts";
import { createLookup } from "./http/selfservice/lookup.ts";
import { jwksDoor } from "./http/signing-keys/door.ts";
import { ssoDoor } from "./http/sso/door.ts";

/** The way in: a lookup on a host that the isolate remembers is answered at once, the app answers all else. */
export function createEntrance(): (request: Request, env: Env, context: ExecutionContext) => Response | Promise<Response> {
  const lookup = createLookup();
  const app = createApp(lookup);
  return (request, env, context) => lookup.quick(request, env, () => app.fetch(request, env, context));
}

export function createApp(lookup = createLookup()): Hono<AppEnv> {
  const app = new Hono<AppEnv>({ strict: true });
  app.use(securityHeaders);
  app.route("/", healthDoor); //        anybody; reveals nothing, and stands before what needs a configuration
  app.use(requestMiddleware);
  app.onError((error, c) => errorResponse(error, c));
  app.notFound((c) => errorResponse(notFound("page"), c));

  app.route("/", assetsDoor); //        anybody; the only cacheable answers

  const management = onDemand(loadManagement); // bearer key or console session, base host; also /openapi.json and /docs
  app.use("/projects/*", baseHostOnly); // /projects itself, too; likewise below
  for (const path of ["/projects/*", "/openapi.json", "/docs"]) app.all(path, management);

  app.use("/console/*", baseHostOnly);
  app.all("/console/*", onDemand(loadConsole)); // an operator's session, which its own pages ask for; sign-in and set-up: anybody

  app.use(projectByHost); //            from here on a host name stands for one project
  app.all("/admin/*", onDemand(loadAdmin)); // this project's API key, or the root key
  app.use("/oauth2/auth/*", shield);
  app.route("/", createProviderDoor()); // apps that prove who they are, and people signed in through the hosted login
  app.use(shield); //                   coarse limit by network
  app.route("/", brandingDoor); //      anybody; the logo and colours of the hosted pages
  app.route("/", jwksDoor); //          anybody; public keys, cacheable and readable by every page
  app.route("/", ssoDoor); //           anybody; the transaction cookie binds start and callback
  app.route("/", selfServiceDoor(lookup)); // anybody, or the session it reads itself; forms carry a CSRF token
  return app;
}

async function loadManagement(): Promise<Hono<AppEnv>> {
  const { managementDoor } = await import("./http/management/door.ts");
  return managementDoor([await loadAdmin()]);
}

async function loadAdmin() {
  const { adminDoor } = await import("./http/admin/door.ts");
  return adminDoor();
}

async function loadConsole(): Promise<Hono<AppEnv>> {
  const { consoleDoor } = await import("./http/console/door.ts");
  return new Hono<AppEnv>().route("/console", consoleDoor());
}
