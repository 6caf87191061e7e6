// Every statement of a request finds its rows by a key or an index, and every index of the migrations serves a statement.
// The statements are the stores' own, caught on their way to D1 and explained by SQLite.

import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { afterAll, describe, expect, test } from "vitest";
import { findApiKeyByHash, listApiKeys } from "../../src/storage/api-keys.ts";
import { attemptStore } from "../../src/storage/attempts.ts";
import {
  areOrganizations,
  clientDelete,
  clientIs,
  clientsAmong,
  findClient,
  listClients,
  organizationsAmong,
} from "../../src/storage/clients.ts";
import { connectionDelete, findConnection, listConnections, listLabelledConnections } from "../../src/storage/connections.ts";
import { type Database, openDatabase } from "../../src/storage/database.ts";
import { outboxDomains, outboxOrganization } from "../../src/storage/domain-outbox.ts";
import {
  indexRevisions,
  listDomainsOf,
  listOwnedDomains,
  outboxConfirm,
  readDomain,
  readDomains,
} from "../../src/storage/domains.ts";
import { listEvents } from "../../src/storage/events.ts";
import { commitIf } from "../../src/storage/guard.ts";
import { findProjectByHost } from "../../src/storage/hosts.ts";
import {
  findIdentity,
  findIdentityWithCredentials,
  identityDelete,
  identityFacts,
  listIdentities,
  listIdentitiesByEmail,
  listNewestIdentities,
} from "../../src/storage/identities.ts";
import { readFacts, readWindow } from "../../src/storage/instance.ts";
import { loginStore } from "../../src/storage/login.ts";
import { findLogo } from "../../src/storage/logos.ts";
import {
  dueNotices,
  noticesOfIdentityInsert,
  noticesOfSessionInsert,
  noticesOfUpstreamInsert,
} from "../../src/storage/logout-notices.ts";
import {
  findInvitation,
  isOperator,
  listInvitations,
  listOperatorGrants,
  listOperators,
  waysOf,
} from "../../src/storage/operators.ts";
import { searchOrganizations } from "../../src/storage/organization-list.ts";
import {
  countOrganization,
  domainsOfOthers,
  findOrganization,
  listOrganizations,
  organizationDelete,
} from "../../src/storage/organizations.ts";
import { isBeingMoved, listPlaced, readPlacement } from "../../src/storage/project-placement.ts";
import { findProject, findProjectBySlug, projectDelete } from "../../src/storage/projects.ts";
import {
  artifactConsume,
  artifactDelete,
  findArtifact,
  grantsOfSession,
  subjectSalt,
} from "../../src/storage/provider-artifacts.ts";
import { findExchange } from "../../src/storage/session-exchanges.ts";
import { findTemplate, listTemplates, mayPutTemplate } from "../../src/storage/session-token-templates.ts";
import {
  findSession,
  findSessionByToken,
  listSessions,
  listSessionsOfMembers,
  sessionsOfIdentityDelete,
  sessionsOfMembersDelete,
} from "../../src/storage/sessions.ts";
import { generationsAre, listSigningKeys } from "../../src/storage/signing-keys.ts";
import { subjectsOfSid, upstreamSessionsDelete } from "../../src/storage/upstream-sessions.ts";
import { countingEnv } from "../support/counting.ts";
import { putConnection, putIdentity, putOrganization, putProject, sessionFor } from "../support/rows.ts";

const counted = countingEnv(env);
const db = openDatabase(counted.env.DB);
const used = new Set<string>();

interface Step {
  table: string;
  /** `SEARCH` finds rows, `SCAN` reads all. */
  how: "SEARCH" | "SCAN";
  /** Columns that bound the search. */
  columns: string[];
  detail: string;
}

