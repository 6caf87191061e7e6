// In which order a lookup asks the stores, by the filter of the domains that KV has: what it saves, and that no filter, however
// wrong, changes an answer.

import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addTo, emptyFilter } from "../../src/domain/domains/domain-filter.ts";
import { FILTER_TTL, NO_FILTER_TTL } from "../../src/domain/domains/indexed-domains.ts";
import { createDomainService, MISSED_TTL, NEGATIVE_TTL, POSITIVE_TTL } from "../../src/domain/domains/service.ts";
import {
  createDomainIndex,
  filterKeyOf,
  filterMetadata,
  keyOf,
  MAX_FILTER_BYTES,
  type ProjectFilter,
} from "../../src/storage/domain-index.ts";
import { putConnection, putOrganization, putProject } from "../support/rows.ts";
import { storeRuntime } from "../support/store-runtime.ts";

const NOW = 1_000_000_000_000;
/** In D1 and KV; in D1 alone; in neither, and in KV as gone; in neither. */
const DOMAINS = ["both.test", "cold.test", "gone.test", "nobody.test"];
const ALL = 255;

let project: string;
let sso: { sso: true; connections: { id: string; label: string }[] };
const NO_SSO = { sso: false, connections: [] };
const index = createDomainIndex(env.DOMAIN_INDEX);

beforeAll(async () => {
  project = (await putProject()).id;
  const acme = await putOrganization(project, ["both.test", "cold.test"]);
  const connection = await putConnection(project, { organizationId: acme.id });
  sso = { sso: true, connections: [{ id: connection.id, label: connection.label }] };
});

beforeEach(async () => {
  await env.DOMAIN_INDEX.delete(filterKeyOf(project));
  await env.DOMAIN_INDEX.delete(keyOf(project, "cold.test"));
  await isolate().domains.reconcile(project, ["both.test", "gone.test"]);
});

function isolate() {
  const store = storeRuntime({ now: NOW });
  const domains = createDomainService(store.runtime);
  /** What one lookup asks, with what it does after its answer. */
  const look = async (domain: string, projectId = project) => {
    store.counted.reset();
    const answer = await domains.lookup(projectId, domain);
    await store.settled();
    const { d1, domainIndex } = store.counted;
    return { answer, asked: { d1: d1.roundTrips, gets: domainIndex.gets, puts: domainIndex.puts } };
  };
  return { ...store, domains, look };
}

/** An isolate that has loaded what KV has of the project's filter. */
async function knowing() {
  const store = isolate();
  await store.look("warm.test");
  return store;
}

function filterOf(domains: readonly string[], over: Partial<ProjectFilter> = {}): ProjectFilter {
  const bits = emptyFilter(domains.length);
  for (const domain of domains) addTo(bits, domain);
  return { projectId: project, revision: 1, count: domains.length, at: NOW, bits, ...over };
}

const ASKED = {
  d1: { d1: 1, gets: 0, puts: 0 },
  kv: { d1: 0, gets: 1, puts: 0 },
  kvThenD1: { d1: 1, gets: 1, puts: 0 },
  kvThenD1AndPut: { d1: 1, gets: 1, puts: 1 },
};

