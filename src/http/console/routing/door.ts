// Pages of the console: how an address signs in, and why.

import { Hono } from "hono";
import type { AppEnv } from "../../context.ts";
import { inProject } from "../../management/operation.ts";
import { showRouting } from "./show.ts";

export const routingPages = new Hono<AppEnv>();

routingPages.get("/projects/:project_id/routing", ...inProject("read"), showRouting);
