// Pages of the console: api-keys.

import { Hono } from "hono";
import type { AppEnv } from "../../context.ts";

export const apiKeysPages = new Hono<AppEnv>();