describe("with a filter", () => {
  beforeEach(async () => expect(await index.putFilter(filterOf(["both.test"]))).toBe(true));

  test("a domain that is not in it is asked of D1 alone, one that is in it of KV alone", async () => {
    const store = await knowing();
    expect(await store.look("both.test")).toEqual({ answer: sso, asked: ASKED.kv });
    expect(await store.look("nobody.test")).toEqual({ answer: NO_SSO, asked: ASKED.d1 });
    expect(await store.look("gone.test")).toEqual({ answer: NO_SSO, asked: ASKED.d1 });
    expect(await store.look("cold.test")).toEqual({ answer: sso, asked: ASKED.d1 });
  });

  test("a domain nobody owns is asked of D1 alone however often it comes", async () => {
    const store = await knowing();
    for (let time = 0; time < 3; time += 1) {
      expect((await store.look("nobody.test")).asked).toEqual(ASKED.d1);
      store.time.now += NEGATIVE_TTL + 1;
    }
  });

  test("a domain that has come since is written to KV when it is asked for again, and found there from then on", async () => {
    const store = await knowing();
    expect((await store.look("cold.test")).asked).toEqual(ASKED.d1);
    store.time.now += POSITIVE_TTL + 1;
    expect(await store.look("cold.test")).toEqual({ answer: sso, asked: ASKED.kvThenD1AndPut });
    store.time.now += MISSED_TTL - POSITIVE_TTL - 2;
    expect(await store.look("cold.test")).toEqual({ answer: sso, asked: ASKED.kv });
    // Also when it is long ago that D1 had to answer: the isolate's own filter has learned it.
    const later = await knowing();
    await later.domains.reconcile(project, ["cold.test"]);
    expect(await later.look("cold.test")).toEqual({ answer: sso, asked: ASKED.kv });
  });

  test("one that is asked for again only after minutes is not written", async () => {
    const store = await knowing();
    await store.look("cold.test");
    store.time.now += MISSED_TTL + 1;
    expect((await store.look("cold.test")).asked).toEqual(ASKED.d1);
  });

  test("one that KV has been given since is found there when it is asked for again", async () => {
    const store = await knowing();
    await isolate().domains.reconcile(project, ["cold.test"]);
    expect((await store.look("cold.test")).asked).toEqual(ASKED.d1);
    store.time.now += POSITIVE_TTL + 1;
    expect((await store.look("cold.test")).asked).toEqual(ASKED.kv);
  });

  test("F4: when D1 does not answer, KV is asked all the same", async () => {
    const store = await knowing();
    await isolate().domains.reconcile(project, ["cold.test"]);
    store.counted.faults.d1 = "overloaded";
    expect(await store.domains.lookup(project, "cold.test")).toEqual(sso);
    await expect(store.domains.lookup(project, "nobody.test")).rejects.toMatchObject({ kind: "unavailable" });
    await expect(store.domains.lookup(project, "gone.test")).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("T56: a domain that has moved, been disabled or gone counts as soon as D1 has it", async () => {
    const [from, to] = [await putOrganization(project, ["moves.test"]), await putOrganization(project, [])];
    const target = await putConnection(project, { organizationId: to.id });
    const store = await knowing();
    expect((await store.look("moves.test")).answer).toEqual({ sso: true, connections: [] });
    await env.DB.prepare("UPDATE organization_domains SET organization_id = ? WHERE organization_id = ?")
      .bind(to.id, from.id)
      .run();
    const moved = { sso: true, connections: [{ id: target.id, label: target.label }] };
    expect(await (await knowing()).look("moves.test")).toEqual({ answer: moved, asked: ASKED.d1 });
    await env.DB.prepare("UPDATE organization_domains SET state = 'pending' WHERE domain = 'moves.test'").run();
    expect(await (await knowing()).look("moves.test")).toEqual({ answer: NO_SSO, asked: ASKED.d1 });
    await env.DB.prepare("DELETE FROM organization_domains WHERE domain = 'moves.test'").run();
    expect(await (await knowing()).look("moves.test")).toEqual({ answer: NO_SSO, asked: ASKED.d1 });
  });
});

describe("without a filter", () => {
  test("KV is asked first, and D1 for what it has not", async () => {
    const store = await knowing();
    expect((await store.look("both.test")).asked).toEqual(ASKED.kv);
    expect((await store.look("nobody.test")).asked).toEqual(ASKED.kvThenD1);
    expect((await store.look("cold.test")).asked).toEqual(ASKED.kvThenD1);
    store.time.now += POSITIVE_TTL + 1;
    expect((await store.look("cold.test")).asked).toEqual(ASKED.kvThenD1AndPut);
  });
});

describe("an isolate loads the filter", () => {
  test("after the answer, and once, however many domains are asked for meanwhile", async () => {
    await index.putFilter(filterOf(["both.test"]));
    const store = isolate();
    const domains = Array.from({ length: 200 }, (_, n) => `n${n}.test`);
    await Promise.all(domains.map((domain) => store.domains.lookup(project, domain)));
    await store.settled();
    // Those who came before it was there asked KV first.
    expect([store.counted.domainIndex.gets, store.counted.d1.roundTrips]).toEqual([201, 200]);
    expect((await store.look("another.test")).asked).toEqual(ASKED.d1);
  });

  test("again after half an hour, or after five minutes when there was none; the old one serves meanwhile", async () => {
    const store = await knowing();
    await index.putFilter(filterOf([]));
    store.time.now += NO_FILTER_TTL * 0.8 - 1;
    expect((await store.look("n1.test")).asked).toEqual(ASKED.kvThenD1);
    store.time.now += NO_FILTER_TTL * 0.2 + 1;
    expect((await store.look("n2.test")).asked).toEqual({ d1: 1, gets: 2, puts: 0 });
    expect((await store.look("n3.test")).asked).toEqual(ASKED.d1);
    await index.putFilter(filterOf([], { bits: new Uint8Array([ALL]) }));
    store.time.now += FILTER_TTL * 0.8 - 1;
    expect((await store.look("n4.test")).asked).toEqual(ASKED.d1);
    store.time.now += FILTER_TTL * 0.2 + 1;
    expect((await store.look("n5.test")).asked).toEqual({ d1: 1, gets: 1, puts: 0 });
    expect((await store.look("n6.test")).asked).toEqual(ASKED.kvThenD1);
  });

  test("and tries once more ten seconds later when KV did not answer: until then it goes by what it had", async () => {
    await index.putFilter(filterOf([]));
    const store = await knowing();
    store.time.now += FILTER_TTL + 1;
    store.counted.faults.kv = "throw";
    await store.domains.lookup(project, "n1.test");
    await store.settled();
    expect((await store.look("n2.test")).asked).toEqual(ASKED.d1);
    store.time.now += 10_001;
    expect((await store.look("n3.test")).asked).toEqual({ d1: 1, gets: 1, puts: 0 });
  });

  test("and does not wait for a load that never ends (F1)", async () => {
    const store = isolate();
    const never = { ...store.runtime.domainIndex, getFilter: () => new Promise<never>(() => undefined) };
    const domains = createDomainService({ ...store.runtime, domainIndex: never });
    expect(await domains.lookup(project, "both.test")).toEqual(sso);
    expect(await domains.lookup(project, "nobody.test")).toEqual(NO_SSO);
  });
});

describe("F1: what stands where a filter belongs", () => {
  const sound = () => filterOf([]);
  const put = (value: string | Uint8Array, metadata: unknown) => env.DOMAIN_INDEX.put(filterKeyOf(project), value, { metadata });
  test.each<[string, () => Promise<unknown>]>([
    ["another project's filter", () => put(sound().bits, filterMetadata({ ...sound(), projectId: "another" }))],
    ["bits without metadata", () => put(sound().bits, undefined)],
    ["metadata of other bits", () => put(sound().bits.slice(1), filterMetadata(sound()))],
    ["no bits", () => put(new Uint8Array(), { ...filterMetadata(sound()), bytes: 0 })],
    [
      "more bits than a filter has",
      () => put(new Uint8Array(MAX_FILTER_BYTES + 1), { ...filterMetadata(sound()), bytes: MAX_FILTER_BYTES + 1 }),
    ],
    ["a filter without revision", () => put(sound().bits, { ...filterMetadata(sound()), revision: undefined })],
    ["a filter without time", () => put(sound().bits, { ...filterMetadata(sound()), at: "now" })],
    ["JSON", () => put("{}", { v: 1 })],
  ])("%s is none: KV is asked first", async (_, spoil) => {
    await spoil();
    expect(await index.getFilter(project)).toBeNull();
    const store = await knowing();
    expect(await store.look("both.test")).toEqual({ answer: sso, asked: ASKED.kv });
    expect(await store.look("nobody.test")).toEqual({ answer: NO_SSO, asked: ASKED.kvThenD1 });
  });

  test.each(["throw", "hang", "garbage"] as const)(
    "KV that does %s has none",
    async (fault) => {
      const store = isolate();
      store.counted.faults.kv = fault;
      expect((await store.runtime.domainIndex.getFilter(project)) ?? undefined).toBeUndefined();
    },
    20_000,
  );
});

describe("T50, T51, T56, F1: whatever the filter", () => {
  const anyFilter = fc.oneof(
    fc.subarray(DOMAINS).map((domains) => filterOf(domains)),
    fc
      .tuple(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.constantFrom(true, true, false))
      .map(([bits, mine]) => filterOf([], { bits, ...(mine ? {} : { projectId: "another" }) })),
    fc.constant(undefined),
  );
  /** An isolate whose KV gives this filter, and what D1 and KV otherwise have. */
  const withFilter = async (filter: ProjectFilter | undefined) => {
    if (filter) await env.DOMAIN_INDEX.put(filterKeyOf(project), filter.bits, { metadata: filterMetadata(filter) });
    else await env.DOMAIN_INDEX.delete(filterKeyOf(project));
    const store = isolate();
    await store.domains.lookup(project, "warm.test");
    await store.settled();
    return store;
  };

  test("the answer is D1's, at the first time and at the next ones", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyFilter,
        fc.array(fc.constantFrom(...DOMAINS), { minLength: 1, maxLength: 8 }),
        async (filter, asked) => {
          await env.DOMAIN_INDEX.delete(keyOf(project, "cold.test"));
          const store = await withFilter(filter);
          for (const domain of asked) {
            const owned = domain === "both.test" || domain === "cold.test";
            expect(await store.domains.lookup(project, domain)).toEqual(owned ? sso : NO_SSO);
            await store.settled();
            store.time.now += POSITIVE_TTL + 1;
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("while D1 is down, what KV has is answered, and nothing else is", async () => {
    await fc.assert(
      fc.asyncProperty(anyFilter, fc.constantFrom(...DOMAINS), async (filter, domain) => {
        const store = await withFilter(filter);
        store.counted.faults.d1 = "overloaded";
        const answer = await store.domains.lookup(project, domain).catch((error: { kind: string }) => error.kind);
        expect(answer).toEqual(domain === "both.test" ? sso : "unavailable");
      }),
      { numRuns: 40 },
    );
  });

  test("a stale entry may be believed or not, as before; 'no SSO' is said by D1 alone", async () => {
    const former = { sso: true, connections: [{ id: "former", label: "Former" }] };
    const entry = { v: 0, project_id: project, state: "live" as const, organization_id: "former", at: 0 };
    for (const domain of ["cold.test", "nobody.test"]) await index.put({ ...entry, domain, connections: former.connections });
    await fc.assert(
      fc.asyncProperty(anyFilter, fc.constantFrom("cold.test", "nobody.test"), async (filter, domain) => {
        const store = await withFilter(filter);
        store.counted.reset();
        const answer = await store.domains.lookup(project, domain);
        const truth = domain === "cold.test" ? sso : NO_SSO;
        expect(answer).toEqual(store.counted.d1.roundTrips === 1 ? truth : former);
      }),
      { numRuns: 40 },
    );
    await env.DOMAIN_INDEX.delete(keyOf(project, "nobody.test"));
  });
});