/** The steps SQLite takes on our tables for what `run` sends. */
async function plan(run: (db: Database) => Promise<unknown>): Promise<Step[]> {
  counted.reset();
  await run(db);
  const steps: Step[] = [];
  for (const statement of counted.d1.sql.flat()) {
    const numbers = [...statement.matchAll(/\?(\d*)/g)].map(([, number], n) => (number ? Number(number) : n + 1));
    const explained = await env.DB.prepare(`EXPLAIN QUERY PLAN ${statement}`)
      .bind(...Array(Math.max(0, ...numbers)).fill("{}"))
      .all<{ detail: string }>();
    for (const { detail } of explained.results) {
      const index = /USING (?:COVERING )?INDEX (\w+)/.exec(detail)?.[1];
      if (index) used.add(index);
      const step = /^(SEARCH|SCAN) (\w+)(?!.*VIRTUAL TABLE)/.exec(detail);
      const table = tableOf(statement, step?.[2] ?? "");
      if (!step || !TABLES.has(table)) continue;
      const columns = [...(/\(([^)]*)\)$/.exec(detail)?.[1] ?? "").matchAll(/(\w+)[=<>]\?/g)].map((m) => m[1] ?? "");
      steps.push({ how: step[1] as Step["how"], table, columns, detail });
    }
  }
  return steps;
}

/** The table behind a name that the statement may have given it. */
function tableOf(statement: string, name: string): string {
  return new RegExp(`"?(\\w+)"? AS ${name}\\b`, "i").exec(statement)?.[1] ?? name;
}

const TABLES = new Set(
  (await env.DB.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all<{ name: string }>()).results.map(
    (row) => row.name,
  ),
);

const project = await putProject({ slug: "demo", hostnames: ["login.acme.example"] });
const organization = await putOrganization(project.id, ["a.test"]);
const connection = await putConnection(project.id, { organizationId: organization.id });
const social = await putConnection(project.id);
const person = await putIdentity(project.id, "u@a.test", { organizationId: organization.id });
const p = project.id;
const login = () => loginStore(db, p);
const page = { after: undefined, limit: 10 };
const next = { after: "0", limit: 10 };
const labels = { text: { label: "A", domain: "a" }, state: undefined, after: { label: "A", id: "0" }, limit: 10 };
const memberPage = { after: { identityId: "0", sessionId: "0" }, limit: 10 };
const callback = { id: "t", connectionId: connection.id, organizationId: organization.id, expiresAt: 1 };

const upstream = { connectionId: "c", organizationId: organization.id, issuer: "i", subject: "s", upstreamSid: "x" };

