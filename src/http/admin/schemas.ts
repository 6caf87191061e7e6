// The admin API's objects as schemas, for validation and for the API's description, and how bodies become drafts.

import { z } from "@hono/zod-openapi";
import { unacceptable } from "../../domain/errors.ts";
import { DEFAULT_SCHEMA_ID, type IdentityDraft } from "../../domain/identities/rules.ts";
import type { JudgedSession } from "../../domain/sessions/service.ts";
import { PageQuery } from "../management/paging.ts";

/** How every operation of the admin API is opened (src/http/admin/admin-key.ts). */
export const adminSecurity = [{ bearerKey: [] }];

const timestamp = z.iso.datetime();
const state = z.enum(["active", "inactive"]);
/** An object or null: metadata that means nothing to us. */
const metadata = z.record(z.string(), z.unknown()).nullable();

export const identitySchema = z
  .object({
    id: z.uuid(),
    schema_id: z.string().openapi({ example: DEFAULT_SCHEMA_ID }),
    schema_url: z.url(),
    state,
    traits: z.record(z.string(), z.unknown()).openapi({ example: { email: "ada@acme.example", name: "Ada" } }),
    credentials: z.record(z.string(), z.unknown()).optional(),
    verifiable_addresses: z.array(
      z.object({
        id: z.uuid(),
        value: z.string(),
        verified: z.boolean(),
        via: z.literal("email"),
        status: z.enum(["completed", "pending"]),
        created_at: timestamp,
        updated_at: timestamp,
      }),
    ),
    recovery_addresses: z.array(z.object({})).max(0),
    metadata_public: z.unknown(),
    metadata_admin: z.unknown().optional(),
    organization_id: z.uuid().nullable(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .openapi("Identity");

export const sessionSchema = z
  .object({
    id: z.uuid(),
    active: z.boolean(),
    expires_at: timestamp,
    authenticated_at: timestamp,
    issued_at: timestamp,
    authenticator_assurance_level: z.literal("aal1"),
    authentication_methods: z.array(
      z.object({
        method: z.enum(["password", "oidc"]),
        aal: z.literal("aal1"),
        completed_at: timestamp,
        provider: z.string().optional(),
        organization: z.string().optional(),
        upstream_acr: z.string().optional(),
        upstream_amr: z.array(z.string()).optional(),
      }),
    ),
    devices: z.array(z.object({ id: z.uuid(), ip_address: z.string(), user_agent: z.string(), location: z.string() })),
    identity: identitySchema.optional(),
  })
  .openapi("Session");

const passwordConfig = z.strictObject({ password: z.string().optional(), hashed_password: z.string().optional() });
const credentials = z.strictObject({ password: z.strictObject({ config: passwordConfig }).optional() });

export const updateIdentityBody = z
  .strictObject({
    schema_id: z.string(),
    state,
    traits: z.record(z.string(), z.unknown()),
    metadata_public: metadata.optional(),
    metadata_admin: metadata.optional(),
    credentials: credentials.optional(),
  })
  .openapi("UpdateIdentityBody");

export const createIdentityBody = updateIdentityBody
  .extend({
    schema_id: z.string().default(DEFAULT_SCHEMA_ID),
    state: state.default("active"),
    organization_id: z.uuid().nullable().optional(),
    verifiable_addresses: z
      .array(
        z.strictObject({
          value: z.string(),
          verified: z.boolean(),
          via: z.literal("email").default("email"),
          status: z.enum(["completed", "pending", "sent"]).optional(),
        }),
      )
      .max(1)
      .optional(),
  })
  .openapi("CreateIdentityBody");

/** What a JSON Patch works on: everything of an identity that may be changed. */
export const identityDocument = updateIdentityBody.omit({ credentials: true }).extend({
  metadata_public: metadata,
  metadata_admin: metadata,
  organization_id: z.uuid().nullable(),
});

export const idParam = z.object({ id: z.string().openapi({ param: { name: "id", in: "path" } }) });

export const pageQuery = z.object(PageQuery);

export const activeQuery = pageQuery.extend({
  active: z.enum(["true", "false"]).optional().openapi({ description: "Only sessions that may, or may not, be used" }),
});

/** Whether a session belongs into a list that asks for `active`. */
export function isWanted({ refusal }: JudgedSession, active: "true" | "false" | undefined): boolean {
  return active === undefined || (active === "true") === (refusal === undefined);
}

/** @throws {DomainError} `validation_failed` when a password is given both ways or neither */
export function wishedPassword(body: z.infer<typeof credentials> | undefined): IdentityDraft["password"] {
  const config = body?.password?.config;
  if (!config) return undefined;
  if (config.password !== undefined && config.hashed_password === undefined) return { text: config.password };
  if (config.hashed_password !== undefined && config.password === undefined) return { hash: config.hashed_password };
  throw unacceptable([
    { field: "credentials.password.config", code: "ambiguous", message: "Give either password or hashed_password." },
  ]);
}
