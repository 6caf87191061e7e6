// The lookup below HTTP: what it answers, what it costs, and what a removed or moved domain does to it.

import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { beforeAll, expect, test } from "vitest";
import { createDomainService } from "../../src/domain/domains/service.ts";
import { createHostResolver, isHostOf, originOf } from "../../src/domain/projects/hosts.ts";
import { keyOf } from "../../src/storage/domain-index.ts";
import { outboxDomains } from "../../src/storage/domain-outbox.ts";
import { guard } from "../../src/storage/guard.ts";
import { database, putConnection, putOrganization, putProject } from "../support/rows.ts";
import { type StoreRuntime, storeRuntime } from "../support/store-runtime.ts";

let project: { id: string };
let acme: { id: string };
let okta: { id: string; label: string };

beforeAll(async () => {
  project = await putProject({ slug: "demo", hostnames: ["login.acme.example"] });
  acme = await putOrganization(project.id, ["a.test", "b.test"]);
  okta = await putConnection(project.id, { organizationId: acme.id, label: "Okta" });
});

/** A fresh isolate: empty memory over the same stores. */
function isolate(time?: { now: number }) {
  const store = storeRuntime(time);
  const domains = createDomainService(store.runtime);
  const hosts = createHostResolver(store.runtime);
  /** As the door does it: the host first, then the domain. */
  const look = async (host: string, domain: string) => {
    const projectId = await hosts.hintByHost(host);
    return projectId === undefined ? undefined : await domains.lookup(projectId, domain);
  };
  return { ...store, domains, hosts, look };
}

/** A change of who owns a domain, as the management API commits it: rows, revision and outbox in one batch. */
async function moveDomain(domain: string, from: string, to: string | undefined): Promise<void> {
  await database.commit([
    guard(database, project.id, sql`1`, true),
    database.query.run(
      sql`DELETE FROM organization_domains WHERE project_id = ${project.id} AND domain = ${domain} AND organization_id = ${from}`,
    ),
    ...(to === undefined
      ? []
      : [database.query.run(sql`INSERT INTO organization_domains VALUES (${project.id}, ${domain}, ${to}, 'active', 0, 0)`)]),
    outboxDomains(database, project.id, [domain], 0),
  ]);
}

async function outboxRows(): Promise<number> {
  return (await env.DB.prepare("SELECT count(*) AS n FROM domain_index_outbox").first<{ n: number }>())?.n ?? -1;
}

function d1(store: StoreRuntime): number {
  return store.counted.d1.roundTrips;
}

/** What an isolate that knows nothing says, which D1 is of no help to. */
async function fromKv(host: string, domain: string) {
  const store = isolate();
  await store.hosts.byHost(host);
  store.counted.faults.d1 = "overloaded";
  return await store.look(host, domain);
}

const SSO = () => ({ sso: true, connections: [{ id: okta.id, label: "Okta" }] });
const NO_SSO = { sso: false, connections: [] };

test("a cold lookup is one round trip for the domain, a KV-warm isolate needs none, a warm isolate nothing at all", async () => {
  const first = isolate();
  await first.hosts.byHost("localhost:8787");
  first.counted.reset();
  expect(await first.look("localhost:8787", "a.test")).toEqual(SSO());
  expect(d1(first)).toBe(1);
  await first.settled();

  first.counted.reset();
  expect(await first.look("localhost:8787", "a.test")).toEqual(SSO());
  expect([d1(first), first.counted.domainIndex.gets]).toEqual([0, 0]);

  const cold = isolate();
  expect(await cold.look("demo.localhost", "a.test")).toEqual(SSO());
  await cold.domains.reconcile(project.id, ["a.test"]);
  await cold.settled();
  const kvWarm = isolate();
  expect(await kvWarm.look("demo.localhost", "a.test")).toEqual(SSO());
  await kvWarm.settled();
  // The host, the domain, and, after the answer, the project's filter.
  expect([d1(kvWarm), kvWarm.counted.domainIndex.gets]).toEqual([0, 3]);
  expect(kvWarm.counted.domainIndex.puts).toBe(0);
});

test("an unknown domain is one round trip, is remembered for a moment, and is never written to KV", async () => {
  const store = isolate({ now: 1_000_000 });
  await store.hosts.byHost("localhost");
  store.counted.reset();
  expect(await store.look("localhost", "nobody.test")).toEqual(NO_SSO);
  expect(await store.look("localhost", "nobody.test")).toEqual(NO_SSO);
  await store.settled();
  expect(d1(store)).toBe(1);
  expect(store.counted.domainIndex.puts).toBe(0);
  store.time.now += 5_001;
  await store.look("localhost", "nobody.test");
  expect(d1(store)).toBe(2);
});

