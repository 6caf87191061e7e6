// GET /admin/sessions/{id}

import { createRoute } from "@hono/zod-openapi";
import { answer, errors, type ManagementDoor } from "../../management/operation.ts";
import { originOf } from "../../return-target.ts";
import { sessionToWire } from "../../wire/session.ts";
import { adminSecurity, idParam, sessionSchema } from "../schemas.ts";

const route = createRoute({
  method: "get",
  path: "/admin/sessions/{id}",
  operationId: "getSession",
  tags: ["sessions"],
  summary: "Get a session",
  description: "`active` is the verdict of this moment: expired, disabled, moved or re-pointed makes it false.",
  security: adminSecurity,
  request: { params: idParam },
  responses: { 200: answer("The session.", sessionSchema), ...errors(404) },
});

export function getSession(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const found = await c.get("services").sessions.get(c.get("project").id, c.req.valid("param").id);
    return c.json(sessionToWire(found.session, found.identity, originOf(c), found.refusal === undefined), 200);
  });
}
