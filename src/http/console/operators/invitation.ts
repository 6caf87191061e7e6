// invitation

import { Hono } from "hono";
import type { AppEnv } from "../../context.ts";

export const invitationDoor = new Hono<AppEnv>();
