// Fills a database: organizations and people straight by SQL, in seconds; whatever holds a secret as the product makes it.

import { hashPassword } from "../src/crypto/passwords.ts";
import { createSealer } from "../src/crypto/seal.ts";
import { newApiKey, newSessionToken } from "../src/crypto/tokens.ts";
import { filterOf } from "../src/jobs/domain-filters.ts";
import { type DomainEntry, filterKeyOf, filterMetadata, keyOf } from "../src/storage/domain-index.ts";
import type { Runtime } from "./runtime.ts";
import {
  ACTIVE_ORGANIZATIONS,
  connectionId,
  domainName,
  INDEXED_DOMAINS,
  identityId,
  MEMBERS,
  organizationId,
  otherDomainName,
  PASSWORD,
  PASSWORD_ACCOUNTS,
  PROJECT_ID,
  passwordAddress,
  SIGNED_IN,
  type Size,
  SLUG,
} from "./shape.ts";
import type { Secrets } from "./workers.ts";

export interface Seeded {
  /** Tokens of people who are signed in; the n-th is a member of an active organization. */
  sessionTokens: string[];
  /** A management API key. */
  apiKey: string;
}

/** Rows of one statement: D1 bounds what a statement may do, and so does patience. */
const CHUNK = 50_000;
const HOUR = 3_600_000;
/** SQL for `memberName` of the n-th identity. */
const MEMBER = `('p' || (n / ${MEMBERS}) || '-' || (n % ${MEMBERS}))`;

/** @param lookups how many domains of the index are asked for at most, one after another */
export async function seed(runtime: Runtime, size: Size, issuer: string, secrets: Secrets, lookups: number): Promise<Seeded> {
  const now = Date.now();
  await seedProject(runtime, now);
  await seedOrganizations(runtime, size, issuer, now);
  await seedIdentities(runtime, size, now);
  await seedActive(runtime, issuer, secrets, now);
  await seedPasswords(runtime, now);
  await seedIndex(runtime, Math.min(INDEXED_DOMAINS, lookups), now);
  return { sessionTokens: await seedSessions(runtime, now), apiKey: await seedKey(runtime, now) };
}

/** In the statement `n` counts, and `?3` is the first of the values. */
async function inChunks(runtime: Runtime, count: number, statement: string, values: readonly unknown[]): Promise<void> {
  for (let first = 0; first < count; first += CHUNK) {
    const last = Math.min(first + CHUNK, count) - 1;
    const numbers =
      "WITH RECURSIVE numbers (n) AS (SELECT CAST(?1 AS INTEGER) UNION ALL SELECT n + 1 FROM numbers WHERE n < ?2) ";
    const [head = "", tail = ""] = statement.split("SELECT", 2);
    await runtime.database
      .prepare(`${head} ${numbers} SELECT ${tail} FROM numbers`)
      .bind(first, last, ...values)
      .run();
  }
}

async function seedProject(runtime: Runtime, now: number): Promise<void> {
  await runtime.database
    .prepare("INSERT INTO projects (id, slug, name, created_at, updated_at) VALUES (?1, ?2, 'Bench', ?3, ?3)")
    .bind(PROJECT_ID, SLUG, now)
    .run();
}

async function seedOrganizations(runtime: Runtime, size: Size, issuer: string, now: number): Promise<void> {
  const { organizations } = size;
  await inChunks(
    runtime,
    organizations,
    `INSERT INTO organizations (project_id, id, label, created_at, updated_at)
     SELECT ?3, ${idOf(organizationId, "n")}, 'Organization ' || n, ?4, ?4`,
    [PROJECT_ID, now],
  );
  for (const [position, name] of [domainName, otherDomainName].entries()) {
    await inChunks(
      runtime,
      organizations,
      `INSERT INTO organization_domains (project_id, domain, organization_id, position, created_at)
       SELECT ?3, ${nameOf(name)}, ${idOf(organizationId, "n")}, ${position}, ?4`,
      [PROJECT_ID, now],
    );
  }
  const callbacks = `http://${runtime.orgate.authority}/self-service/methods/oidc/organization/`;
  await inChunks(
    runtime,
    organizations,
    `INSERT INTO connections (project_id, id, organization_id, provider, label, issuer_url, client_id, client_secret,
       token_endpoint_auth_method, scope, id_token_signed_response_alg, redirect_uri, pinned_token_endpoint,
       last_succeeded_at, created_at, updated_at)
     SELECT ?3, ${idOf(connectionId, "n")}, ${idOf(organizationId, "n")}, 'generic', 'Staff of organization ' || n, ?4,
       'client-' || n, 'of no use: nobody signs in here', 'client_secret_basic', '["openid","email"]', 'ES256',
       ?5 || ${idOf(organizationId, "n")} || '/callback/' || ${idOf(connectionId, "n")}, ?4 || '/token', ?6, ?6, ?6`,
    [PROJECT_ID, issuer, callbacks, now],
  );
}

async function seedIdentities(runtime: Runtime, size: Size, now: number): Promise<void> {
  const domain = nameOf(domainName, `(n / ${MEMBERS})`);
  const email = `${MEMBER} || '@' || ${domain}`;
  await inChunks(
    runtime,
    size.identities,
    `INSERT INTO identities (project_id, id, organization_id, email, email_domain, email_verified, traits, created_at, updated_at)
     SELECT ?3, ${idOf(identityId, "n")}, ${idOf(organizationId, `(n / ${MEMBERS})`)}, ${email}, ${domain}, 1,
       '{"email":"' || ${email} || '","name":"Person ' || n || '"}', ?4, ?4`,
    [PROJECT_ID, now],
  );
}

