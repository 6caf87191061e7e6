// Every table as drizzle sees it; those of apps stand in schema-apps.ts. The truth about constraints and indexes is
// migrations/*.sql, which is written by hand; test/storage/schema.test.ts holds the two together.
// Times are milliseconds since the epoch. `json` columns hold JSON text and are parsed by drizzle.

import { blob, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { AuthenticationMethod } from "../domain/sessions/session.ts";
import { flag, json } from "./schema-columns.ts";

export * from "./schema-apps.ts";

export const projects = sqliteTable("projects", {
  id: text("id").primaryKey(),
  slug: text("slug").notNull(),
  name: text("name").notNull(),
  allowedReturnUrls: json<string[]>("allowed_return_urls").notNull(),
  sessionLifespan: text("session_lifespan").notNull(),
  passwordLogin: flag("password_login").notNull(),
  registration: flag("registration").notNull(),
  accentColor: text("accent_color"),
  logoDigest: text("logo_digest"),
  indexRevision: integer("index_revision").notNull(),
  place: integer("place").notNull(),
  moving: flag("moving").notNull(),
  revision: integer("revision").notNull(),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
});

export const projectMoves = sqliteTable("project_moves", {
  projectId: text("project_id").primaryKey(),
  source: integer("source").notNull(),
  target: integer("target").notNull(),
  state: text("state", { enum: ["announced", "copying", "frozen", "switched"] }).notNull(),
  progress: json<Record<string, unknown>>("progress").notNull(),
  holder: text("holder").notNull(),
  heldUntil: integer("held_until").notNull(),
  frozenUntil: integer("frozen_until").notNull(),
  enteredAt: integer("entered_at").notNull(),
  createdAt: integer("created_at").notNull(),
});

export const projectLogos = sqliteTable("project_logos", {
  projectId: text("project_id").primaryKey(),
  mediaType: text("media_type", { enum: ["image/png", "image/jpeg", "image/webp"] }).notNull(),
  bytes: blob("bytes", { mode: "buffer" }).notNull(),
  updatedAt: integer("updated_at").notNull(),
});

export const projectHostnames = sqliteTable(
  "project_hostnames",
  {
    projectId: text("project_id").notNull(),
    hostname: text("hostname").notNull(),
    position: integer("position").notNull(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.hostname] })],
);

export const organizations = sqliteTable(
  "organizations",
  {
    projectId: text("project_id").notNull(),
    id: text("id").notNull(),
    label: text("label").notNull(),
    state: text("state", { enum: ["enabled", "disabled"] }).notNull(),
    sessionLifespan: text("session_lifespan"),
    revision: integer("revision").notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.id] })],
);

export const organizationDomains = sqliteTable(
  "organization_domains",
  {
    projectId: text("project_id").notNull(),
    domain: text("domain").notNull(),
    organizationId: text("organization_id").notNull(),
    state: text("state", { enum: ["active", "pending"] }).notNull(),
    position: integer("position").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.domain] })],
);

export const connections = sqliteTable(
  "connections",
  {
    projectId: text("project_id").notNull(),
    id: text("id").notNull(),
    organizationId: text("organization_id"),
    provider: text("provider").notNull(),
    label: text("label").notNull(),
    state: text("state", { enum: ["enabled", "disabled"] }).notNull(),
    issuerUrl: text("issuer_url").notNull(),
    clientId: text("client_id").notNull(),
    clientSecret: text("client_secret"),
    tokenEndpointAuthMethod: text("token_endpoint_auth_method", {
      enum: ["client_secret_basic", "client_secret_post", "private_key_jwt"],
    }).notNull(),
    privateKey: text("private_key"),
    publicKey: json<Record<string, string>>("public_key"),
    scope: json<string[]>("scope").notNull(),
    claimsSource: text("claims_source", { enum: ["id_token", "userinfo"] }).notNull(),
    claimsMapping: json<Record<string, string>>("claims_mapping").notNull(),
    idTokenSignedResponseAlg: text("id_token_signed_response_alg").notNull(),
    updateIdentityOnLogin: text("update_identity_on_login", { enum: ["never", "automatic"] }).notNull(),
    redirectUri: text("redirect_uri").notNull(),
    pinnedTokenEndpoint: text("pinned_token_endpoint"),
    previousClientSecret: text("previous_client_secret"),
    lastSucceededAt: integer("last_succeeded_at"),
    lastFailedAt: integer("last_failed_at"),
    lastFailureReason: text("last_failure_reason"),
    lastFailureEventId: text("last_failure_event_id"),
    revision: integer("revision").notNull(),
    trustRevision: integer("trust_revision").notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.id] })],
);

