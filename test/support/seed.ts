// Projects, organizations, connections, keys and operators, made through the real services and (where no service makes
// them) the real stores.
//
//   const project = await createProject();                                        // fresh slug
//   const acme = await createOrganization(project, { domains: ["acme.example"] });
//   const okta = await createConnection(project, { organizationId: acme.id, issuerUrl: "https://idp-a.test" });
//   const key = await createApiKey(project);                                      // bearer key of the project
//   const operator = await createOperator({ [project.id]: "viewer" });            // session token for ory_session_ory

import { env } from "cloudflare:workers";
import { newId } from "../../src/crypto/random.ts";
import { newSessionToken } from "../../src/crypto/tokens.ts";
import type { Connection } from "../../src/domain/connections/connection.ts";
import type { NewConnection } from "../../src/domain/connections/service.ts";
import type { RequestContext } from "../../src/domain/events/event.ts";
import type { Organization } from "../../src/domain/organizations/organization.ts";
import type { OrganizationFields } from "../../src/domain/organizations/rules.ts";
import type { OperatorRole } from "../../src/domain/projects/operator-access.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import type { ProjectFields } from "../../src/domain/projects/rules.ts";
import { type Services, servicesFor } from "../../src/services.ts";
import { projectInsert } from "../../src/storage/projects.ts";
import { identities, operatorAccess, passwordCredentials, sessions } from "../../src/storage/schema.ts";

export const ROOT_KEY = env.ROOT_KEY;

/** Who the seeds are made by. */
export const systemContext: RequestContext = {
  requestId: "00000000-0000-4000-8000-000000000000",
  ipAddress: null,
  userAgent: null,
  actor: { type: "system", id: null },
};

let serial = 0;

/** The services of the test's own environment. */
export function services(): Services {
  return servicesFor(env);
}

/** Where new projects go: a database's number (test/support/places.ts), or wherever the fewest are. */
export const seeding: { database: number | undefined } = { database: undefined };

export async function createProject(fields: ProjectFields & { slug?: string } = {}): Promise<Project> {
  const slug = fields.slug ?? `p${++serial}-${crypto.randomUUID().slice(0, 8)}`;
  return await services().projects.create(
    { ...fields, name: fields.name ?? slug, slug, database: seeding.database },
    systemContext,
  );
}

export async function createOrganization(
  project: { id: string },
  fields: Partial<OrganizationFields> = {},
): Promise<Organization> {
  const label = fields.label ?? `Organization ${++serial}`;
  return await services().organizations.create(project.id, { ...fields, label }, systemContext);
}

/** A connection with a client secret; an organization's when `organizationId` is given, social sign-in otherwise. */
export async function createConnection(project: Project, fields: Partial<NewConnection> = {}): Promise<Connection> {
  const defaults = { issuerUrl: "https://idp-a.test", clientId: "orgate", clientSecret: "client-secret-of-the-seed" };
  return await services().connections.create(project, { ...defaults, ...fields }, systemContext);
}

/** A bearer key that reaches the project. */
export async function createApiKey(project: { id: string }): Promise<{ key: string; id: string }> {
  const { apiKey, key } = await services().apiKeys.create(project.id, { name: "seed", expiresAt: null }, systemContext);
  return { key, id: apiKey.id };
}

/** The built-in project of the operators; made when it is not there yet. No API makes it. */
export async function consoleProject(): Promise<Project> {
  const { projects, runtime } = services();
  const existing = await projects.findBySlug("console");
  if (existing) return existing;
  const now = runtime.clock();
  const project: Project = {
    id: newId(now),
    slug: "console",
    name: "Console",
    hostnames: [],
    allowedReturnUrls: [],
    sessionLifespan: "24h",
    passwordLogin: true,
    registration: false,
    accentColor: null,
    logoDigest: null,
    place: 0,
    moving: false,
    revision: 1,
    createdAt: now,
    updatedAt: now,
  };
  await runtime.directory.commit(projectInsert(runtime.directory, project));
  return project;
}

/**
 * An operator who is signed in.
 * @param access role by project id; `all` for a role in every project
 * @returns the value of the cookie `ory_session_ory`
 */
export async function createOperator(access: Record<string, OperatorRole> | { all: OperatorRole }): Promise<string> {
  return await putSession((await consoleProject()).id, await putOperator(access));
}

/** An operator who is not signed in, with a password that nobody knows. @returns the identity's id */
export async function putOperator(access: Record<string, OperatorRole> | { all: OperatorRole }): Promise<string> {
  const home = await consoleProject();
  const { runtime } = services();
  const identityId = await putIdentity(home.id, { email: `operator-${++serial}@operators.example` });
  const grants = "all" in access ? { [home.id]: access["all"] as OperatorRole } : access;
  const now = runtime.clock();
  const { query } = runtime.directory;
  await runtime.directory.commit([
    query.insert(passwordCredentials).values({ projectId: home.id, identityId, hash: "", createdAt: now, updatedAt: now }),
    ...Object.entries(grants).map(([projectId, role]) =>
      query
        .insert(operatorAccess)
        .values({ projectId, operatorProjectId: home.id, operatorId: identityId, role, createdAt: now }),
    ),
  ]);
  return identityId;
}

/** A person of a project, without credentials. @returns the identity's id */
export async function putIdentity(projectId: string, fields: { email: string; organizationId?: string | null }): Promise<string> {
  const { runtime } = services();
  const now = runtime.clock();
  const db = runtime.databaseFor(projectId);
  const id = newId(now);
  await db.commit([
    db.query.insert(identities).values({
      projectId,
      id,
      organizationId: fields.organizationId ?? null,
      email: fields.email,
      emailDomain: fields.email.slice(fields.email.indexOf("@") + 1),
      emailVerified: true,
      schemaId: "default",
      state: "active",
      traits: { email: fields.email },
      metadataPublic: null,
      metadataAdmin: null,
      revision: 1,
      createdAt: now,
      updatedAt: now,
    }),
  ]);
  return id;
}

/** A session of a person; an SSO session when a connection is given. @returns its token */
export async function putSession(projectId: string, identityId: string, connection?: Connection): Promise<string> {
  const { runtime } = services();
  const now = runtime.clock();
  const db = runtime.databaseFor(projectId);
  const id = newId(now);
  const { token, hash } = newSessionToken(id);
  await db.commit([
    db.query.insert(sessions).values({
      projectId,
      id,
      tokenHash: hash,
      identityId,
      organizationId: connection?.organizationId ?? null,
      connectionId: connection?.id ?? null,
      connectionTrustRevision: connection?.trustRevision ?? null,
      authenticationMethods: [],
      ipAddress: null,
      userAgent: null,
      authenticatedAt: now,
      issuedAt: now,
      expiresAt: now + 3_600_000,
    }),
  ]);
  return token;
}
