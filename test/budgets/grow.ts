// Fills a project by SQL: organizations with two domains and a connection, a person with a session, and an audit event each.

import { env } from "cloudflare:workers";

/** Rows per statement: D1 gives one thirty seconds at most. */
const STEP = 20_000;

/** The number of organizations made here grows to `to`; ids and labels are numbered, so that they come first in lists. */
export async function grow(projectId: string, from: number, to: number): Promise<void> {
  for (let first = from + 1; first <= to; first += STEP) {
    const last = Math.min(first + STEP - 1, to);
    await env.DB.batch(
      STATEMENTS.map((statement) =>
        env.DB.prepare(
          `WITH RECURSIVE n(i) AS (SELECT ?2 UNION ALL SELECT i + 1 FROM n WHERE i < ?3), row(i, id) AS
             (SELECT i, printf('00000000-0000-7000-8000-%012d', i) FROM n) ${statement}`,
        ).bind(projectId, first, last),
      ),
    );
  }
}

const domain = (side: string) => `INSERT INTO organization_domains (project_id, domain, organization_id, position, created_at)
  SELECT ?1, printf('${side}%06d.example', i), id, ${side === "a" ? 0 : 1}, 0 FROM row`;

const STATEMENTS = [
  `INSERT INTO organizations (project_id, id, label, created_at, updated_at)
     SELECT ?1, id, printf('AAA %06d', i), 0, 0 FROM row`,
  domain("a"),
  domain("b"),
  `INSERT INTO connections (project_id, id, organization_id, provider, label, issuer_url, client_id,
       token_endpoint_auth_method, id_token_signed_response_alg, redirect_uri, created_at, updated_at)
     SELECT ?1, id, id, 'generic', 'IdP', printf('https://idp%06d.example', i), 'client', 'client_secret_basic', 'RS256',
       'https://orgate.example/callback/' || id, 0, 0 FROM row`,
  `INSERT INTO identities (project_id, id, organization_id, email, email_domain, traits, created_at, updated_at)
     SELECT ?1, id, id, printf('pat@a%06d.example', i), printf('a%06d.example', i), '{}', 0, 0 FROM row`,
  `INSERT INTO oidc_credentials (project_id, organization_key, issuer, subject, organization_id, identity_id, created_at)
     SELECT ?1, id, printf('https://idp%06d.example', i), 'pat', id, id, 0 FROM row`,
  `INSERT INTO sessions (project_id, id, token_hash, identity_id, organization_id, connection_id, connection_trust_revision,
       authentication_methods, authenticated_at, issued_at, expires_at)
     SELECT ?1, id, id, id, id, id, 1, '[]', 0, 0, 8640000000000000 FROM row`,
  `INSERT INTO events (project_id, id, type, actor_type, organization_id, identity_id, request_id, created_at)
     SELECT ?1, id, 'login.succeeded', 'identity', id, id, id, 0 FROM row`,
];
