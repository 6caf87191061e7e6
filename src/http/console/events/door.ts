// Pages of the console: events.

import { Hono } from "hono";
import type { AppEnv } from "../../context.ts";

export const eventsPages = new Hono<AppEnv>();