/** What a request sends to find single things: every step has the whole key or the whole index. */
const POINT: [string, (db: Database) => Promise<unknown>][] = [
  ["the project of a slug", (db) => findProjectByHost(db, { slug: "demo" })],
  ["the project of an own host name", (db) => findProjectByHost(db, { hostname: "login.acme.example" })],
  ["a project's place", (db) => readPlacement(db, p)],
  ["whether a project is being moved", (db) => isBeingMoved(db, p)],
  ["a project by slug", (db) => findProjectBySlug(db, "demo")],
  ["the lookup", (db) => readDomain(db, p, "a.test")],
  ["the reconciliation of the index", (db) => readDomains(db, p, ["a.test"])],
  ["routing", () => login().routingFacts("a.test")],
  ["social sign-in", () => login().socialConnections()],
  ["start", () => login().startFacts(connection.id, "a.test")],
  ["start by organization", () => login().linkFacts({ organizationId: organization.id }, "a.test")],
  ["start by issuer", () => login().linkFacts({ issuer: connection.issuerUrl }, "a.test")],
  ["callback", () => login().consume(callback)],
  ["linking", () => login().linkingFacts({ organizationId: organization.id, issuer: "i", subject: "s" }, "u@a.test", "a.test")],
  ["password login", (db) => db.readAll(loginStore(db, p).localReads("u@a.test", "a.test") as never)],
  ["a new session", (db) => db.commit([loginStore(db, p).createSession(sessionFor(person), "h", "b.test")]).catch(() => 0)],
  ["attempts", (db) => db.readAll([attemptStore(db, p).before(["k"])])],
  ["whoami", (db) => findSessionByToken(db, { projectId: p, sessionId: "s", tokenHash: "h" })],
  ["a session", (db) => findSession(db, p, "s")],
  ["an API key", (db) => findApiKeyByHash(db, "h")],
  ["an operator's grants", (db) => listOperatorGrants(db, p, person.id)],
  ["an organization", (db) => findOrganization(db, p, organization.id)],
  ["owners of domains", (db) => domainsOfOthers(db, p, organization.id, ["a.test"])],
  ["a connection", (db) => findConnection(db, p, connection.id)],
  ["an identity", (db) => findIdentity(db, p, person.id)],
  ["an identity and its credentials", (db) => findIdentityWithCredentials(db, p, person.id)],
  ["facts about an identity's ground", (db) => identityFacts(db, p, "a.test", organization.id)],
  ["the identity of an address", (db) => listIdentities(db, p, { email: "u@a.test" }, page)],
  ["ending a person's sessions", (db) => db.commit([sessionsOfIdentityDelete(db, p, person.id)])],
  ["outbox by domain", (db) => db.commit([outboxDomains(db, p, ["a.test"], 0)])],
  ["outbox by organization", (db) => db.commit([outboxOrganization(db, p, organization.id, 0)])],
  ["outbox confirmation", (db) => db.commit([outboxConfirm(db, p, ["a.test"], 0)])],
  ["an app", (db) => findClient(db, p, "c")],
  ["apps among audiences", (db) => clientsAmong(db, p, ["c"])],
  ["a code or token and its grant", (db) => findArtifact(db, p, "AccessToken/x")],
  ["a code that is used up", (db) => db.commit([artifactConsume(db, p, "AuthorizationCode/x", 0)])],
  ["a token that ends", (db) => db.commit([artifactDelete(db, p, "AccessToken/x")])],
  ["the grants of a session", (db) => grantsOfSession(db, p, "s", 0)],
  ["the apps of a session that ends", (db) => db.commit([noticesOfSessionInsert(db, p, "s", 0)])],
  ["the apps of a person's sessions", (db) => db.commit([noticesOfIdentityInsert(db, p, person.id, undefined, 0)])],
  ["what rests on a session at an IdP", (db) => db.commit([upstreamSessionsDelete(db, p, upstream)])],
  ["the apps of what rests on it", (db) => db.commit([noticesOfUpstreamInsert(db, p, upstream, 0)])],
  ["apps that wait for the word", (db) => dueNotices(db, 0, 10)],
  ["a project's subject salt", (db) => subjectSalt(db, p, "salt", 0)],
  ["organizations of a pin", (db) => organizationsAmong(db, p, [organization.id])],
  ["a pin that still holds", (db) => commitIf(db, p, areOrganizations(p, [organization.id]), [])],
  ["a change of an app", (db) => commitIf(db, p, clientIs(p, "c", 1), [clientDelete(db, p, "c")])],
  ["the keys of a project", (db) => listSigningKeys(db, p)],
  ["the next signing key", (db) => commitIf(db, p, generationsAre(p, new Map([["ES256", 0]])), [])],
  ["a session token template", (db) => findTemplate(db, p, "t")],
  ["a session that waits for an app", (db) => findExchange(db, p, "e")],
  ["an invitation", (db) => findInvitation(db, p, "i", "h")],
  ["how an invited person gets in", (db) => waysOf(db, p, "u@a.test", "a.test")],
  ["whether an address is an operator's", (db) => isOperator(db, p, p, "u@a.test")],
  ["one operator of a project", (db) => listOperators(db, p, { ...page, id: person.id })],
  ["facts of the installation", (db) => readFacts(db, ["schema_version"])],
];

