// Pages of the console: operators.

import { Hono } from "hono";
import type { AppEnv } from "../../context.ts";

export const operatorsPages = new Hono<AppEnv>();
