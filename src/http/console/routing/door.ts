// Pages of the console: routing.

import { Hono } from "hono";
import type { AppEnv } from "../../context.ts";

export const routingPages = new Hono<AppEnv>();