/** What walks a list: a stretch of one project's rows in the order of a key, never the table. */
const PAGE: [string, (db: Database) => Promise<unknown>][] = [
  ["a logo", (db) => findLogo(db, p)],
  ["a project and its host names", (db) => findProject(db, p)],
  ["operators of a project", (db) => listOperators(db, p, next)],
  ["open invitations", (db) => listInvitations(db, p, next, 0)],
  ["organizations", (db) => listOrganizations(db, p, next)],
  ["organizations by label", (db) => searchOrganizations(db, p, { ...labels, text: undefined })],
  ["organizations of a state", (db) => searchOrganizations(db, p, { ...labels, text: undefined, state: "enabled" })],
  ["organizations a text finds", (db) => searchOrganizations(db, p, labels)],
  ["organizations of a state a text finds", (db) => searchOrganizations(db, p, { ...labels, state: "enabled" })],
  ["what hangs on an organization", (db) => countOrganization(db, p, organization.id)],
  ["an organization's sessions", (db) => listSessionsOfMembers(db, p, { organizationId: organization.id, ...memberPage })],
  ["identities, newest first", (db) => listNewestIdentities(db, p, { before: "z", limit: 10 })],
  ["identities an address begins", (db) => listIdentitiesByEmail(db, p, { prefix: "u", after: "u", limit: 10 })],
  ["the organization of a domain", (db) => listOrganizations(db, p, { ...page, domain: "a.test" })],
  ["connections", (db) => listConnections(db, p, next)],
  ["connections with their organizations", (db) => listLabelledConnections(db, p, next)],
  [
    "an organization's connections with its label",
    (db) => listLabelledConnections(db, p, { ...next, organizationId: organization.id }),
  ],
  ["an organization's connections", (db) => listConnections(db, p, { ...next, organizationId: organization.id })],
  ["apps", (db) => listClients(db, p, { ...next, name: "n" })],
  ["session token templates", (db) => listTemplates(db, p, 10)],
  ["whose a session at an IdP is", (db) => subjectsOfSid(db, p, upstream)],
  ["room for a template", (db) => commitIf(db, p, mayPutTemplate(p, "t", { madeAt: undefined, most: 1 }), [])],
  ["API keys", (db) => listApiKeys(db, p, next)],
  ["identities", (db) => listIdentities(db, p, undefined, next)],
  ["an organization's members", (db) => listIdentities(db, p, { organizationId: organization.id }, next)],
  ["a person's sessions", (db) => listSessions(db, p, { ...next, identityId: person.id })],
  ["events", (db) => listEvents(db, p, { before: "z", limit: 10, filter: {} })],
  ["events of a type", (db) => listEvents(db, p, { before: "z", limit: 10, filter: { types: ["login.refused"] } })],
  [
    "the events of a reference",
    (db) => listEvents(db, p, { before: undefined, limit: 10, filter: { reference: { from: "a", to: "b", at: 1 } } }),
  ],
  ["the projects of a place", (db) => listPlaced(db, 1, "a", 10)],
  ["the domains of a project's filter", (db) => listDomainsOf(db, p, "a", 10)],
  ["whether a project's filter is of today", (db) => indexRevisions(db, [p])],
  ["the night shift's comparison", (db) => listOwnedDomains(db, { projectId: p, domain: "a" }, 10)],
  ["the night shift's sweep", (db) => readWindow(db, "sessions", [p, "a"], 10, 0)],
];

/** Deletions, with the rows that SQLite looks for because of foreign keys. */
const DELETE: [string, (db: Database) => Promise<unknown>][] = [
  ["deleting an organization", (db) => db.commit(organizationDelete(db, p, organization.id, 0))],
  ["ending an organization's sessions", (db) => db.commit([sessionsOfMembersDelete(db, p, organization.id, 10)])],
  ["deleting a connection", (db) => db.commit(connectionDelete(db, connection))],
  ["deleting a social connection", (db) => db.commit(connectionDelete(db, social))],
  ["deleting an identity", (db) => db.commit(identityDelete(db, p, person.id))],
  ["deleting a project", (db) => db.commit(projectDelete(db, p))],
];

/** Tables that have one row or a few of each project, and no other key. */
const BY_PROJECT = ["project_hostnames", "project_logos", "project_moves", "subject_salts"];

/** Steps that read all, or all of a project. */
function loose(steps: Step[]): string[] {
  return steps
    .filter((s) => s.how === "SCAN" || (s.columns.join() === "project_id" && !BY_PROJECT.includes(s.table)))
    .map((s) => s.detail);
}

describe("a request finds single things by a whole key", () => {
  test.each(POINT)("%s", async (_, run) => {
    const steps = await plan(run);
    expect(steps.length).toBeGreaterThan(0);
    expect(loose(steps)).toEqual([]);
  });
});

describe("a list reads a stretch of one project", () => {
  test.each(PAGE)("%s", async (_, run) => {
    const steps = await plan(run);
    expect(steps.length).toBeGreaterThan(0);
    expect(loose(steps)).toEqual([]);
  });
});

describe("a deletion reads one project at most", () => {
  test.each(DELETE)("%s", async (_, run) => {
    const steps = await plan(run);
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.filter((s) => s.how === "SCAN").map((s) => s.detail)).toEqual([]);
  });
});

test("a scan would be noticed", async () => {
  const steps = await plan((db) => db.read(db.query.all(sql`SELECT * FROM sessions WHERE expires_at < ${0}`)));
  expect(steps.map((s) => s.how)).toEqual(["SCAN"]);
});

afterAll(async () => {
  const indexes = await env.DB.prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").all<{
    name: string;
  }>();
  const idle = indexes.results.map((row) => row.name).filter((name) => !used.has(name));
  expect(idle, "indexes that serve no statement").toEqual([]);
});
