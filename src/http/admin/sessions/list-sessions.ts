// GET /admin/sessions: all sessions of the project, a page at a time.

import { createRoute, z } from "@hono/zod-openapi";
import { answer, errors, type ManagementDoor } from "../../management/operation.ts";
import { originOf } from "../../return-target.ts";
import { linkPages, readLinkedPage } from "../../wire/page.ts";
import { sessionToWire } from "../../wire/session.ts";
import { activeQuery, adminSecurity, isWanted, sessionSchema } from "../schemas.ts";

const LIST = "sessions";

const route = createRoute({
  method: "get",
  path: "/admin/sessions",
  operationId: "listSessions",
  tags: ["sessions"],
  summary: "List sessions",
  description: "In the order of their making. A page may hold fewer than page_size; the Link header leads on.",
  security: adminSecurity,
  request: { query: activeQuery },
  responses: { 200: answer("A page of sessions.", z.array(sessionSchema)), ...errors(422) },
});

export function listSessions(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const page = readLinkedPage(c, LIST);
    const { active } = c.req.valid("query");
    const { items, next } = await c.get("services").sessions.list(c.get("project").id, page);
    linkPages(c, LIST, next);
    const wanted = items.filter((item) => isWanted(item, active));
    return c.json(
      wanted.map((item) => sessionToWire(item.session, item.identity, originOf(c), item.refusal === undefined)),
      200,
    );
  });
}
