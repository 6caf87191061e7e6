// KV and D1 failing under the lookup: KV down is not seen by anybody, and nobody is told "no SSO" because a store is down.

import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { createDomainService, POSITIVE_TTL } from "../../src/domain/domains/service.ts";
import { DomainError } from "../../src/domain/errors.ts";
import { createHostResolver } from "../../src/domain/projects/hosts.ts";
import { createDomainIndex, keyOf } from "../../src/storage/domain-index.ts";
import type { KvFault } from "../support/counting.ts";
import { database, putConnection, putOrganization, putProject } from "../support/rows.ts";
import { storeRuntime } from "../support/store-runtime.ts";

let project: { id: string };
let acme: { id: string };
let sso: { sso: true; connections: { id: string; label: string }[] };

beforeAll(async () => {
  project = await putProject({ slug: "demo" });
  acme = await putOrganization(project.id, ["a.test", "old.test"]);
  const connection = await putConnection(project.id, { organizationId: acme.id });
  sso = { sso: true, connections: [{ id: connection.id, label: connection.label }] };
});

function isolate() {
  const store = storeRuntime();
  return { ...store, domains: createDomainService(store.runtime), hosts: createHostResolver(store.runtime) };
}

/** Puts a sound entry of an organization that D1 does not know. */
async function putStale(domain: string): Promise<void> {
  const entry = {
    v: 0,
    project_id: project.id,
    domain,
    state: "live" as const,
    organization_id: "former",
    connections: [{ id: "former-connection", label: "Former" }],
    at: 0,
  };
  expect(await createDomainIndex(env.DOMAIN_INDEX).put(entry)).toBe(true);
}

describe("F1: the lookup answers from D1", () => {
  test.each<[string, KvFault, string?]>([
    ["when KV throws", "throw"],
    ["when KV never answers", "hang"],
    ["when KV gives what is no JSON", "garbage"],
    ["when KV gives JSON of another kind", "garbage", '{"v":1}'],
    ["when KV gives a list", "garbage", "[]"],
    ["when KV gives a number", "garbage", "7"],
    ["when KV gives null", "garbage", "null"],
  ])("%s", async (_, fault, garbage) => {
    const store = isolate();
    store.counted.faults.kv = fault;
    if (garbage) store.counted.faults.kvGarbage = garbage;
    expect(await store.hosts.hintByHost("localhost")).toBe(project.id);
    expect(await store.domains.lookup(project.id, "a.test")).toEqual(sso);
    expect(store.counted.d1.roundTrips).toBe(2);
  });

  test.each<[string, (entry: Record<string, unknown>) => unknown]>([
    ["another project's entry", (e) => ({ ...e, project_id: "another" })],
    ["another domain's entry", (e) => ({ ...e, domain: "evil.test" })],
    ["an entry without revision", ({ v: _, ...e }) => e],
    ["an entry of an unknown state", (e) => ({ ...e, state: "maybe" })],
    ["a live entry without organization", (e) => ({ ...e, organization_id: null })],
    ["an entry whose connections are no list", (e) => ({ ...e, connections: {} })],
    ["an entry whose connections are no choices", (e) => ({ ...e, connections: [{ id: 1 }] })],
  ])("%s under this domain's key is a miss", async (_, spoil) => {
    const sound = {
      v: 1,
      project_id: project.id,
      domain: "a.test",
      state: "live",
      organization_id: "evil",
      connections: [{ id: "evil", label: "Evil" }],
      at: 1,
    };
    await env.DOMAIN_INDEX.put(keyOf(project.id, "a.test"), JSON.stringify(spoil(sound)));
    const index = createDomainIndex(env.DOMAIN_INDEX);
    expect(await index.get(project.id, "a.test")).toBeUndefined();
    expect((await index.getMany([{ projectId: project.id, domain: "a.test" }]))?.size).toBe(0);
    expect(await isolate().domains.lookup(project.id, "a.test")).toEqual(sso);

    await env.DOMAIN_INDEX.put(keyOf(project.id, "a.test"), JSON.stringify(sound));
    expect(await index.get(project.id, "a.test")).toEqual(sound);
    await env.DOMAIN_INDEX.delete(keyOf(project.id, "a.test"));
  });

  test("another host's entry under this host's key is a miss", async () => {
    await env.DOMAIN_INDEX.put("host:v1:localhost", JSON.stringify({ host: "evil.example", project_id: "evil" }));
    expect(await isolate().hosts.hintByHost("localhost")).toBe(project.id);
  });
});

