// The public API of a project and its hosted pages. Anybody may come; forms carry a CSRF token, and whoever presents a
// session has it judged by the handler that needs it.

import { Hono } from "hono";
import type { AppEnv } from "../context.ts";
import { errorsDoor } from "./errors-door.ts";
import { flowDoor } from "./flow-door.ts";
import { logoutDoor } from "./logout.ts";
import { createLookup } from "./lookup.ts";
import { pagesDoor } from "./pages.ts";
import { schemasDoor } from "./schemas.ts";
import { sessionsDoor } from "./sessions.ts";

/** @param lookup the one whose `quick` is asked before the app */
export function selfServiceDoor(lookup = createLookup()): Hono<AppEnv> {
  return new Hono<AppEnv>()
    .route("/", lookup.door) //   which door an address has, for the button
    .route("/", flowDoor) //      login and registration flows
    .route("/", sessionsDoor) //  whoami and the other sessions
    .route("/", logoutDoor)
    .route("/", schemasDoor) //   what identities consist of; public
    .route("/", errorsDoor)
    .route("/", pagesDoor); //    /login, /registration, /error, /
}