export const identities = sqliteTable(
  "identities",
  {
    projectId: text("project_id").notNull(),
    id: text("id").notNull(),
    organizationId: text("organization_id"),
    email: text("email"),
    emailDomain: text("email_domain"),
    emailVerified: flag("email_verified").notNull(),
    schemaId: text("schema_id").notNull(),
    state: text("state", { enum: ["active", "inactive"] }).notNull(),
    traits: json<Record<string, unknown>>("traits").notNull(),
    metadataPublic: json<unknown>("metadata_public"),
    metadataAdmin: json<unknown>("metadata_admin"),
    revision: integer("revision").notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.id] })],
);

export const passwordCredentials = sqliteTable(
  "password_credentials",
  {
    projectId: text("project_id").notNull(),
    identityId: text("identity_id").notNull(),
    hash: text("hash").notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.identityId] })],
);

export const oidcCredentials = sqliteTable(
  "oidc_credentials",
  {
    projectId: text("project_id").notNull(),
    organizationKey: text("organization_key").notNull(),
    issuer: text("issuer").notNull(),
    subject: text("subject").notNull(),
    organizationId: text("organization_id"),
    identityId: text("identity_id").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.organizationKey, t.issuer, t.subject] })],
);

export const sessions = sqliteTable(
  "sessions",
  {
    projectId: text("project_id").notNull(),
    id: text("id").notNull(),
    tokenHash: text("token_hash").notNull(),
    identityId: text("identity_id").notNull(),
    organizationId: text("organization_id"),
    connectionId: text("connection_id"),
    connectionTrustRevision: integer("connection_trust_revision"),
    authenticationMethods: json<AuthenticationMethod[]>("authentication_methods").notNull(),
    ipAddress: text("ip_address"),
    userAgent: text("user_agent"),
    authenticatedAt: integer("authenticated_at").notNull(),
    issuedAt: integer("issued_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.id] })],
);

export const consumedTransactions = sqliteTable(
  "consumed_transactions",
  {
    projectId: text("project_id").notNull(),
    id: text("id").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.id] })],
);

export const apiKeys = sqliteTable(
  "api_keys",
  {
    projectId: text("project_id").notNull(),
    id: text("id").notNull(),
    name: text("name").notNull(),
    prefix: text("prefix").notNull(),
    keyHash: text("key_hash").notNull(),
    lastUsedAt: integer("last_used_at"),
    expiresAt: integer("expires_at"),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.id] })],
);

export const operatorAccess = sqliteTable(
  "operator_access",
  {
    projectId: text("project_id").notNull(),
    operatorProjectId: text("operator_project_id").notNull(),
    operatorId: text("operator_id").notNull(),
    role: text("role", { enum: ["owner", "editor", "viewer"] }).notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.operatorId] })],
);

export const operatorInvitations = sqliteTable(
  "operator_invitations",
  {
    projectId: text("project_id").notNull(),
    id: text("id").notNull(),
    tokenHash: text("token_hash").notNull(),
    email: text("email").notNull(),
    role: text("role", { enum: ["owner", "editor", "viewer"] }).notNull(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.id] })],
);

export const events = sqliteTable(
  "events",
  {
    projectId: text("project_id").notNull(),
    id: text("id").notNull(),
    type: text("type").notNull(),
    actorType: text("actor_type").notNull(),
    actorId: text("actor_id"),
    organizationId: text("organization_id"),
    connectionId: text("connection_id"),
    identityId: text("identity_id"),
    reason: text("reason"),
    requestId: text("request_id").notNull(),
    ipAddress: text("ip_address"),
    details: json<Record<string, unknown>>("details").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.id] })],
);

export const attemptCounters = sqliteTable(
  "attempt_counters",
  {
    projectId: text("project_id").notNull(),
    key: text("key").notNull(),
    count: integer("count").notNull(),
    lockedUntil: integer("locked_until").notNull(),
    windowEndsAt: integer("window_ends_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.key] })],
);

export const domainIndexOutbox = sqliteTable(
  "domain_index_outbox",
  {
    projectId: text("project_id").notNull(),
    domain: text("domain").notNull(),
    revision: integer("revision").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.domain] })],
);

export const instanceState = sqliteTable("instance_state", {
  key: text("key").primaryKey(),
  value: text("value").notNull(),
});