test("a mailbox provider's domain, which nobody can have claimed, is asked of no store (T50)", async () => {
  const store = isolate();
  await store.hosts.byHost("localhost");
  store.counted.reset();
  for (const domain of ["gmail.com", "outlook.com", "web.de"]) {
    expect(store.domains.remembered(project.id, domain)).toEqual({ lookup: NO_SSO, json: JSON.stringify(NO_SSO) });
    expect(await store.look("localhost", domain)).toEqual(NO_SSO);
  }
  expect([d1(store), store.counted.domainIndex.gets, store.counted.domainIndex.puts]).toEqual([0, 0, 0]);
  expect(await store.look("nobody.example", "gmail.com")).toBeUndefined();
});

test("an isolate believes its own memory for ten seconds at most", async () => {
  const store = isolate({ now: 1_000_000 });
  await store.look("localhost", "a.test");
  store.time.now += 10_001;
  store.counted.reset();
  await store.domains.lookup(project.id, "a.test");
  expect(store.counted.domainIndex.gets).toBe(1);
});

test.each([["sub.a.test"], ["nota.test"], ["a.test.evil.test"], ["test"]])(
  "%s is not a.test: domains match exactly (T51)",
  async (domain) => {
    expect(await isolate().look("localhost", domain)).toEqual(NO_SSO);
  },
);

test("a domain that is only claimed changes nothing (T47, GHSA-phx7-w8x2-3xgf)", async () => {
  await database.commit([
    database.query.run(sql`INSERT INTO organization_domains VALUES (${project.id}, 'pending.test', ${acme.id}, 'pending', 0, 0)`),
  ]);
  expect(await isolate().look("localhost", "pending.test")).toEqual(NO_SSO);
});

test("an organization without a usable connection still takes the password field away", async () => {
  const lonely = await putOrganization(project.id, ["lonely.test"]);
  await putConnection(project.id, { organizationId: lonely.id, state: "disabled" });
  const disabled = await putOrganization(project.id, ["disabled.test"], { state: "disabled" });
  await putConnection(project.id, { organizationId: disabled.id });
  for (const domain of ["lonely.test", "disabled.test"]) {
    const cold = isolate();
    expect(await cold.look("localhost", domain)).toEqual({ sso: true, connections: [] });
    await cold.domains.reconcile(project.id, [domain]);
    expect(await fromKv("localhost", domain)).toEqual({ sso: true, connections: [] });
  }
});

test("several connections come in the order of their creation, from D1 and from KV alike", async () => {
  const two = await putOrganization(project.id, ["two.test"]);
  const first = await putConnection(project.id, { organizationId: two.id, label: "First" });
  const second = await putConnection(project.id, { organizationId: two.id, label: "Second" });
  const expected = {
    sso: true,
    connections: [
      { id: first.id, label: "First" },
      { id: second.id, label: "Second" },
    ],
  };
  const cold = isolate();
  expect(await cold.look("localhost", "two.test")).toEqual(expected);
  await cold.domains.reconcile(project.id, ["two.test"]);
  expect(await fromKv("localhost", "two.test")).toEqual(expected);
});

test("the same domain in two projects is two domains", async () => {
  const other = await putProject({ slug: "other" });
  const org = await putOrganization(other.id, ["a.test"]);
  const connection = await putConnection(other.id, { organizationId: org.id, label: "Other" });
  expect(await isolate().look("other.localhost", "a.test")).toEqual({
    sso: true,
    connections: [{ id: connection.id, label: "Other" }],
  });
  expect(await isolate().look("localhost", "a.test")).toEqual(SSO());
});

test("a domain that moves is reconciled: KV has the new owner, the outbox is empty, the isolate has forgotten (T56)", async () => {
  const mover = await putOrganization(project.id, ["moving.test"]);
  const taker = await putOrganization(project.id, []);
  const target = await putConnection(project.id, { organizationId: taker.id, label: "Taker" });
  const store = isolate();
  await store.domains.reconcile(project.id, ["moving.test"]);
  await store.look("localhost", "moving.test");

  await moveDomain("moving.test", mover.id, taker.id);
  expect(await outboxRows()).toBe(1);
  await store.domains.reconcile(project.id, ["moving.test"]);
  expect(await outboxRows()).toBe(0);
  expect(await store.look("localhost", "moving.test")).toEqual({ sso: true, connections: [{ id: target.id, label: "Taker" }] });
});

