// Pages of the console: the audit log.

import { Hono } from "hono";
import type { AppEnv } from "../../context.ts";
import { inProject } from "../../management/operation.ts";
import { showEvents } from "./list.ts";

export const eventsPages = new Hono<AppEnv>();

eventsPages.get("/projects/:project_id/events", ...inProject("read"), showEvents);
