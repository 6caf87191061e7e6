// The tables that apps need: signing keys, clients, sessions as JWTs, sessions on their way to a native app. See schema.ts.

import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { ClientJwks, ClientSecret, GrantType, ResponseType } from "../domain/clients/client.ts";
import type { ClaimSource } from "../domain/session-tokens/template.ts";
import type { PublicSigningJwk } from "../domain/signing-keys/signing-key.ts";
import { flag, json } from "./schema-columns.ts";

export const signingKeys = sqliteTable(
  "signing_keys",
  {
    projectId: text("project_id").notNull(),
    id: text("id").notNull(),
    alg: text("alg", { enum: ["ES256", "RS256"] }).notNull(),
    generation: integer("generation").notNull(),
    publicKey: json<PublicSigningJwk>("public_key").notNull(),
    privateKey: text("private_key").notNull(),
    activatesAt: integer("activates_at").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.id] })],
);

export const clients = sqliteTable(
  "clients",
  {
    projectId: text("project_id").notNull(),
    id: text("id").notNull(),
    name: text("name").notNull(),
    redirectUris: json<string[]>("redirect_uris").notNull(),
    postLogoutRedirectUris: json<string[]>("post_logout_redirect_uris").notNull(),
    grantTypes: json<GrantType[]>("grant_types").notNull(),
    responseTypes: json<ResponseType[]>("response_types").notNull(),
    scope: text("scope").notNull(),
    tokenEndpointAuthMethod: text("token_endpoint_auth_method", {
      enum: ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
    }).notNull(),
    secrets: json<ClientSecret[]>("secrets").notNull(),
    jwks: json<ClientJwks>("jwks"),
    jwksUri: text("jwks_uri"),
    subjectType: text("subject_type", { enum: ["public", "pairwise"] }).notNull(),
    backchannelLogoutUri: text("backchannel_logout_uri"),
    backchannelLogoutSessionRequired: flag("backchannel_logout_session_required").notNull(),
    skipConsent: flag("skip_consent").notNull(),
    idTokenSignedResponseAlg: text("id_token_signed_response_alg", { enum: ["ES256", "RS256"] }).notNull(),
    pkce: text("pkce", { enum: ["required", "optional"] }).notNull(),
    organizationIds: json<string[]>("organization_ids").notNull(),
    metadata: json<Record<string, unknown>>("metadata").notNull(),
    revision: integer("revision").notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.id] })],
);

export const sessionTokenTemplates = sqliteTable(
  "session_token_templates",
  {
    projectId: text("project_id").notNull(),
    name: text("name").notNull(),
    ttl: integer("ttl").notNull(),
    alg: text("alg", { enum: ["ES256", "RS256"] }).notNull(),
    audience: json<string[]>("audience").notNull(),
    subjectSource: text("subject_source", { enum: ["id", "email"] }).notNull(),
    claims: json<Record<string, ClaimSource>>("claims").notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.name] })],
);

export const sessionTokenExchanges = sqliteTable(
  "session_token_exchanges",
  {
    projectId: text("project_id").notNull(),
    id: text("id").notNull(),
    initCodeHash: text("init_code_hash").notNull(),
    sessionId: text("session_id").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.id] })],
);

export const providerArtifacts = sqliteTable(
  "provider_artifacts",
  {
    projectId: text("project_id").notNull(),
    id: text("id").notNull(),
    payload: json<Record<string, unknown>>("payload").notNull(),
    consumedAt: integer("consumed_at"),
    expiresAt: integer("expires_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.id] })],
);

export const logoutNotices = sqliteTable(
  "logout_notices",
  {
    projectId: text("project_id").notNull(),
    id: text("id").notNull(),
    clientId: text("client_id").notNull(),
    sessionId: text("session_id").notNull(),
    identityId: text("identity_id").notNull(),
    attempts: integer("attempts").notNull(),
    dueAt: integer("due_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.id] })],
);

export const subjectSalts = sqliteTable("subject_salts", {
  projectId: text("project_id").primaryKey(),
  salt: text("salt").notNull(),
  createdAt: integer("created_at").notNull(),
});
