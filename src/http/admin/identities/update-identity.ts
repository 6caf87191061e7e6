// PUT /admin/identities/{id}: replaces what the body names. The organization is not among it; a JSON Patch may change that.

import { createRoute } from "@hono/zod-openapi";
import { jsonBody } from "../../management/body.ts";
import { answer, BODY_ERRORS, body, errors, type ManagementDoor } from "../../management/operation.ts";
import { originOf } from "../../return-target.ts";
import { identityToAdminWire } from "../../wire/identity.ts";
import { adminSecurity, identitySchema, idParam, updateIdentityBody, wishedPassword } from "../schemas.ts";

const route = createRoute({
  method: "put",
  path: "/admin/identities/{id}",
  operationId: "updateIdentity",
  tags: ["identities"],
  summary: "Replace an identity",
  description: "Metadata that is left out stays. Deactivating, or setting a password, ends all sessions of the identity.",
  security: adminSecurity,
  middleware: [jsonBody] as const,
  request: { params: idParam, body: body(updateIdentityBody) },
  responses: { 200: answer("The identity.", identitySchema), ...errors(404, 409, ...BODY_ERRORS) },
});

export function updateIdentity(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const wanted = c.req.valid("json");
    const password = wishedPassword(wanted.credentials);
    const identity = await c.get("services").identities.update(
      c.get("project").id,
      c.req.valid("param").id,
      (before) => ({
        schemaId: wanted.schema_id,
        state: wanted.state,
        traits: wanted.traits,
        metadataPublic: wanted.metadata_public === undefined ? before.metadataPublic : wanted.metadata_public,
        metadataAdmin: wanted.metadata_admin === undefined ? before.metadataAdmin : wanted.metadata_admin,
        organizationId: before.organizationId,
        password,
      }),
      c.get("requestContext"),
    );
    return c.json(identityToAdminWire(identity, originOf(c)), 200);
  });
}
