// Lists of the console in a project of the size that Orgate is made for: as many questions to D1 as in a small one, and
// never more rows on a page than fit one.

import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { newId } from "../../src/crypto/random.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import { type OperatorClient, operatorAt } from "../support/console.ts";
import { countingEnv } from "../support/counting.ts";
import {
  createApiKey,
  createConnection,
  createOrganization,
  createProject,
  putIdentity,
  putSession,
  services,
  systemContext,
} from "../support/seed.ts";

const SMALL = { organizations: 10, identities: 10 };
const LARGE = { organizations: 1_000, identities: 10_000 };
const PAGE = 25;
/** Rows that a look into the log, which is not indexed by what it is about, may read before it says that there is more. */
const WINDOW = 3_500;

let small: Filled;
let large: Filled;
const counted = countingEnv(env, { measureRows: true });
let operator: OperatorClient;

interface Filled {
  project: Project;
  /** The organization that most people belong to. */
  organizationId: string;
  connectionId: string;
  identityId: string;
}

beforeAll(async () => {
  small = await filled(SMALL);
  large = await filled(LARGE);
  operator = await operatorAt({ all: "owner" }, counted.env);
  // What is remembered for seconds stays remembered between two visits, however slow the machine is.
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterAll(() => vi.useRealTimers());

const LISTS: [name: string, path: (of: Filled) => string][] = [
  ["organizations", () => "/organizations"],
  ["organizations by label", () => "/organizations?search=org"],
  ["organizations by domain", () => "/organizations?search=d1.filled.example"],
  ["organizations of one state", () => "/organizations?state=enabled"],
  ["an organization's connections", (of) => `/organizations/${of.organizationId}/connections`],
  ["an organization's members", (of) => `/organizations/${of.organizationId}/members`],
  ["an organization's sessions", (of) => `/organizations/${of.organizationId}/sessions`],
  ["an organization's events", (of) => `/organizations/${of.organizationId}/events`],
  ["connections", () => "/connections"],
  ["connections of one organization", (of) => `/connections?organization=${of.organizationId}`],
  ["identities", () => "/identities"],
  ["identities by address", () => "/identities?search=person"],
  ["identities of one organization", (of) => `/identities?organization_id=${of.organizationId}`],
  ["one identity, its sessions and events", (of) => `/identities/${of.identityId}`],
  ["API keys", () => "/api-keys"],
  ["applications", () => "/applications"],
  ["events", () => "/events"],
  ["events of one type", () => "/events?type=login.succeeded"],
  ["events of one organization", (of) => `/events?organization_id=${of.organizationId}`],
  ["operators", () => "/operators"],
  ["the overview", () => ""],
];

describe("with 1,000 organizations and 10,000 identities", () => {
  test.each(LISTS)("%s: as many round trips and statements as with 10 and 10, and a page of rows", async (_name, path) => {
    const few = await cost(small, path(small));
    const many = await cost(large, path(large));
    expect(many.roundTrips).toBe(few.roundTrips);
    expect(many.statements).toBe(few.statements);
    expect(many.rows).toBeLessThanOrEqual(3 * PAGE);
    expect(many.rowsRead).toBeLessThan(/event|identities\/|sessions/.test(path(large)) ? WINDOW : 950);
  });

  test.each(["/organizations", "/identities", "/connections", "/events", "/api-keys"])(
    "%s leads on to the next page",
    async (path) => {
      const { text } = await operator.page(`/projects/${large.project.id}${path}`);
      const next = /href="([^"]*page_token=[^"]*)"/.exec(text)?.[1]?.replaceAll("&amp;", "&");
      expect(next).toBeDefined();
      const second = await operator.page(next ?? "");
      expect(second.status).toBe(200);
      const shown = new Set(rowsOf(text));
      expect(shown.size).toBe(PAGE);
      expect(rowsOf(second.text).filter((row) => shown.has(row))).toEqual([]);
    },
  );

  test("the list of projects costs the same for 2 and for 200", async () => {
    const cost = async () => {
      counted.reset();
      expect((await operator.page("/console")).status).toBe(200);
      return { trips: counted.d1.roundTrips, statements: counted.d1.statements };
    };
    const few = await cost();
    const changes = { id: idOf(9, "i"), slug: "'filled-' || i", name: "'Project ' || i" };
    await multiply("projects", "id = ?", [small.project.id], 200, changes);
    expect(await cost()).toEqual(few);
  });
});

async function cost(of: Filled, path: string) {
  const url = `/projects/${of.project.id}${path}`;
  await operator.page(url);
  counted.reset();
  const { status, text } = await operator.page(url);
  expect(status, url).toBe(200);
  const { roundTrips, statements, rowsRead } = counted.d1;
  return { roundTrips, statements, rowsRead, rows: text.match(/<th scope="row"|class="log-entry/g)?.length ?? 0 };
}

/** Names of a page's rows, or of what its entries are about. */
function rowsOf(text: string): string[] {
  return [...text.matchAll(/<th scope="row">(.*?)<\/th>|<(?:details|li)[^>]* id="([^"]+)"/gs)].map((match) => match[0]);
}

/** A project with so many of everything; one of each is made by the services, the rest are its copies. */
async function filled(size: { organizations: number; identities: number }): Promise<Filled> {
  const project = await createProject();
  const p = project.id;
  const organization = await createOrganization(project, { label: "Organization", domains: ["first.filled.example"] });
  const connection = await createConnection(project, { organizationId: organization.id });
  const identityId = await putIdentity(p, { email: "first@first.filled.example", organizationId: organization.id });
  await putSession(p, identityId, connection);
  await createApiKey(project);

  const app = { name: "App", redirectUris: ["https://app.example/callback"], organizationIds: [organization.id] };
  const { client } = await services().clients.create(p, app, systemContext);

  const { organizations, identities } = size;
  /** Every second one to the one organization. */
  const belongsTo = `CASE WHEN i % 2 = 0 THEN '${organization.id}' ELSE ${idOf(1, `1 + i % ${organizations - 1}`)} END`;
  const first = (table: string, id: string) => [table, "project_id = ? AND id = ?", [p, id]] as const;
  await multiply(...first("organizations", organization.id), organizations - 1, {
    id: idOf(1, "i"),
    label: "'Organization ' || i",
  });
  await multiply("organization_domains", "project_id = ?", [p], organizations - 1, {
    domain: "'d' || i || '.filled.example'",
    organization_id: idOf(1, "i"),
  });
  await multiply(...first("connections", connection.id), organizations - 1, {
    id: idOf(2, "i"),
    organization_id: `CASE WHEN i <= 40 THEN '${organization.id}' ELSE ${idOf(1, "i")} END`,
  });
  await multiply(...first("identities", identityId), identities - 1, {
    id: idOf(3, "i"),
    organization_id: belongsTo,
    email: "'person' || i || '@first.filled.example'",
  });
  await multiply("sessions", "project_id = ?", [p], identities - 1, {
    id: idOf(4, "i"),
    token_hash: "'hash ' || i",
    identity_id: `CASE WHEN i % 2 = 0 THEN '${identityId}' ELSE ${idOf(3, "i")} END`,
  });
  await multiply("api_keys", "project_id = ?", [p], organizations / 10, {
    id: idOf(5, "i"),
    key_hash: `'${p} ' || i`,
    name: "'Key ' || i",
  });
  await multiply(...first("clients", client.id), organizations / 10, { id: idOf(7, "i"), name: "'App ' || i" });
  await env.DB.prepare(
    `INSERT INTO events (project_id, id, type, actor_type, organization_id, connection_id, identity_id, request_id, created_at)
     VALUES (?, ?, 'login.succeeded', 'identity', ?, ?, ?, 'request', ?)`,
  )
    .bind(p, newId(Date.now()), organization.id, connection.id, identityId, Date.now())
    .run();
  await multiply("events", "project_id = ? AND type = 'login.succeeded'", [p], identities - 1, {
    id: idOf(6, "i"),
    organization_id: belongsTo,
    identity_id: `CASE WHEN i % 2 = 0 THEN '${identityId}' ELSE ${idOf(3, "i")} END`,
  });
  return { project, organizationId: organization.id, connectionId: connection.id, identityId };
}

/** SQL of an id of one kind: a UUIDv7 of some time ago, in the order of the numbers. */
function idOf(kind: number, number: string): string {
  return `printf('0199${kind}000-0000-7000-8000-%012x', ${number})`;
}

/** Copies one row so many times. `changes` are SQL over `i`, the number of the copy from 1 on. */
async function multiply(
  table: string,
  where: string,
  values: readonly string[],
  count: number,
  changes: Record<string, string>,
): Promise<void> {
  if (count < 1) return;
  const { results } = await env.DB.prepare("SELECT name FROM pragma_table_info(?)").bind(table).all<{ name: string }>();
  const columns = results.map(({ name }) => name);
  const copied = columns.map((name) => changes[name] ?? `"${name}"`);
  await env.DB.prepare(
    `INSERT INTO ${table} (${columns.join(", ")})
     WITH RECURSIVE copies (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM copies WHERE i < ${count})
     SELECT ${copied.join(", ")} FROM copies, (SELECT * FROM ${table} WHERE ${where} LIMIT 1)`,
  )
    .bind(...values)
    .run();
}