test("F2: a put that is refused is not seen by anybody, and is repaired by a later lookup", async () => {
  const store = isolate();
  await store.domains.lookup(project.id, "a.test");
  for (const fault of ["throw-on-put", "ok"] as const) {
    store.time.now += POSITIVE_TTL + 1;
    store.counted.faults.kv = fault;
    expect(await store.domains.lookup(project.id, "a.test")).toEqual(sso);
    await store.settled();
    const stored = await env.DOMAIN_INDEX.get(keyOf(project.id, "a.test"));
    expect(stored === null).toBe(fault === "throw-on-put");
  }
});

test("F2: a reconciliation that KV refuses leaves the outbox row for the sweep", async () => {
  await database.commit([database.query.run(sql`INSERT INTO domain_index_outbox VALUES (${project.id}, 'a.test', 0, 0)`)]);
  const store = isolate();
  store.counted.faults.kv = "throw-on-put";
  await store.domains.reconcile(project.id, ["a.test"]);
  const left = await env.DB.prepare("SELECT count(*) AS n FROM domain_index_outbox").first("n");
  expect(left).toBe(1);
  store.counted.faults.kv = "ok";
  await store.domains.reconcile(project.id, ["a.test"]);
  expect(await env.DB.prepare("SELECT count(*) AS n FROM domain_index_outbox").first("n")).toBe(0);
});

test("F3: KV frozen at an old value misleads the page, and lasts no longer than the freeze", async () => {
  await putStale("old.test");
  const store = isolate();
  store.counted.faults.kv = "frozen";
  await store.domains.reconcile(project.id, ["old.test"]);
  expect((await store.domains.lookup(project.id, "old.test")).connections[0]?.label).toBe("Former");
  store.counted.faults.kv = "ok";
  await store.domains.reconcile(project.id, ["old.test"]);
  expect(await store.domains.lookup(project.id, "old.test")).toEqual(sso);
});

test("F3, T56: KV frozen at a removed marker or at nothing never hides a claim: D1 is asked", async () => {
  const index = createDomainIndex(env.DOMAIN_INDEX);
  await index.put({
    v: 99,
    project_id: project.id,
    domain: "a.test",
    state: "gone",
    organization_id: null,
    connections: [],
    at: 0,
  });
  const store = isolate();
  store.counted.faults.kv = "frozen";
  expect(await store.domains.lookup(project.id, "a.test")).toEqual(sso);
});

describe("F4: when D1 cannot answer and KV has nothing, the lookup fails instead of saying no", () => {
  test.each(["fail-before", "overloaded"] as const)("D1 %s", async (fault) => {
    for (const kv of ["ok", "throw", "garbage"] as const) {
      const store = isolate();
      store.counted.faults.d1 = fault;
      store.counted.faults.kv = kv;
      const failure = await store.domains.lookup(project.id, "unseen.test").catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(DomainError);
      expect(failure).toMatchObject({ kind: "unavailable", retryAfter: 5 });
      // and nothing was remembered:
      store.counted.faults.d1 = "ok";
      expect(await store.domains.lookup(project.id, "unseen.test")).toEqual({ sso: false, connections: [] });
    }
  });

  test("a warm KV answers while D1 is down", async () => {
    const warm = isolate();
    await warm.domains.reconcile(project.id, ["a.test"]);
    const store = isolate();
    store.counted.faults.d1 = "overloaded";
    expect(await store.domains.lookup(project.id, "a.test")).toEqual(sso);
  });

  test("a removed marker does not answer while D1 is down", async () => {
    await createDomainIndex(env.DOMAIN_INDEX).put({
      v: 1,
      project_id: project.id,
      domain: "was.test",
      state: "gone",
      organization_id: null,
      connections: [],
      at: 0,
    });
    const store = isolate();
    store.counted.faults.d1 = "overloaded";
    await expect(store.domains.lookup(project.id, "was.test")).rejects.toMatchObject({ kind: "unavailable" });
  });
});
