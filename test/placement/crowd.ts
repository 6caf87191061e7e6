// Two databases, and in one of them a project with rows in every table that moves, with values of every kind that a row may
// have; beside it neighbours in both, which nothing may touch.

import type { MoveReport, MoveService } from "../../src/domain/placement/move.ts";
import type { Runtime } from "../../src/services.ts";
import { copiedTables } from "../../src/storage/project-copy.ts";
import { projectCopyPut } from "../../src/storage/project-placement.ts";
import { findProject } from "../../src/storage/projects.ts";
import type { Places } from "../support/places.ts";

/** Who moves. */
export const context = { requestId: "r", ipAddress: null, userAgent: null, actor: { type: "root_key" as const, id: null } };

/** Asks until the move is done, and gives what was said. */
export async function finish(mover: MoveService, projectId: string, target: number): Promise<MoveReport[]> {
  const said: MoveReport[] = [];
  for (let call = 0; call < 60; call += 1) {
    const report = await mover.advance(projectId, target, context);
    said.push(report);
    if (report.state === "done") return said;
  }
  throw new Error(`not done: ${JSON.stringify(said.at(-1))}`);
}

/** `i` runs from 1 to the number of rows. Large numbers, no value, quotes, and letters beyond the first plane. */
const ROWS: Record<string, string> = {
  organizations: `INSERT INTO organizations SELECT ?1, 'o' || i, 'Ünïcode "' || i || ''' 𐍈 \\', 'enabled', NULL, i, 9007199254740993, i FROM n`,
  organization_domains: `INSERT INTO organization_domains SELECT ?1, 'd' || i || '.' || ?1 || '.test', 'o' || i, 'active', 0, i FROM n`,
  connections: `INSERT INTO connections (project_id, id, organization_id, provider, label, issuer_url, client_id, client_secret,
    token_endpoint_auth_method, id_token_signed_response_alg, redirect_uri, created_at, updated_at)
    SELECT ?1, 'c' || i, iif(i % 7 = 0, NULL, 'o' || i), 'generic', '', 'https://idp' || i || '.test', 'client', 'jwe', 'client_secret_basic',
    'RS256', 'https://x.test/' || i, i, i FROM n`,
  identities: `INSERT INTO identities SELECT ?1, 'i' || i, iif(i % 3 = 0, 'o' || i, NULL), 'p' || i || '@x.test', 'x.test', 1, 'default', 'active',
    '{"email":"p' || i || '@x.test","line":"a\\nb","deep":{"n":[1,2.5,null]}}', NULL, iif(i % 2, '[]', NULL), i, i, -i FROM n`,
  password_credentials: `INSERT INTO password_credentials SELECT ?1, 'i' || i, '$scrypt$' || i, i, i FROM n`,
  oidc_credentials: `INSERT INTO oidc_credentials SELECT ?1, 'o' || i, 'https://idp.test', char(0x1F600 + i) || ' "s"', 'o' || i, 'i' || i, i FROM n`,
  sessions: `INSERT INTO sessions (project_id, id, token_hash, identity_id, authentication_methods, user_agent, authenticated_at, issued_at, expires_at)
    SELECT ?1, 's' || i, 'h' || i, 'i' || i, '[{"method":"password"}]', 'Tab' || char(9) || 'x', i, i, 99999999999999 FROM n`,
  consumed_transactions: "INSERT INTO consumed_transactions SELECT ?1, 't' || i, 99999999999999 FROM n",
  attempt_counters: "INSERT INTO attempt_counters SELECT ?1, 'k' || i, i, 0, 99999999999999 FROM n",
  domain_index_outbox: "INSERT INTO domain_index_outbox SELECT ?1, 'd' || i || '.test', i, 99999999999999 FROM n",
  signing_keys: `INSERT INTO signing_keys SELECT ?1, 'k' || i, 'ES256', i, '{"kty":"EC"}', 'jwe', i, i FROM n`,
  clients: `INSERT INTO clients SELECT ?1, 'a' || i, 'App', '[]', '[]', '[]', '[]', 'openid', 'none', '[]', NULL, NULL, 'public', NULL, 0, 1,
    'ES256', 'required', '[]', '{}', 1, i, i FROM n`,
  session_token_templates: "INSERT INTO session_token_templates SELECT ?1, 't' || i, 60, 'ES256', '[]', 'id', '{}', i, i FROM n",
  session_token_exchanges: "INSERT INTO session_token_exchanges SELECT ?1, 'e' || i, 'h', 's' || i, 99999999999999 FROM n",
  provider_artifacts: "INSERT INTO provider_artifacts SELECT ?1, 'Grant/' || i, '{}', iif(i % 2, i, NULL), 99999999999999 FROM n",
  subject_salts: "INSERT INTO subject_salts SELECT ?1, 'salt', i FROM n LIMIT 1",
  logout_notices: "INSERT INTO logout_notices SELECT ?1, 's/' || i, 'a', 's', 'i', 0, 99999999999999 FROM n",
  events: `INSERT INTO events (project_id, id, type, actor_type, request_id, created_at)
    SELECT ?1, printf('e%06d', i), 'login.succeeded', 'identity', 'r', i FROM n`,
};

/** Tables that `fill` fills. */
export const FILLED = Object.keys(ROWS);

/** Puts so many rows of a project into each table of a database. */
export async function fill(database: D1Database, projectId: string, count: number): Promise<void> {
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) `;
  const statement = (text: string) => {
    const [head = "", ...rest] = text.split(/(?= SELECT )/);
    return database.prepare(`${head} ${numbers}${rest.join("")}`).bind(projectId);
  };
  await database.batch(Object.values(ROWS).map(statement));
}

/** The rows of a project in a place that move with it, by table. */
export async function rowsOf(database: D1Database, projectId: string): Promise<Record<string, unknown[]>> {
  const tables = copiedTables();
  const answers = await database.batch(
    tables.map(({ name, key }) =>
      database
        .prepare(
          `SELECT * FROM ${name} WHERE project_id = ? ${name === "events" ? "AND type NOT LIKE 'project.%'" : ""} ORDER BY ${[...key, "1"].join(", ")}`,
        )
        .bind(projectId),
    ),
  );
  return Object.fromEntries(tables.map(({ name }, index) => [name, answers[index]?.results ?? []]));
}

/** How many rows that is. */
export function count(rows: Record<string, unknown[]>): number {
  return Object.values(rows).reduce((sum, of) => sum + of.length, 0);
}

/** What a place holds of everybody but one project, and without what the night shift and movers keep there. */
export async function neighbours(places: Places, place: number, projectId: string): Promise<Record<string, unknown[]>> {
  const dump = await places.dump(place);
  const others = (rows: unknown[]) =>
    rows.filter((row) => {
      const { project_id, id } = row as { project_id?: string; id?: string };
      return project_id !== projectId && id !== projectId;
    });
  return Object.fromEntries(Object.entries(dump).map(([table, rows]) => [table, others(rows)]));
}

/** The copy of a project's row in a place, as its creation makes it. */
export async function anchor(runtime: Runtime, projectId: string, place: number): Promise<void> {
  const db = runtime.placement.places.get(place);
  const project = await findProject(runtime.directory, projectId);
  if (!db || !project) throw new Error("no such place or project");
  await db.commit([projectCopyPut(db, project)]);
}

/** Names of triggers in a database. */
export async function triggers(database: D1Database): Promise<string[]> {
  const { results } = await database.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").all<{ name: string }>();
  return results.map(({ name }) => name);
}
