// GET /admin/sessions: the sessions of the project or of an organization's members, a page at a time.

import { createRoute, z } from "@hono/zod-openapi";
import type { JudgedSession } from "../../../domain/sessions/service.ts";
import type { AppContext } from "../../context.ts";
import { shownToProgram } from "../../display.ts";
import { answer, errors, type ManagementDoor } from "../../management/operation.ts";
import { originOf } from "../../return-target.ts";
import { linkPages, linkPlaces, readLinkedPage, readLinkedPlace } from "../../wire/page.ts";
import { sessionToWire } from "../../wire/session.ts";
import { activeQuery, adminSecurity, isWanted, sessionSchema } from "../schemas.ts";

const LIST = "sessions";

const query = activeQuery.extend({
  organization_id: z.uuid().optional().openapi({ description: "Only sessions of this organization's members" }),
});

const route = createRoute({
  method: "get",
  path: "/admin/sessions",
  operationId: "listSessions",
  tags: ["sessions"],
  summary: "List sessions",
  description:
    "In the order of their making; with `organization_id`, by member. A page may hold fewer than page_size; the Link header " +
    "leads on.",
  security: adminSecurity,
  request: { query },
  responses: { 200: answer("A page of sessions.", z.array(sessionSchema)), ...errors(422) },
});

export function listSessions(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { active, organization_id } = c.req.valid("query");
    const items = organization_id === undefined ? await pageOfAll(c) : await pageOfOrganization(c, organization_id);
    const wanted = items.filter((item) => isWanted(item, active));
    return c.json(
      wanted.map((item) => sessionToWire(item.session, item.identity, originOf(c), item.refusal === undefined)),
      200,
    );
  });
}

async function pageOfAll(c: AppContext): Promise<JudgedSession[]> {
  const page = readLinkedPage(c, LIST);
  const { sessions } = c.get("services");
  const { id } = c.get("project");
  const { items, next } = await shownToProgram(c, id, (db) => sessions.list(id, page, db));
  linkPages(c, LIST, next);
  return items;
}

async function pageOfOrganization(c: AppContext, organizationId: string): Promise<JudgedSession[]> {
  const list = `${LIST}/${organizationId}`;
  const { after, limit } = readLinkedPlace(c, list, 2);
  const [identityId = "", sessionId = ""] = after ?? [];
  const page = { organizationId, limit, after: after && { identityId, sessionId } };
  const { sessions } = c.get("services");
  const { id } = c.get("project");
  const { items, next } = await shownToProgram(c, id, (db) => sessions.listOfOrganization(id, page, db));
  linkPlaces(c, list, next && [next.identityId, next.sessionId]);
  return items;
}
