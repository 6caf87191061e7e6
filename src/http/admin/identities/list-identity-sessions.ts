// GET /admin/identities/{id}/sessions

import { createRoute, z } from "@hono/zod-openapi";
import { answer, errors, type ManagementDoor } from "../../management/operation.ts";
import { linkPages, readLinkedPage } from "../../wire/page.ts";
import { sessionWithoutIdentity } from "../../wire/session.ts";
import { activeQuery, adminSecurity, idParam, isWanted, sessionSchema } from "../schemas.ts";

const LIST = "identity-sessions";

const route = createRoute({
  method: "get",
  path: "/admin/identities/{id}/sessions",
  operationId: "listIdentitySessions",
  tags: ["identities"],
  summary: "List an identity's sessions",
  description: "A page may hold fewer than page_size; the Link header says whether there are more.",
  security: adminSecurity,
  request: { params: idParam, query: activeQuery },
  responses: { 200: answer("A page of sessions.", z.array(sessionSchema)), ...errors(404, 422) },
});

export function listIdentitySessions(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { id } = c.req.valid("param");
    const { active } = c.req.valid("query");
    const list = `${LIST}/${id}`;
    const page = readLinkedPage(c, list);
    const { sessions, identities } = c.get("services");
    const { identity } = await identities.get(c.get("project").id, id);
    const { items, next } = await sessions.list(identity.projectId, { ...page, identityId: identity.id });
    linkPages(c, list, next);
    const wanted = items.filter((item) => isWanted(item, active));
    return c.json(
      wanted.map((item) => sessionWithoutIdentity(item.session, item.refusal === undefined)),
      200,
    );
  });
}
