// Pages of the console: connections.

import { Hono } from "hono";
import type { AppEnv } from "../../context.ts";

export const connectionsPages = new Hono<AppEnv>();
