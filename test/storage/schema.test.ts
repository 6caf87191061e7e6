// The migrations and drizzle's view of them agree, and the composite keys make a cross-tenant row impossible to store.

import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { getTableConfig, SQLiteTable } from "drizzle-orm/sqlite-core";
import { beforeAll, describe, expect, test } from "vitest";
import { ConstraintViolation } from "../../src/storage/database.ts";
import { SCHEMA_VERSION } from "../../src/storage/instance.ts";
import * as schema from "../../src/storage/schema.ts";
import { database, putConnection, putIdentity, putOrganization, putProject } from "../support/rows.ts";

const tables = Object.values(schema).filter((value) => value instanceof SQLiteTable);

interface Column {
  name: string;
  type: string;
  notnull: number;
  pk: number;
}

async function migrated(): Promise<string[]> {
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%' AND name <> 'd1_migrations'",
  ).all<{ name: string }>();
  return results.map((row) => row.name).sort();
}

test("there are exactly the tables that drizzle knows", async () => {
  expect(await migrated()).toEqual(tables.map((table) => getTableConfig(table).name).sort());
});

test("the migrated schema is of the version that this code expects", async () => {
  expect(await env.DB.prepare("SELECT value FROM instance_state WHERE key = 'schema_version'").first("value")).toBe(
    SCHEMA_VERSION,
  );
});

describe("columns, types, nullability and primary keys are the same in both", () => {
  test.each(tables.map((table) => [getTableConfig(table).name, table] as const))("%s", async (name, table) => {
    const { results } = await env.DB.prepare(`SELECT name, type, "notnull", pk FROM pragma_table_info(?)`)
      .bind(name)
      .all<Column>();
    const stored = results.map((c) => ({ name: c.name, type: c.type, notNull: c.notnull === 1 }));
    const config = getTableConfig(table);
    const known = config.columns.map((c) => ({ name: c.name, type: c.getSQLType().toUpperCase(), notNull: c.notNull }));
    const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
    expect(known.sort(byName)).toEqual(stored.sort(byName));

    const primary = results.filter((c) => c.pk > 0).sort((a, b) => a.pk - b.pk);
    const composite = config.primaryKeys[0]?.columns.map((c) => c.name);
    expect(composite ?? config.columns.filter((c) => c.primary).map((c) => c.name)).toEqual(primary.map((c) => c.name));
  });
});

test("every table is STRICT and WITHOUT ROWID, and no foreign key acts on its own", async () => {
  const { results } = await env.DB.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'table'").all<{
    name: string;
    sql: string;
  }>();
  const ours = new Set(await migrated());
  for (const { name, sql: text } of results.filter((row) => ours.has(row.name))) {
    expect(text, name).toMatch(/STRICT, WITHOUT ROWID$/);
    expect(text, name).not.toMatch(/ON (DELETE|UPDATE)/i);
  }
});

test("every table of a project leads its key with the project, and every foreign key between such tables carries it", async () => {
  for (const name of await migrated()) {
    if (name === "projects" || name === "instance_state") continue;
    const columns = await env.DB.prepare("SELECT name, pk FROM pragma_table_info(?)").bind(name).all<Column>();
    expect(columns.results.find((c) => c.pk === 1)?.name, name).toBe("project_id");
    const keys = await env.DB.prepare(`SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?)`)
      .bind(name)
      .all<{ id: number; table: string; from: string; to: string }>();
    for (const [, parts] of Map.groupBy(keys.results, (key) => key.id)) {
      if (parts[0]?.table === "projects") continue;
      expect(
        parts.map((part) => part.to),
        `${name} → ${parts[0]?.table}`,
      ).toContain("project_id");
    }
  }
});

