// The doors, in order, with who guards each: the table of contents of the HTTP surface.

import { OpenAPIHono } from "@hono/zod-openapi";
import { notFound } from "./domain/errors.ts";
import { adminDoor } from "./http/admin/door.ts";
import { assetsDoor } from "./http/assets.ts";
import { brandingDoor } from "./http/branding/door.ts";
import { consoleDoor } from "./http/console/door.ts";
import type { AppEnv } from "./http/context.ts";
import { errorResponse } from "./http/errors.ts";
import { healthDoor } from "./http/health.ts";
import { managementDoor } from "./http/management/door.ts";
import { baseHostOnly, projectByHost } from "./http/middleware/project.ts";
import { onlyErrors, requestMiddleware } from "./http/middleware/request.ts";
import { shield } from "./http/middleware/shield.ts";
import { createProviderDoor } from "./http/provider/door.ts";
import { rejectSchemaErrors } from "./http/schema-errors.ts";
import { securityHeaders } from "./http/security-headers.ts";
import { selfServiceDoor } from "./http/selfservice/door.ts";
import { jwksDoor } from "./http/signing-keys/door.ts";
import { ssoDoor } from "./http/sso/door.ts";

export function createApp(): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>({ defaultHook: rejectSchemaErrors, strict: true });
  app.use(securityHeaders);
  app.route("/", healthDoor); //        anybody; reveals nothing, and stands before what needs a configuration
  app.use(requestMiddleware, onlyErrors);
  app.onError((error, c) => errorResponse(error, c));
  app.notFound((c) => errorResponse(notFound("page"), c));

  app.route("/", assetsDoor); //        anybody; the only cacheable answers

  app.use("/projects", baseHostOnly);
  app.use("/projects/*", baseHostOnly);
  const admin = adminDoor();
  app.route("/", managementDoor([admin])); // bearer key or console session, base host; also /openapi.json and /docs

  app.use("/console", baseHostOnly);
  app.use("/console/*", baseHostOnly);
  app.route("/console", consoleDoor()); // an operator's session, which its own pages ask for; sign-in and set-up: anybody

  app.use(projectByHost); //            from here on a host name stands for one project
  app.route("/", admin); //             this project's API key, or the root key
  app.use("/oauth2/auth/*", shield); // /oauth2/auth itself, too
  app.route("/", createProviderDoor()); // apps that prove who they are, and people signed in through the hosted login
  app.use(shield); //                   coarse limit by network
  app.route("/", brandingDoor); //      anybody; the logo and colours of the hosted pages
  app.route("/", jwksDoor); //          anybody; public keys, cacheable and readable by every page
  app.route("/", ssoDoor); //           anybody; the transaction cookie binds start and callback
  app.route("/", selfServiceDoor); //   anybody, or the session it reads itself; forms carry a CSRF token
  return app;
}
