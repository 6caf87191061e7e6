// The audit log at the console and in the API: its filters, what a reference finds, what a refusal is explained with.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { newId } from "../../src/crypto/random.ts";
import type { Connection } from "../../src/domain/connections/connection.ts";
import { EVENT_TYPES, type NewEvent, type RequestContext } from "../../src/domain/events/event.ts";
import { referenceOf } from "../../src/domain/events/reference.ts";
import type { Organization } from "../../src/domain/organizations/organization.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import { eventInsert } from "../../src/storage/events.ts";
import { formsOf, type OperatorClient, operatorAt, readable } from "../support/console.ts";
import { countingEnv } from "../support/counting.ts";
import { api } from "../support/management.ts";
import {
  createApiKey,
  createConnection,
  createOrganization,
  createProject,
  putIdentity,
  services,
  systemContext,
} from "../support/seed.ts";

vi.spyOn(console, "warn").mockImplementation(() => undefined);

let project: Project;
let acme: Organization;
let connection: Connection;
let person: string;
let kim: OperatorClient;
let path: string;

beforeAll(async () => {
  project = await createProject({ name: "Northwind" });
  acme = await createOrganization(project, { label: "Acme <b>", domains: ["acme.example"] });
  connection = await createConnection(project, { organizationId: acme.id, label: "Acme Okta" });
  person = await putIdentity(project.id, { email: "ada@acme.example", organizationId: acme.id });
  kim = await operatorAt({ [project.id]: "viewer" });
  path = `/projects/${project.id}/events`;
});

/** Writes an event as the login room would. @returns its id */
async function happen(event: NewEvent, context: Partial<RequestContext> = {}, over: { in?: string; at?: number } = {}) {
  const { runtime } = services();
  const at = over.at ?? runtime.clock();
  const id = newId(at);
  const projectId = over.in ?? project.id;
  const db = runtime.databaseFor(projectId);
  await db.commit([eventInsert(db, projectId, event, { ...systemContext, ...context }, id, at)]);
  return id;
}

const shownIds = (text: string) => [...text.matchAll(/id="event-([0-9a-f-]{36})"/g)].map((match) => match[1]);

describe("a refusal", () => {
  test("stands with its reason, what to do about it, and links to what it is about", async () => {
    const id = await happen({
      type: "login.refused",
      reason: "email_outside_organization",
      organizationId: acme.id,
      connectionId: connection.id,
      identityId: person,
    });
    const { status, text } = await kim.page(`${path}?type=login.refused`);
    expect(status).toBe(200);
    expect(shownIds(text)[0]).toBe(id);
    const said = readable(text);
    expect(said).toContain("Sign-in refused");
    expect(said).toMatch(/What to do:.*The person was told “That account does not belong here”/);
    expect(said).toContain(referenceOf(id));
    expect(said).toContain("ada@acme.example · Acme <b> · Acme Okta");
    for (const href of [`/organizations/${acme.id}`, `/connections/${connection.id}`, `/identities/${person}`]) {
      expect(text).toContain(`href="/console/projects/${project.id}${href}"`);
    }
    expect(text).not.toContain("Acme <b>");
  });

  test("of something that is gone shows its id instead of a name", async () => {
    const gone = newId(Date.now());
    await happen({ type: "login.refused", reason: "connection_disabled", connectionId: gone });
    const { text } = await kim.page(`${path}?connection_id=${gone}`);
    expect(readable(text)).toContain(`${gone} deleted since`);
    expect(text).not.toContain(`/connections/${gone}"`);
  });
});