describe("a row of one project cannot point into another (T104, invariant 10)", () => {
  const ids = { mine: "", organization: "", identity: "" };
  beforeAll(async () => {
    ids.mine = (await putProject({ slug: "mine" })).id;
    const theirs = await putProject({ slug: "theirs" });
    ids.organization = (await putOrganization(theirs.id, [])).id;
    ids.identity = (await putIdentity(theirs.id, null)).id;
    await putConnection(theirs.id, { organizationId: ids.organization });
  });

  const attempts: [string, () => string][] = [
    [
      "a domain of their organization",
      () => `INSERT INTO organization_domains VALUES ('${ids.mine}', 'x.test', '${ids.organization}', 'active', 0, 0)`,
    ],
    [
      "a connection of their organization",
      () =>
        `INSERT INTO connections (project_id, id, organization_id, provider, label, issuer_url, client_id, token_endpoint_auth_method, id_token_signed_response_alg, redirect_uri, created_at, updated_at)
         VALUES ('${ids.mine}', 'c', '${ids.organization}', 'generic', 'l', 'i', 'c', 'client_secret_basic', 'RS256', 'r', 0, 0)`,
    ],
    [
      "an identity in their organization",
      () =>
        `INSERT INTO identities (project_id, id, organization_id, traits, created_at, updated_at) VALUES ('${ids.mine}', 'i', '${ids.organization}', '{}', 0, 0)`,
    ],
    [
      "a password of their identity",
      () => `INSERT INTO password_credentials VALUES ('${ids.mine}', '${ids.identity}', 'h', 0, 0)`,
    ],
    [
      "an IdP link of their identity",
      () => `INSERT INTO oidc_credentials VALUES ('${ids.mine}', '', 'i', 's', NULL, '${ids.identity}', 0)`,
    ],
    [
      "an IdP link in their organization",
      () =>
        `INSERT INTO oidc_credentials VALUES ('${ids.mine}', '${ids.organization}', 'i', 's', '${ids.organization}', '${ids.identity}', 0)`,
    ],
    [
      "a session of their identity",
      () =>
        `INSERT INTO sessions (project_id, id, token_hash, identity_id, authentication_methods, authenticated_at, issued_at, expires_at) VALUES ('${ids.mine}', 's', 'h', '${ids.identity}', '[]', 0, 0, 0)`,
    ],
    [
      "access of an operator whose identity is of another project than said",
      () => `INSERT INTO operator_access VALUES ('${ids.mine}', '${ids.mine}', '${ids.identity}', 'owner', 0)`,
    ],
    ...[
      "project_hostnames",
      "consumed_transactions",
      "api_keys",
      "events",
      "attempt_counters",
      "domain_index_outbox",
      "signing_keys",
      "clients",
      "session_token_templates",
      "session_token_exchanges",
      "provider_artifacts",
      "subject_salts",
      "logout_notices",
      "operator_invitations",
      "project_logos",
      "project_moves",
    ].map((table): [string, () => string] => [`a row of ${table} in a project that is not there`, () => ORPHANS[table] ?? ""]),
  ];

  test.each(attempts)("%s", async (_, statement) => {
    const refused = await database.commit([database.query.run(sql.raw(statement()))]).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConstraintViolation);
    expect((refused as ConstraintViolation).kind).toBe("foreign_key");
  });

  test("the attempts name every foreign key there is", async () => {
    const seen = new Set<string>();
    for (const name of await migrated()) {
      const keys = await env.DB.prepare(`SELECT DISTINCT "table" AS parent FROM pragma_foreign_key_list(?)`)
        .bind(name)
        .all<{ parent: string }>();
      for (const { parent } of keys.results) seen.add(`${name}→${parent}`);
    }
    expect([...seen].sort()).toEqual([
      "api_keys→projects",
      "attempt_counters→projects",
      "clients→projects",
      "connections→organizations",
      "connections→projects",
      "consumed_transactions→projects",
      "domain_index_outbox→projects",
      "events→projects",
      "identities→organizations",
      "identities→projects",
      "logout_notices→projects",
      "oidc_credentials→identities",
      "oidc_credentials→organizations",
      "operator_access→identities",
      "operator_access→projects",
      "operator_invitations→projects",
      "organization_domains→organizations",
      "organizations→projects",
      "password_credentials→identities",
      "project_hostnames→projects",
      "project_logos→projects",
      "project_moves→projects",
      "provider_artifacts→projects",
      "session_token_exchanges→projects",
      "session_token_templates→projects",
      "sessions→identities",
      "signing_keys→projects",
      "subject_salts→projects",
    ]);
  });
});