/** Secrets of the connections that are used, and the links of their people. */
async function seedActive(runtime: Runtime, issuer: string, secrets: Secrets, now: number): Promise<void> {
  const [id = "", secret = ""] = secrets.ENCRYPTION_KEYS.split(":");
  const sealer = createSealer([{ id, secret: new Uint8Array(Buffer.from(secret, "base64")) }]);
  for (let n = 0; n < ACTIVE_ORGANIZATIONS; n += 1) {
    const sealed = await sealer.seal(`connections/client_secret/${PROJECT_ID}/${connectionId(n)}`, "a-secret-that-nobody-checks");
    await runtime.database
      .prepare("UPDATE connections SET client_secret = ?3 WHERE project_id = ?1 AND id = ?2")
      .bind(PROJECT_ID, connectionId(n), sealed)
      .run();
  }
  await inChunks(
    runtime,
    ACTIVE_ORGANIZATIONS * MEMBERS,
    `INSERT INTO oidc_credentials (project_id, organization_key, issuer, subject, organization_id, identity_id, created_at)
     SELECT ?3, ${idOf(organizationId, `(n / ${MEMBERS})`)}, ?4, ${MEMBER}, ${idOf(organizationId, `(n / ${MEMBERS})`)},
       ${idOf(identityId, "n")}, ?5`,
    [PROJECT_ID, issuer, now],
  );
}

async function seedPasswords(runtime: Runtime, now: number): Promise<void> {
  const hash = await hashPassword(PASSWORD);
  const id = `'00000000-0000-7000-8004-' || printf('%012d', n)`;
  await inChunks(
    runtime,
    PASSWORD_ACCOUNTS,
    `INSERT INTO identities (project_id, id, email, email_domain, traits, created_at, updated_at)
     SELECT ?3, ${id}, ${nameOf(passwordAddress)}, 'people.example', '{"email":"' || ${nameOf(passwordAddress)} || '"}', ?4, ?4`,
    [PROJECT_ID, now],
  );
  await inChunks(
    runtime,
    PASSWORD_ACCOUNTS,
    `INSERT INTO password_credentials (project_id, identity_id, hash, created_at, updated_at) SELECT ?3, ${id}, ?5, ?4, ?4`,
    [PROJECT_ID, now, hash],
  );
}

/** Entries, and the filter that has exactly their domains, as the night shift would make it. */
async function seedIndex(runtime: Runtime, count: number, now: number): Promise<void> {
  const domains = Array.from({ length: count }, (_, n) => domainName(n));
  const entries = domains.map((domain, n): DomainEntry => {
    const connections = [{ id: connectionId(n), label: `Staff of organization ${n}` }];
    return { v: 1, project_id: PROJECT_ID, domain, state: "live", at: now, organization_id: organizationId(n), connections };
  });
  const filter = { projectId: PROJECT_ID, revision: 0, count, at: now, bits: filterOf(domains) };
  await runtime.putIndex([
    ...entries.map((entry) => ({ key: keyOf(PROJECT_ID, entry.domain), value: JSON.stringify(entry) })),
    { key: filterKeyOf(PROJECT_ID), value: filter.bits, metadata: filterMetadata(filter) },
  ]);
}

async function seedSessions(runtime: Runtime, now: number): Promise<string[]> {
  const tokens: string[] = [];
  const rows = Array.from({ length: SIGNED_IN }, (_, n) => {
    const member = n % (ACTIVE_ORGANIZATIONS * MEMBERS);
    const organization = Math.floor(member / MEMBERS);
    const id = `00000000-0000-7000-8005-${String(n).padStart(12, "0")}`;
    const { token, hash } = newSessionToken(id);
    tokens.push(token);
    const method = { method: "oidc", aal: "aal1", completed_at: new Date(now).toISOString() };
    const used = { ...method, provider: connectionId(organization), organization: organizationId(organization) };
    const [its, through] = [organizationId(organization), connectionId(organization)];
    return [id, hash, identityId(member), its, through, JSON.stringify([used])];
  });
  // One statement with all rows: each one of a batch takes its way through a proxy.
  await runtime.database
    .prepare(
      `INSERT INTO sessions (project_id, id, token_hash, identity_id, organization_id, connection_id, connection_trust_revision,
         authentication_methods, ip_address, user_agent, authenticated_at, issued_at, expires_at)
       SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, 1, value ->> 5, '203.0.113.7', 'bench', ?3, ?3, ?4
       FROM json_each(?2)`,
    )
    .bind(PROJECT_ID, JSON.stringify(rows), now, now + 24 * HOUR)
    .run();
  return tokens;
}

async function seedKey(runtime: Runtime, now: number): Promise<string> {
  const { key, prefix, hash } = newApiKey();
  await runtime.database
    .prepare(
      `INSERT INTO api_keys (project_id, id, name, prefix, key_hash, last_used_at, created_at)
       VALUES (?1, '00000000-0000-7000-8006-000000000000', 'bench', ?2, ?3, ?4, ?4)`,
    )
    .bind(PROJECT_ID, prefix, hash, now)
    .run();
  return key;
}

/** SQL for what `make` says of a number. */
function idOf(make: (n: string) => string, number: string): string {
  return `'${make("")}' || printf('%012d', ${number})`;
}

function nameOf(make: (n: string) => string, number = "n"): string {
  const [before = "", after = ""] = make("{}").split("{}");
  return `('${before}' || ${number} || '${after}')`;
}
