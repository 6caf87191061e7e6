// GET /admin/clients: in the order of their creation, a page at a time.

import { createRoute, z } from "@hono/zod-openapi";
import { answer, errors, type ManagementDoor } from "../../management/operation.ts";
import { linkPages, readLinkedPage } from "../../wire/page.ts";
import { adminSecurity, pageQuery } from "../schemas.ts";
import { ClientWire, clientToWire, TAG } from "./wire.ts";

const LIST = "clients";

const route = createRoute({
  method: "get",
  path: "/admin/clients",
  operationId: "listOAuth2Clients",
  tags: [TAG],
  summary: "List apps",
  description: "In the order of their creation. The Link header leads on.",
  security: adminSecurity,
  request: {
    query: pageQuery.extend({ client_name: z.string().optional().openapi({ description: "Only apps of exactly this name." }) }),
  },
  responses: { 200: answer("A page of apps.", z.array(ClientWire)), ...errors(422) },
});

export function listClients(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const page = { ...readLinkedPage(c, LIST), name: c.req.valid("query").client_name };
    const { clients, runtime } = c.get("services");
    const { items, next } = await clients.list(c.get("project").id, page);
    linkPages(c, LIST, next);
    return c.json(
      items.map((client) => clientToWire({ client }, runtime.clock())),
      200,
    );
  });
}