test("a domain that is removed leaves a marker with its revision, and D1 is asked from then on", async () => {
  const store = isolate();
  await store.domains.reconcile(project.id, ["b.test"]);
  await store.look("localhost", "b.test");
  await moveDomain("b.test", acme.id, undefined);
  await store.domains.reconcile(project.id, ["b.test"]);
  const marker = await env.DOMAIN_INDEX.get<{ state: string; v: number }>(keyOf(project.id, "b.test"), "json");
  expect(marker).toMatchObject({ state: "gone", project_id: project.id, domain: "b.test", connections: [] });
  expect(marker?.v).toBeGreaterThan(0);
  const keys = await env.DOMAIN_INDEX.list({ prefix: keyOf(project.id, "b.test") });
  const seconds = (keys.keys[0]?.expiration ?? 0) - Date.now() / 1000;
  expect(seconds).toBeGreaterThan(6 * 86_400);
  expect(seconds).toBeLessThan(7 * 86_400 + 60);

  const other = isolate();
  await other.hosts.byHost("localhost");
  other.counted.reset();
  expect(await other.look("localhost", "b.test")).toEqual(NO_SSO);
  expect(d1(other)).toBe(1);

  await moveDomain("b.test", acme.id, acme.id);
  expect(await isolate().look("localhost", "b.test")).toEqual(SSO());
});

test("an entry is small", async () => {
  await isolate().domains.reconcile(project.id, ["a.test"]);
  expect((await env.DOMAIN_INDEX.get(keyOf(project.id, "a.test")))?.length).toBeLessThan(1024);
});

test("hosts: base host, slug, own host name, console; everything else is nobody's", async () => {
  const console = await putProject({ slug: "console" });
  const { hosts } = isolate();
  expect((await hosts.byHost("localhost:8787"))?.id).toBe(project.id);
  expect((await hosts.byHost("LOCALHOST"))?.id).toBe(project.id);
  expect((await hosts.byHost("demo.localhost"))?.id).toBe(project.id);
  expect((await hosts.byHost("login.acme.example:443"))?.hostnames).toEqual(["login.acme.example"]);
  expect((await hosts.byHost("console.localhost"))?.id).toBe(console.id);
  for (const host of ["evil.example", "nobody.localhost", "a.demo.localhost", "localhost.evil.example", "demo.localhost.", ""]) {
    expect(await hosts.byHost(host), host).toBeUndefined();
    expect(await hosts.hintByHost(host), host).toBeUndefined();
  }
});

test("hosts: one round trip, then none for ten seconds, and forgetting is immediate", async () => {
  const store = isolate({ now: 5_000_000 });
  await store.hosts.byHost("localhost");
  await store.hosts.byHost("localhost");
  await store.hosts.hintByHost("localhost");
  expect(d1(store)).toBe(1);
  store.hosts.forget(project.id);
  await store.hosts.byHost("localhost");
  expect(d1(store)).toBe(2);
  store.time.now += 10_001;
  await store.hosts.byHost("localhost");
  expect(d1(store)).toBe(3);
});

test("hosts: a hint from KV ends, however often it is asked for", async () => {
  const warm = isolate();
  await warm.hosts.hintByHost("login.acme.example");
  await warm.settled();
  const store = isolate({ now: 5_000_000 });
  for (let i = 0; i < 5; i += 1) {
    await store.hosts.hintByHost("login.acme.example");
    store.time.now += 4_000;
  }
  expect(store.counted.domainIndex.gets).toBe(2);
  expect(d1(store)).toBe(0);
});

test("origins come from configuration and the project's row (T124)", () => {
  const { config } = storeRuntime().runtime;
  expect(originOf({ slug: "demo", hostnames: ["login.acme.example"] }, config)).toBe("http://localhost:8787");
  expect(originOf({ slug: "other", hostnames: [] }, config)).toBe("http://other.localhost:8787");
  expect(originOf({ slug: "other", hostnames: ["login.acme.example", "b.example"] }, config)).toBe("https://login.acme.example");
  const other = { slug: "other", hostnames: ["login.acme.example"] };
  expect(isHostOf(other, "other.localhost:8787", config)).toBe(true);
  expect(isHostOf(other, "login.acme.example", config)).toBe(true);
  expect(isHostOf(other, "localhost:8787", config)).toBe(false);
  expect(isHostOf(other, "evil.example", config)).toBe(false);
  expect(isHostOf({ slug: "demo", hostnames: [] }, "localhost:8787", config)).toBe(true);
});
