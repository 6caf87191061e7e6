// F36: what an isolate remembers is bounded. Each memory is filled beyond its bound; what was used longest ago is gone then,
// which shows in being asked for again, and what came last is still there.

import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { createSealer } from "../../src/crypto/seal.ts";
import { createCheckLimit } from "../../src/domain/connections/check-limit.ts";
import type { Connection } from "../../src/domain/connections/connection.ts";
import { BYTES_LIMIT, PROJECTS_LIMIT } from "../../src/domain/domains/indexed-domains.ts";
import { createDomainService, POSITIVE_TTL } from "../../src/domain/domains/service.ts";
import { createExpiringCache } from "../../src/domain/expiring-cache.ts";
import { createThrottle } from "../../src/domain/login/throttle.ts";
import { createHostResolver } from "../../src/domain/projects/hosts.ts";
import { createSigningKeyService } from "../../src/domain/signing-keys/service.ts";
import { createClientKeys } from "../../src/http/provider/client-keys.ts";
import { createCircuitBreaker } from "../../src/net/circuit-breaker.ts";
import { type GuardedFetch, OutboundError } from "../../src/net/guarded-fetch.ts";
import type { DocumentKey } from "../../src/protocols/document-cache.ts";
import { createClientAuthenticator, newClientKey } from "../../src/protocols/oidc/client-authentication.ts";
import { createDocumentCache } from "../../src/storage/document-cache.ts";
import { type DomainEntry, MAX_FILTER_BYTES } from "../../src/storage/domain-index.ts";
import { countingEnv } from "../support/counting.ts";
import { storeRuntime } from "../support/store-runtime.ts";

const NOW = 1_000_000_000;
const clock = () => NOW;

/** Asks for `count` things in order, then for the last and the first again. @returns whether each of these was asked anew */
async function fill(count: number, asked: () => number, ask: (i: number) => unknown): Promise<{ last: boolean; first: boolean }> {
  for (let i = 0; i < count; i += 1) await ask(i);
  const anew = async (i: number) => {
    const before = asked();
    await ask(i);
    return asked() > before;
  };
  return { last: await anew(count - 1), first: await anew(0) };
}

const FORGOTTEN = { last: false, first: true };
const KEPT = { last: false, first: false };

test("any cache that expires", async () => {
  let made = 0;
  const ask = (cache: ReturnType<typeof createExpiringCache<number>>) => (i: number) => {
    if (cache.get(`${i}`) === undefined) cache.set(`${i}`, ++made, 1000);
  };
  expect(await fill(11, () => made, ask(createExpiringCache(10, clock)))).toEqual(FORGOTTEN);
  expect(await fill(10, () => made, ask(createExpiringCache(10, clock)))).toEqual(KEPT);
});

test("any cache that expires keeps what was used last, to the second", () => {
  for (const [later, kept] of [
    [1000, "a"],
    [999, "b"],
  ] as const) {
    let now = NOW;
    const cache = createExpiringCache<number>(2, () => now);
    for (const key of ["a", "b"]) cache.set(key, 1, 60_000);
    now += later;
    expect(cache.get("a")).toBe(1);
    cache.set("c", 1, 60_000);
    expect(["a", "b"].filter((key) => cache.get(key) !== undefined)).toEqual([kept]);
  }
});

test("domains: 5,000", async () => {
  for (const [count, expected] of [
    [5001, FORGOTTEN],
    [5000, KEPT],
  ] as const) {
    const { runtime } = storeRuntime({ now: NOW });
    let asked = 0;
    const live = (projectId: string, domain: string): DomainEntry => ({
      ...{ v: 1, project_id: projectId, domain, state: "live", organization_id: "o", connections: [], at: 0 },
    });
    const get = async (projectId: string, domain: string) => {
      asked += 1;
      return live(projectId, domain);
    };
    const domains = createDomainService({ ...runtime, domainIndex: { ...runtime.domainIndex, get } });
    expect(
      await fill(
        count,
        () => asked,
        (i) => domains.lookup("p", `d${i}.test`),
      ),
    ).toEqual(expected);
  }
});

test("domains that D1 had to answer for: 5,000", async () => {
  const { runtime, time, settled } = storeRuntime({ now: NOW });
  const row = { domain: "d.test", revision: 1, organizationId: "o", claim: "active", state: "enabled", connectionId: null };
  const database = { ...runtime.directory, own: () => ({ all: async () => [row] }) as never };
  let puts = 0;
  const put = async () => {
    puts += 1;
    return true;
  };
  const domainIndex = { ...runtime.domainIndex, get: async () => undefined, getFilter: async () => null, put };
  const domains = createDomainService({ ...runtime, databaseFor: () => database, domainIndex });
  for (let i = 0; i < 5001; i += 1) await domains.lookup("p", `d${i}.test`);
  time.now += POSITIVE_TTL + 1;
  /** KV is given what is asked for again. */
  const isKnown = async (i: number) => {
    const before = puts;
    await domains.lookup("p", `d${i}.test`);
    await settled();
    return puts > before;
  };
  expect(puts).toBe(0);
  expect([await isKnown(5000), await isKnown(0)]).toEqual([true, false]);
});

