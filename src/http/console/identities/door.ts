// Pages of the console: identities.

import { Hono } from "hono";
import type { AppEnv } from "../../context.ts";

export const identitiesPages = new Hono<AppEnv>();
