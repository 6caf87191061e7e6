// Rows put straight into D1, for tests that need a state no API would make, or only a few rows.

import { env } from "cloudflare:workers";
import type { Connection } from "../../src/domain/connections/connection.ts";
import type { Identity } from "../../src/domain/identities/identity.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import type { Session } from "../../src/domain/sessions/session.ts";
import { openDatabase } from "../../src/storage/database.ts";
import * as schema from "../../src/storage/schema.ts";

let serial = 0;
export const freshId = () => `00000000-0000-7000-8000-${String(++serial).padStart(12, "0")}`;

export const database = openDatabase(env.DB);

export async function putProject(over: Partial<Project> = {}): Promise<Project> {
  const id = over.id ?? freshId();
  const project: Project = {
    id,
    slug: `p${serial}`,
    name: "Project",
    hostnames: [],
    allowedReturnUrls: [],
    sessionLifespan: "24h",
    passwordLogin: true,
    registration: true,
    accentColor: null,
    logoDigest: null,
    place: 0,
    moving: false,
    revision: 1,
    createdAt: 0,
    updatedAt: 0,
    ...over,
  };
  const { hostnames, ...row } = project;
  await database.commit([
    database.query.insert(schema.projects).values({ ...row, indexRevision: 0 }),
    ...hostnames.map((hostname, position) =>
      database.query.insert(schema.projectHostnames).values({ projectId: id, hostname, position }),
    ),
  ]);
  return project;
}

export async function putOrganization(
  projectId: string,
  domains: string[],
  over: Partial<{ id: string; label: string; state: "enabled" | "disabled"; sessionLifespan: string | null }> = {},
): Promise<{ id: string }> {
  const id = over.id ?? freshId();
  await database.commit([
    database.query.insert(schema.organizations).values({
      projectId,
      id,
      label: "Acme",
      state: "enabled",
      sessionLifespan: null,
      revision: 1,
      createdAt: 0,
      updatedAt: 0,
      ...over,
    }),
    ...domains.map((domain, position) =>
      database.query
        .insert(schema.organizationDomains)
        .values({ projectId, domain, organizationId: id, state: "active", position, createdAt: 0 }),
    ),
  ]);
  return { id };
}

export async function putConnection(projectId: string, over: Partial<Connection> = {}): Promise<Connection> {
  const id = over.id ?? freshId();
  const connection: Connection = {
    projectId,
    id,
    organizationId: null,
    provider: "generic",
    label: "IdP",
    state: "enabled",
    issuerUrl: "https://idp-a.test",
    clientId: "client",
    clientSecret: null,
    tokenEndpointAuthMethod: "client_secret_basic",
    privateKey: null,
    publicKey: null,
    scope: ["openid", "email", "profile"],
    claimsSource: "id_token",
    claimsMapping: {},
    idTokenSignedResponseAlg: "RS256",
    updateIdentityOnLogin: "never",
    redirectUri: `http://localhost:8787/self-service/methods/oidc/${over.organizationId ? `organization/${over.organizationId}/` : ""}callback/${id}`,
    pinnedTokenEndpoint: null,
    previousClientSecret: null,
    lastSucceededAt: null,
    lastFailedAt: null,
    lastFailureReason: null,
    lastFailureEventId: null,
    revision: 1,
    trustRevision: 1,
    createdAt: 0,
    updatedAt: 0,
    ...over,
  };
  await database.commit([database.query.insert(schema.connections).values(connection)]);
  return connection;
}

export async function putIdentity(projectId: string, email: string | null, over: Partial<Identity> = {}): Promise<Identity> {
  const identity: Identity = {
    projectId,
    id: freshId(),
    organizationId: null,
    email,
    emailDomain: email?.split("@")[1] ?? null,
    emailVerified: true,
    schemaId: "default",
    state: "active",
    traits: email === null ? {} : { email },
    metadataPublic: null,
    metadataAdmin: null,
    revision: 1,
    createdAt: 0,
    updatedAt: 0,
    ...over,
  };
  await database.commit([database.query.insert(schema.identities).values(identity)]);
  return identity;
}

/** A session as a login would grant it, not stored. */
export function sessionFor(identity: Identity, over: Partial<Session> = {}): Session {
  return {
    projectId: identity.projectId,
    id: freshId(),
    identityId: identity.id,
    organizationId: null,
    connectionId: null,
    connectionTrustRevision: null,
    authenticationMethods: [],
    ipAddress: null,
    userAgent: null,
    authenticatedAt: 0,
    issuedAt: 0,
    expiresAt: 8.64e15,
    ...over,
  };
}

/** How many rows a table has, for asserting that nothing was stored. */
export async function countRows(table: keyof typeof schema & string): Promise<number> {
  const row = await env.DB.prepare(`SELECT count(*) AS n FROM ${TABLE_NAMES[table] ?? table}`).first<{ n: number }>();
  return row?.n ?? 0;
}

const TABLE_NAMES: Record<string, string> = {
  passwordCredentials: "password_credentials",
  oidcCredentials: "oidc_credentials",
  consumedTransactions: "consumed_transactions",
  organizationDomains: "organization_domains",
  attemptCounters: "attempt_counters",
};
