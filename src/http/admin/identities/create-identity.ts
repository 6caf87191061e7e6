// POST /admin/identities: also pre-provisioning, when organization_id names the organization that owns the address's domain.

import { createRoute } from "@hono/zod-openapi";
import { unacceptable } from "../../../domain/errors.ts";
import { jsonBody } from "../../management/body.ts";
import { answer, BODY_ERRORS, body, errors, type ManagementDoor } from "../../management/operation.ts";
import { originOf } from "../../return-target.ts";
import { identityToAdminWire } from "../../wire/identity.ts";
import { adminSecurity, createIdentityBody, identitySchema, wishedPassword } from "../schemas.ts";

const route = createRoute({
  method: "post",
  path: "/admin/identities",
  operationId: "createIdentity",
  tags: ["identities"],
  summary: "Create an identity",
  description: "An address under an organization's domain needs that organization as organization_id, and takes no password.",
  security: adminSecurity,
  middleware: [jsonBody] as const,
  request: { body: body(createIdentityBody) },
  responses: { 201: answer("The identity.", identitySchema), ...errors(409, ...BODY_ERRORS) },
});

export function createIdentity(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const wanted = c.req.valid("json");
    const address = wanted.verifiable_addresses?.[0];
    if (address && address.value !== wanted.traits["email"]) {
      throw unacceptable([{ field: "verifiable_addresses[0].value", code: "not_the_email", message: "Must be traits.email." }]);
    }
    const draft = {
      schemaId: wanted.schema_id,
      state: wanted.state,
      traits: wanted.traits,
      metadataPublic: wanted.metadata_public ?? null,
      metadataAdmin: wanted.metadata_admin ?? null,
      organizationId: wanted.organization_id ?? null,
      emailVerified: address?.verified,
      password: wishedPassword(wanted.credentials),
    };
    const identity = await c.get("services").identities.create(c.get("project").id, draft, c.get("requestContext"));
    c.header("Location", `/admin/identities/${identity.id}`);
    return c.json(identityToAdminWire(identity, originOf(c)), 201);
  });
}
