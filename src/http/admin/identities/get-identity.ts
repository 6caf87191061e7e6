// GET /admin/identities/{id}: the identity, and what it signs in with.

import { createRoute } from "@hono/zod-openapi";
import { answer, errors, type ManagementDoor } from "../../management/operation.ts";
import { originOf } from "../../return-target.ts";
import { credentialsToWire, identityToAdminWire } from "../../wire/identity.ts";
import { adminSecurity, identitySchema, idParam } from "../schemas.ts";

const route = createRoute({
  method: "get",
  path: "/admin/identities/{id}",
  operationId: "getIdentity",
  tags: ["identities"],
  summary: "Get an identity",
  description: "With its credentials, but never a password's hash.",
  security: adminSecurity,
  request: { params: idParam },
  responses: { 200: answer("The identity.", identitySchema), ...errors(404) },
});

export function getIdentity(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const found = await c.get("services").identities.get(c.get("project").id, c.req.valid("param").id);
    const wire = identityToAdminWire(found.identity, originOf(c));
    return c.json({ ...wire, credentials: credentialsToWire(found.identity, found.credentials) }, 200);
  });
}