test("every type of event, by every kind of actor, has words of its own", async () => {
  const all = await createProject();
  const viewer = await operatorAt({ [all.id]: "viewer" });
  const kinds = ["root_key", "api_key", "operator", "identity", "anonymous", "system"] as const;
  for (const [i, type] of EVENT_TYPES.entries()) {
    const actor = { type: kinds[i % kinds.length] ?? "system", id: null };
    await happen({ type, details: { name: "Thing", count: i } }, { actor }, { in: all.id });
  }
  const titles = new Set<string>();
  let next: string | undefined = `/projects/${all.id}/events`;
  while (next !== undefined) {
    const { text } = await viewer.page(next);
    for (const [, title] of text.matchAll(/<span class="log-title[^>]*>([^<]+)</g)) titles.add(title ?? "");
    next = /href="([^"]*page_token[^"]*)"[^>]*>(?:Older|Search older) events/.exec(text)?.[1]?.replaceAll("&amp;", "&");
  }
  // The project's own making is one more event of a type that is among them.
  expect(titles.size).toBe(EVENT_TYPES.length);
  for (const title of titles) expect(title).toMatch(/^[A-Z][A-Za-z -]+$/);
});

describe("filters", () => {
  let mine: Record<string, string>;

  beforeAll(async () => {
    const { id } = await createApiKey(project);
    mine = {
      "type=login.succeeded": await happen({ type: "login.succeeded", identityId: person }),
      "type=connection.*": await happen({ type: "connection.checked" }),
      [`organization_id=${acme.id}`]: await happen({ type: "organization.updated", organizationId: acme.id }),
      [`connection_id=${connection.id}`]: await happen({ type: "connection.updated", connectionId: connection.id }),
      [`identity_id=${person}`]: await happen({ type: "session.revoked", identityId: person }),
      "actor=root_key": await happen({ type: "project.updated" }, { actor: { type: "root_key", id: null } }),
      [`actor=${id}`]: await happen({ type: "project.updated" }, { actor: { type: "api_key", id } }),
    };
  });

  test("show what fits, and the API gives the same", async () => {
    for (const [query, id] of Object.entries(mine)) {
      const { text } = await kim.page(`${path}?${query}`);
      const { json } = await api("GET", `${path}?${query}`);
      const fromApi = json.events.map((event: { id: string }) => event.id);
      expect([query, shownIds(text)]).toEqual([query, fromApi.slice(0, 25)]);
      expect([query, fromApi.includes(id)]).toEqual([query, true]);
      const others = Object.values(mine).filter((other) => other !== id && !fromApi.includes(other));
      expect([query, others.length > 0]).toEqual([query, true]);
    }
  });

  test("hold together, and stay in the form", async () => {
    const { text } = await kim.page(`${path}?type=session.revoked&identity_id=${person}&actor=anonymous`);
    expect(shownIds(text)).toEqual([]);
    const [form] = await formsOf(text.slice(text.indexOf('aria-label="Filter') - 200));
    expect(form?.fields).toMatchObject({ type: "session.revoked", identity_id: person, actor: "anonymous" });
  });

  test("an actor that a link names is among the choices by name", async () => {
    const actor = Object.keys(mine).at(-1)?.slice("actor=".length) ?? "";
    const { text } = await kim.page(`${path}?actor=${actor}`);
    expect(text).toMatch(new RegExp(`<option value="${actor}" selected(?:="")?>seed</option>`));
  });

  test.each([
    ["type=nonsense", "type"],
    ["reference=12345", "reference"],
  ])("%s is a 422 at the field, at the console and in the API", async (query, field) => {
    const page = await kim.page(`${path}?${query}`);
    expect([page.status, page.text.includes(`id="f-${field}-error"`)]).toEqual([422, true]);
    const answer = await api("GET", `${path}?${query}`);
    expect([answer.status, Object.keys(answer.json.error.details)]).toEqual([422, [field]]);
  });

  test("nothing found is said, with the way on", async () => {
    const { text } = await kim.page(`${path}?identity_id=${newId(Date.now())}`);
    expect(readable(text)).toContain("Nothing found No event fits.");
  });
});

describe("a reference", () => {
  test("finds its event however it is typed, and no event of another project", async () => {
    const id = await happen({ type: "login.refused", reason: "nonce_mismatch" });
    const reference = referenceOf(id);
    const ways = [reference, reference.toLowerCase(), reference.replace("-", ""), ` ${reference} `, id];
    for (const way of ways) {
      const { text } = await kim.page(`${path}?reference=${encodeURIComponent(way)}`);
      expect([way, shownIds(text)]).toEqual([way, [id]]);
      const { json } = await api("GET", `${path}?reference=${encodeURIComponent(way)}`);
      expect(json).toMatchObject({ events: [{ id, reference }], has_next_page: false });
    }
    const other = await createProject();
    const owner = await operatorAt({ [other.id]: "owner" });
    expect(shownIds((await owner.page(`/projects/${other.id}/events?reference=${reference}`)).text)).toEqual([]);
  });

  test("of a request finds what happened in it, and nothing of a minute later", async () => {
    const requestId = newId(Date.now());
    const at = Date.now();
    const first = await happen({ type: "organization.updated" }, { requestId }, { at: at + 3 });
    const second = await happen({ type: "login.succeeded" }, { requestId }, { at: at + 900 });
    await happen({ type: "login.succeeded" }, { requestId }, { at: at + 61_000 });
    for (const way of [referenceOf(requestId), requestId]) {
      expect([way, shownIds((await kim.page(`${path}?reference=${way}`)).text)]).toEqual([way, [second, first]]);
    }
  });

  test("that finds nothing leads to the logs", async () => {
    const reference = referenceOf(newId(Date.now() - 86_400_000));
    const { status, text } = await kim.page(`${path}?reference=${reference}`);
    expect(status).toBe(200);
    expect(readable(text)).toMatch(new RegExp(`No event has this reference.*look there for ${reference}`));
  });

  test("T111: is the one on the page of an error, in the log line, and begins the id of the request", async () => {
    const lines = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const counted = countingEnv(env);
    counted.faults.d1 = "fail-before";
    const visitor = (await operatorAt({ [project.id]: "viewer" }, counted.env)).visitor;
    const answer = await visitor.get(`http://${project.slug}.localhost:8787/login`);
    expect(answer.status).toBe(503);
    const request = answer.headers.get("X-Request-Id") ?? "";
    const reference = referenceOf(request);
    expect(reference).toMatch(/^[0-9A-Z]{5}-[0-9A-Z]{5}$/);
    expect(await answer.text()).toContain(`<code>${reference}</code>`);
    const logged = lines.mock.calls.map(([line]) => JSON.parse(String(line)));
    expect(logged).toContainEqual(expect.objectContaining({ request, reference }));
    lines.mockRestore();
  });
});

describe("a long log", () => {
  test("is paged, newest first, and follows itself on the first page alone", async () => {
    const busy = await createProject();
    const viewer = await operatorAt({ [busy.id]: "viewer" });
    const made = [];
    for (let i = 0; i < 30; i++) made.unshift(await happen({ type: "login.succeeded" }, {}, { in: busy.id, at: Date.now() + i }));
    const first = await viewer.page(`/projects/${busy.id}/events?type=login.succeeded`);
    expect(shownIds(first.text)).toEqual(made.slice(0, 25));
    expect(first.text).toContain('data-refresh="5"');
    const older = /href="([^"]*page_token=[^"]*)"/.exec(first.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const second = await viewer.page(older);
    expect(shownIds(second.text)).toEqual(made.slice(25));
    expect(second.text).not.toContain("data-refresh");
    expect(readable(second.text)).toContain("Newest events");
  });

  test("costs as many round trips with thirty events and names as with none", async () => {
    const counted = countingEnv(env);
    const empty = await createProject();
    const trips = async (projectId: string) => {
      const viewer = await operatorAt({ [projectId]: "viewer" }, counted.env);
      await viewer.page(`/projects/${projectId}`);
      counted.reset();
      const { status } = await viewer.page(`/projects/${projectId}/events?type=login.*`);
      expect(status).toBe(200);
      return counted.d1.roundTrips;
    };
    for (let i = 0; i < 30; i++) await happen({ type: "login.succeeded", identityId: person, organizationId: acme.id });
    expect(await trips(project.id)).toBe(await trips(empty.id));
  });

  test("a filtered page looks at a bounded part, and says that there is more", async () => {
    const deep = await createProject();
    const viewer = await operatorAt({ [deep.id]: "viewer" });
    const start = Date.now();
    const rare = await happen({ type: "connection.checked" }, {}, { in: deep.id, at: start });
    await env.DB.prepare(
      `INSERT INTO events (project_id, id, type, actor_type, request_id, created_at)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2600)
       SELECT ?, printf('%08x-%04x-7000-8000-%012x', (? + i) / 65536, (? + i) % 65536, i), 'login.succeeded', 'system', 'r', ? + i FROM n`,
    )
      .bind(deep.id, start, start, start)
      .run();
    const first = await viewer.page(`/projects/${deep.id}/events?type=connection.checked`);
    expect(shownIds(first.text)).toEqual([]);
    expect(readable(first.text)).toMatch(/None of the events that were looked at fits.*Search older events/);
    const older = /href="([^"]*page_token=[^"]*)"/.exec(first.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    expect(shownIds((await viewer.page(older)).text)).toEqual([rare]);
  });
});
