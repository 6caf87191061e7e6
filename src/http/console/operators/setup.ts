// setup

import { Hono } from "hono";
import type { AppEnv } from "../../context.ts";

export const setupDoor = new Hono<AppEnv>();
