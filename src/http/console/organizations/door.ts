// Pages of the console: organizations.

import { Hono } from "hono";
import type { AppEnv } from "../../context.ts";

export const organizationsPages = new Hono<AppEnv>();