const ORPHANS: Record<string, string> = {
  project_hostnames: "INSERT INTO project_hostnames VALUES ('nowhere', 'h.example', 0)",
  consumed_transactions: "INSERT INTO consumed_transactions VALUES ('nowhere', 't', 0)",
  api_keys: "INSERT INTO api_keys VALUES ('nowhere', 'k', 'n', 'p', 'h', NULL, NULL, 0)",
  events:
    "INSERT INTO events (project_id, id, type, actor_type, request_id, created_at) VALUES ('nowhere', 'e', 't', 'system', 'r', 0)",
  attempt_counters: "INSERT INTO attempt_counters (project_id, key, count, window_ends_at) VALUES ('nowhere', 'k', 1, 0)",
  domain_index_outbox: "INSERT INTO domain_index_outbox VALUES ('nowhere', 'd.test', 0, 0)",
  signing_keys: "INSERT INTO signing_keys VALUES ('nowhere', 'k', 'ES256', 1, '{}', 's', 0, 0)",
  clients: `INSERT INTO clients VALUES ('nowhere', 'c', '', '[]', '[]', '[]', '[]', 'openid', 'none', '[]', NULL, NULL, 'public', NULL,
    0, 1, 'ES256', 'required', '[]', '{}', 1, 0, 0)`,
  session_token_templates: "INSERT INTO session_token_templates VALUES ('nowhere', 't', 60, 'ES256', '[]', 'id', '{}', 0, 0)",
  provider_artifacts: "INSERT INTO provider_artifacts VALUES ('nowhere', 'a', '{}', NULL, 0)",
  logout_notices: "INSERT INTO logout_notices VALUES ('nowhere', 's/c', 'c', 's', 'i', 0, 0)",
  subject_salts: "INSERT INTO subject_salts VALUES ('nowhere', 's', 0)",
  operator_invitations: "INSERT INTO operator_invitations VALUES ('nowhere', 'i', 'h', 'e', 'viewer', 0, 0)",
  project_logos: "INSERT INTO project_logos VALUES ('nowhere', 'image/png', x'00', 0)",
  project_moves: "INSERT INTO project_moves VALUES ('nowhere', 0, 1, 'announced', '{}', '', 0, 0, 0, 0)",
  session_token_exchanges: "INSERT INTO session_token_exchanges VALUES ('nowhere', 'e', 'h', 's', 0)",
};

test("a raw statement with values takes part in a batch, is counted, and is undone with it", async () => {
  const { id } = await putProject();
  const insert = (key: string) => database.query.run(sql`INSERT INTO consumed_transactions VALUES (${id}, ${key}, ${1})`);
  expect(await database.commit([insert("a"), insert("b")])).toEqual([1, 1]);
  await expect(database.commit([insert("c"), insert("a")])).rejects.toBeInstanceOf(ConstraintViolation);
  expect(await env.DB.prepare("SELECT count(*) AS n FROM consumed_transactions WHERE project_id = ?").bind(id).first("n")).toBe(
    2,
  );
});

test("a join through read() keeps equal column names apart, and readAll() with a join does not (drizzle 0.45)", async () => {
  const project = await putProject();
  const organization = await putOrganization(project.id, ["joined.test"]);
  const connection = await putConnection(project.id, { organizationId: organization.id });
  const joined = () =>
    database.query
      .select({ organization: schema.organizations.id, connection: schema.connections.id })
      .from(schema.connections)
      .innerJoin(schema.organizations, sql`${schema.organizations.id} = ${schema.connections.organizationId}`)
      .where(sql`${schema.connections.projectId} = ${project.id}`);
  expect(await database.read(joined())).toEqual([{ organization: organization.id, connection: connection.id }]);
  const [mixed] = await database.readAll([joined()]);
  expect(mixed).not.toEqual([{ organization: organization.id, connection: connection.id }]);
});
