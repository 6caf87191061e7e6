// PATCH /admin/identities/{id}: JSON Patch (RFC 6902) over the fields that may be changed, and only over those.

import { createRoute, z } from "@hono/zod-openapi";
import type { Identity } from "../../../domain/identities/identity.ts";
import type { IdentityDraft } from "../../../domain/identities/rules.ts";
import { jsonBody } from "../../management/body.ts";
import { answer, BODY_ERRORS, body, errors, type ManagementDoor } from "../../management/operation.ts";
import { originOf } from "../../return-target.ts";
import { rejectSchemaErrors } from "../../schema-errors.ts";
import { identityToAdminWire } from "../../wire/identity.ts";
import { applyPatch, patchOperation } from "../json-patch.ts";
import { adminSecurity, identityDocument, identitySchema, idParam } from "../schemas.ts";

const MAX_OPERATIONS = 100;
const FIELDS = Object.keys(identityDocument.shape);

const route = createRoute({
  method: "patch",
  path: "/admin/identities/{id}",
  operationId: "patchIdentity",
  tags: ["identities"],
  summary: "Change an identity by JSON Patch",
  description:
    "Paths may begin with /traits, /state, /organization_id, /metadata_public, /metadata_admin or /schema_id. " +
    "Changing organization_id ends all sessions of the identity and takes its credentials away.",
  security: adminSecurity,
  middleware: [jsonBody] as const,
  request: { params: idParam, body: body(z.array(patchOperation).max(MAX_OPERATIONS)) },
  responses: { 200: answer("The identity.", identitySchema), ...errors(404, 409, ...BODY_ERRORS) },
});

export function patchIdentity(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const patch = c.req.valid("json");
    const identity = await c
      .get("services")
      .identities.update(
        c.get("project").id,
        c.req.valid("param").id,
        (before) => toDraft(applyPatch(toDocument(before), patch, FIELDS)),
        c.get("requestContext"),
      );
    return c.json(identityToAdminWire(identity, originOf(c)), 200);
  });
}

function toDocument(identity: Identity): z.input<typeof identityDocument> {
  return {
    schema_id: identity.schemaId,
    state: identity.state,
    traits: identity.traits,
    metadata_public: (identity.metadataPublic ?? null) as Record<string, unknown> | null,
    metadata_admin: (identity.metadataAdmin ?? null) as Record<string, unknown> | null,
    organization_id: identity.organizationId,
  };
}

function toDraft(patched: unknown): IdentityDraft {
  const checked = identityDocument.safeParse(patched);
  rejectSchemaErrors(checked);
  const document = identityDocument.parse(patched);
  return {
    schemaId: document.schema_id,
    state: document.state,
    traits: document.traits,
    metadataPublic: document.metadata_public,
    metadataAdmin: document.metadata_admin,
    organizationId: document.organization_id,
  };
}