test("filters of projects' domains: 1,000, and 8 MB", async () => {
  const ALL = 255;
  for (const [bytes, limit] of [
    [1, PROJECTS_LIMIT],
    [MAX_FILTER_BYTES, BYTES_LIMIT / MAX_FILTER_BYTES],
  ] as const) {
    const { runtime, settled } = storeRuntime({ now: NOW });
    let [loads, asked] = [0, 0];
    const bits = new Uint8Array(bytes).fill(ALL);
    const entry = { v: 1, state: "live" as const, organization_id: "o", connections: [], at: 0 };
    const domainIndex = {
      ...runtime.domainIndex,
      get: async (projectId: string, domain: string) => ({ ...entry, project_id: projectId, domain }),
      getFilter: async (projectId: string) => {
        loads += 1;
        return { projectId, revision: 1, count: 1, at: NOW, bits };
      },
    };
    const domains = createDomainService({ ...runtime, domainIndex });
    const ask = async (n: number) => {
      asked += 1;
      await domains.lookup(`p${n}`, `d${asked}.test`);
      await settled();
    };
    expect(await fill(limit + 1, () => loads, ask)).toEqual(FORGOTTEN);
    expect(loads).toBe(limit + 2);
  }
});

test("hosts, and hints of hosts: 1,000 each", async () => {
  const { runtime, counted } = storeRuntime({ now: NOW });
  let asked = 0;
  const getHost = async () => {
    asked += 1;
    return "p";
  };
  const hosts = createHostResolver({ ...runtime, domainIndex: { ...runtime.domainIndex, getHost } });
  expect(
    await fill(
      1001,
      () => asked,
      (i) => hosts.hintByHost(`h${i}.test`),
    ),
  ).toEqual(FORGOTTEN);
  expect(
    await fill(
      1001,
      () => counted.d1.roundTrips,
      (i) => hosts.byHost(`h${i}.test`),
    ),
  ).toEqual(FORGOTTEN);
});

test("documents of IdPs, and forced refreshes: 2,000 each", async () => {
  const counted = countingEnv(env);
  counted.faults.kv = "frozen";
  const cache = createDocumentCache(counted.env.IDP_CACHE, clock);
  let loads = 0;
  const source = {
    load: async () => ({ ok: true as const, document: { n: ++loads } }),
    isUsable: (_: unknown): _ is { n: number } => true,
    isOutage: () => true,
  };
  const key = (i: number): DocumentKey => ({
    ...{ kind: "jwks", projectId: "p", connectionId: `c${i}`, trustRevision: 1, issuer: "https://idp.test" },
  });
  expect(
    await fill(
      2001,
      () => loads,
      (i) => cache.get(key(i), source),
    ),
  ).toEqual(FORGOTTEN);
  expect(
    await fill(
      2001,
      () => loads,
      (i) => cache.refresh(key(i), source),
    ),
  ).toEqual(FORGOTTEN);
});

test("silent endpoints: 2,000", async () => {
  let asked = 0;
  const silent = Object.assign(
    async () => {
      asked += 1;
      throw new OutboundError("timeout");
    },
    { refuse: () => undefined },
  ) as GuardedFetch;
  const circuits = createCircuitBreaker(silent, clock);
  const suspend = async (i: number) => {
    for (let attempt = 0; attempt < 5; attempt += 1) await circuits(`c${i}`)("https://idp.test/token").catch(() => undefined);
  };
  expect(await fill(2001, () => asked, suspend)).toEqual(FORGOTTEN);
});

test("our private keys for IdPs: 500", async () => {
  const { privateJwk } = await newClientKey();
  let opened = 0;
  const open = async () => {
    opened += 1;
    return JSON.stringify(privateJwk);
  };
  const authenticate = createClientAuthenticator({ ...createSealer([{ id: "t", secret: new Uint8Array(32) }]), open });
  const connection = (i: number) => ({ tokenEndpointAuthMethod: "private_key_jwt", privateKey: `sealed ${i}` }) as Connection;
  expect(
    await fill(
      501,
      () => opened,
      (i) => authenticate(connection(i)),
    ),
  ).toEqual(FORGOTTEN);
});

test("signing keys: 200 projects", async () => {
  const { runtime, counted } = storeRuntime({ now: NOW });
  const keys = createSigningKeyService(runtime);
  for (let i = 0; i <= 200; i += 1) {
    await env.DB.batch([
      env.DB.prepare("INSERT INTO projects (id, slug, name, created_at, updated_at) VALUES (?1, ?1, '', 0, 0)").bind(`p${i}`),
      env.DB.prepare(
        `INSERT INTO signing_keys (project_id, id, alg, generation, public_key, private_key, activates_at, created_at)
           VALUES (?, 'k', 'ES256', 1, '{"kty":"EC"}', '', 0, 0)`,
      ).bind(`p${i}`),
    ]);
  }
  expect(
    await fill(
      201,
      () => counted.d1.roundTrips,
      (i) => keys.publicJwks(`p${i}`),
    ),
  ).toEqual(FORGOTTEN);
});

test("keys of apps: 500", async () => {
  let fetched = 0;
  const keys = createClientKeys(async () => ({ keys: [++fetched] }), clock);
  const client = (i: number) =>
    ({ projectId: "p", tokenEndpointAuthMethod: "private_key_jwt", jwks: null, jwksUri: `https://app${i}.test` }) as never;
  expect(
    await fill(
      501,
      () => fetched,
      (i) => keys.of(client(i)),
    ),
  ).toEqual(FORGOTTEN);
});

test("checks just made, and failures just recorded: 1,000 each", async () => {
  let passed = 0;
  const limit = createCheckLimit(clock);
  const throttle = createThrottle(60_000);
  const check = (i: number) => void (limit(`c${i}`) === undefined && passed++);
  const record = (i: number) => void (throttle(`c${i}`, NOW) && passed++);
  expect(await fill(1001, () => passed, check)).toEqual(FORGOTTEN);
  expect(await fill(1001, () => passed, record)).toEqual(FORGOTTEN);
});
