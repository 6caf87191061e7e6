// What every handler can reach: the services, who asks, and the project that the host name stands for.

import type { Context } from "hono";
import type { RequestContext } from "../domain/events/event.ts";
import type { Project } from "../domain/projects/project.ts";
import type { Services } from "../services.ts";
import type { ConsoleForm } from "./console/form.ts";
import type { Operator } from "./console/operator.ts";

export interface AppEnv {
  Bindings: Env;
  Variables: {
    services: Services;
    /** UUIDv7; the error envelope's `request`, the logs and audit events carry it. */
    requestId: string;
    requestContext: RequestContext;
    /** Read by `urlOf`. */
    url: URL;
    /** The answer was made with all its headers (src/http/security-headers.ts). */
    complete: boolean;
    /** Set on the public doors, by src/http/middleware/project.ts. */
    project: Project;
    /** Path below which the project's doors stand: empty on a host of its own, `/console` for the operators' project. */
    mount: "" | "/console";
    /** Set on the management API, by src/http/middleware/management-key.ts. */
    managementScope: ManagementScope;
    /** Set at the console, by src/http/console/operator.ts. */
    operator: Operator;
    /** Set on a form posted to the console, by src/http/console/form.ts. */
    form: ConsoleForm;
  };
}

export type AppContext = Context<AppEnv>;

/** The request's URL, parsed once. Not to be changed. */
export function urlOf(c: AppContext): URL {
  let url = c.get("url") as URL | undefined;
  if (!url) {
    url = new URL(c.req.url);
    c.set("url", url);
  }
  return url;
}

/** What a management credential reaches. The project comes from the credential, never from the path (invariant 10). */
export type ManagementScope =
  | { kind: "root" }
  | { kind: "project"; projectId: string }
  | {
      kind: "operator";
      identityId: string;
      /** Id of the operators' own project. */
      homeId: string;
      /** project id -> role; `all` for operators of the console project */
      access: "all" | Map<string, "owner" | "editor" | "viewer">;
      role: "owner" | "editor" | "viewer" | null;
    };
