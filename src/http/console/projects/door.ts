// Pages of the console: projects.

import { Hono } from "hono";
import type { AppEnv } from "../../context.ts";

export const projectsPages = new Hono<AppEnv>();
