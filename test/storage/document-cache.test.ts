// The cache of IdP documents: freshness, KV faults (F1, F2, F3), single flight, and that no tenant meets another's entry.

import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { DocumentKey } from "../../src/protocols/document-cache.ts";
import { createDocumentCache } from "../../src/storage/document-cache.ts";
import { countingEnv } from "../support/counting.ts";

interface Document {
  n: number;
}
type Failed = { ok: false; why: "down" | "moved" };

let count = 0;
function newKey(change: Partial<DocumentKey> = {}): DocumentKey {
  count += 1;
  return { kind: "meta", projectId: "p1", connectionId: `c${count}`, trustRevision: 1, issuer: "https://idp.test", ...change };
}

/** An IdP whose document counts how often it was loaded. */
function newSource() {
  const source = {
    loads: 0,
    failure: undefined as Failed["why"] | undefined,
    delayMs: 0,
    async load(): Promise<{ ok: true; document: Document } | Failed> {
      source.loads += 1;
      const { loads, failure } = source;
      if (source.delayMs) await new Promise((resolve) => setTimeout(resolve, source.delayMs));
      return failure ? { ok: false, why: failure } : { ok: true, document: { n: loads } };
    },
    isUsable: (value: unknown): value is Document => typeof (value as Document | null)?.n === "number",
    isOutage: (failure: Failed) => failure.why === "down",
  };
  return source;
}

/** Isolates over one KV, on one clock, whose KV writes can be awaited. */
function world() {
  const counted = countingEnv(env);
  const state = { now: Date.now(), writes: [] as Promise<unknown>[] };
  const isolate = () =>
    createDocumentCache(
      counted.env.IDP_CACHE,
      () => state.now,
      (work) => void state.writes.push(work),
    );
  return { counted, state, isolate, written: () => Promise.all(state.writes) };
}

const MINUTE = 60_000;

describe("freshness", () => {
  test.each([
    ["meta", 60],
    ["jwks", 5],
  ] as const)("%s is fresh for %i minutes, in memory and in KV", async (kind, minutes) => {
    const { isolate, state, written, counted } = world();
    const [key, source, first] = [newKey({ kind }), newSource(), isolate()];
    expect(await first.get(key, source)).toEqual({ ok: true, document: { n: 1 }, stale: false });
    await written();
    state.now += minutes * MINUTE - 1;
    expect(await first.get(key, source)).toMatchObject({ document: { n: 1 } });
    expect(await isolate().get(key, source)).toMatchObject({ document: { n: 1 } });
    expect(counted.idpCache.gets).toBe(2);
    state.now += 1;
    expect(await first.get(key, source)).toMatchObject({ document: { n: 2 } });
    expect(source.loads).toBe(2);
  });

  test("a warm read gives the same object and asks nobody", async () => {
    const { isolate, counted } = world();
    const [key, source, cache] = [newKey(), newSource(), isolate()];
    const one = await cache.get(key, source);
    counted.reset();
    const two = await cache.get(key, source);
    expect(one.ok && two.ok && one.document === two.document).toBe(true);
    expect(counted.idpCache).toMatchObject({ gets: 0, puts: 0, deletes: 0 });
  });

  test("after an outage the old copy serves for 24 hours, and a hanging IdP is asked once in 30 seconds", async () => {
    const { isolate, state, written } = world();
    const [key, source, cache] = [newKey(), newSource(), isolate()];
    await cache.get(key, source);
    await written();
    source.failure = "down";
    state.now += 61 * MINUTE;
    for (let i = 0; i < 5; i++) expect(await cache.get(key, source)).toEqual({ ok: true, document: { n: 1 }, stale: true });
    expect(source.loads).toBe(2);
    state.now += 30_000;
    expect(await isolate().get(key, source)).toMatchObject({ ok: true, stale: true });
    source.failure = undefined;
    expect(await cache.get(key, source)).toMatchObject({ ok: true, stale: false });
    source.failure = "down";
    state.now += 24 * 60 * MINUTE;
    expect(await cache.get(key, source)).toEqual({ ok: false, why: "down" });
  });

  test("an IdP that says something else is believed at once", async () => {
    const { isolate, state } = world();
    const [key, source, cache] = [newKey(), newSource(), isolate()];
    await cache.get(key, source);
    source.failure = "moved";
    state.now += 61 * MINUTE;
    expect(await cache.get(key, source)).toEqual({ ok: false, why: "moved" });
  });

  test("a failure is not remembered: the next request tries again", async () => {
    const { isolate } = world();
    const [key, source, cache] = [newKey(), newSource(), isolate()];
    source.failure = "down";
    expect(await cache.get(key, source)).toEqual({ ok: false, why: "down" });
    source.failure = undefined;
    expect(await cache.get(key, source)).toMatchObject({ ok: true });
  });

  test("F34: a clock set back makes nothing fresh for longer", async () => {
    const { isolate, state } = world();
    const [key, source, cache] = [newKey(), newSource(), isolate()];
    await cache.get(key, source);
    state.now -= 60 * MINUTE;
    await cache.get(key, source);
    expect(source.loads).toBe(2);
  });
});

describe("forced refresh", () => {
  test("T28: at most once in 30 seconds, for each connection by itself", async () => {
    const { isolate, state } = world();
    const [key, other, source, cache] = [newKey({ kind: "jwks" }), newKey({ kind: "jwks" }), newSource(), isolate()];
    await cache.get(key, source);
    expect(await cache.refresh(key, source)).toMatchObject({ document: { n: 2 } });
    expect(await cache.refresh(key, source)).toBeUndefined();
    expect(await cache.refresh(other, source)).toMatchObject({ document: { n: 3 } });
    state.now += 29_999;
    expect(await cache.refresh(key, source)).toBeUndefined();
    state.now += 1;
    expect(await cache.refresh(key, source)).toMatchObject({ document: { n: 4 } });
    expect(await cache.get(key, source)).toMatchObject({ document: { n: 4 } });
  });
});

describe("what is written to KV", () => {
  /** What isolates that come one after the other wrote, each `minutes` after the one before. */
  async function puts(kind: DocumentKey["kind"], minutes: number[], change: (n: number) => number = () => 1): Promise<number[]> {
    const { isolate, state, written, counted } = world();
    const key = newKey({ kind });
    const source = { ...newSource(), turn: 0, load: async () => ({ ok: true as const, document: { n: change(source.turn) } }) };
    const after: number[] = [];
    for (const pause of [0, ...minutes]) {
      state.now += pause * MINUTE;
      source.turn += 1;
      expect(await isolate().get(key, source)).toMatchObject({ ok: true, document: { n: change(source.turn) } });
      await written();
      after.push(counted.idpCache.puts);
    }
    return after;
  }

  test("keys that are the same: again when the copy is six hours old, however often they were fetched meanwhile", async () => {
    expect(await puts("jwks", [6, 60, 293, 1, 6])).toEqual([1, 1, 1, 1, 2, 2]);
  });

  test("keys that differ: at once, so that the next isolate starts with them (T27)", async () => {
    expect(await puts("jwks", [6, 6, 6], (turn) => (turn < 3 ? 1 : 2))).toEqual([1, 1, 2, 2]);
  });

  test("metadata: whenever they were fetched, because others find them fresh for an hour", async () => {
    expect(await puts("meta", [59, 1, 30, 30])).toEqual([1, 1, 2, 2, 3]);
  });

  test("T27: a copy that was left as it is serves nobody for longer than its time", async () => {
    const { isolate, state, written } = world();
    const [key, source] = [newKey({ kind: "jwks" }), newSource()];
    source.load = async () => ({ ok: true, document: { n: 1 } });
    await isolate().get(key, source);
    await written();
    state.now += 6 * MINUTE;
    await isolate().get(key, source); // fetched and not written
    await written();
    source.load = async () => ({ ok: true, document: { n: 2 } });
    expect(await isolate().get(key, source)).toMatchObject({ document: { n: 2 } });
  });

  test("forced: a new key is written, the same ones are not", async () => {
    const { isolate, state, written, counted } = world();
    const [key, source, cache] = [newKey({ kind: "jwks" }), newSource(), isolate()];
    let n = 1;
    source.load = async () => ({ ok: true, document: { n } });
    await cache.get(key, source);
    await cache.refresh(key, source);
    await written();
    expect(counted.idpCache.puts).toBe(1);
    n = 2;
    state.now += 30_000;
    await cache.refresh(key, source);
    await written();
    expect(counted.idpCache.puts).toBe(2);
  });

  test("F2: what could not be written is written by the next isolate", async () => {
    const { isolate, state, written, counted } = world();
    const [key, source] = [newKey({ kind: "jwks" }), newSource()];
    source.load = async () => ({ ok: true, document: { n: 1 } });
    counted.faults.kv = "throw-on-put";
    const first = isolate();
    await first.get(key, source);
    await written();
    counted.faults.kv = "ok";
    state.now += 5 * MINUTE;
    await first.get(key, source);
    await written();
    source.load = async () => ({ ok: false, why: "down" });
    state.now += 5 * MINUTE;
    expect(await isolate().get(key, source)).toEqual({ ok: true, document: { n: 1 }, stale: true });
  });
});

describe("KV faults", () => {
  test.each([
    ["F1: throws", "throw", undefined],
    ["F1: never answers", "hang", undefined],
    ["F1: gives garbage", "garbage", undefined],
    ["F1: gives a number", "garbage", "7"],
    ["F1: gives null", "garbage", "null"],
    ["F1: gives a list", "garbage", "[]"],
    ["F1: gives JSON of another kind", "garbage", '{"document":{"n":9}}'],
    ["F2: throws on put", "throw-on-put", undefined],
  ] as const)("%s: the document comes from the IdP", async (_name, fault, text) => {
    const { isolate, counted, written } = world();
    const [key, source] = [newKey(), newSource()];
    counted.faults.kv = fault;
    if (text !== undefined) counted.faults.kvGarbage = text;
    const began = Date.now();
    expect(await isolate().get(key, source)).toMatchObject({ ok: true, document: { n: 1 } });
    expect(Date.now() - began).toBeLessThan(20_000);
    if (fault !== "hang") await written();
  });

  const FOREIGN: [name: string, change: Record<string, unknown>][] = [
    ["of another issuer", { issuer: "https://other.test" }],
    ["of another project", { project_id: "p2" }],
    ["without a time", { fetched_at: undefined }],
    ["from the future", { fetched_at: Date.now() + 3_600_000 }],
    ["with a time that is no number", { fetched_at: "now" }],
    ["that is no such document", { document: { m: 1 } }],
    ["without a document", { document: undefined }],
  ];
  test.each(FOREIGN)("F1: an entry %s is a miss", async (_name, change) => {
    const { isolate } = world();
    const [key, source] = [newKey(), newSource()];
    const entry = { issuer: key.issuer, project_id: key.projectId, fetched_at: Date.now() - 1_000, document: { n: 99 } };
    const name = `meta:${key.connectionId}:1`;
    await env.IDP_CACHE.put(name, JSON.stringify(entry));
    expect(await isolate().get(key, source)).toMatchObject({ document: { n: 99 } });
    await env.IDP_CACHE.put(name, JSON.stringify({ ...entry, ...change }));
    expect(await isolate().get(key, source)).toMatchObject({ document: { n: 1 } });
  });

  test.each([{ trustRevision: 2 }, { issuer: "https://other.test" }, { projectId: "p2" }])(
    "T44: an entry of another trust revision, issuer or project is never met: %j",
    async (change) => {
      const { isolate, written } = world();
      for (const warm of [true, false]) {
        const [key, cache, source] = [newKey(), isolate(), newSource()];
        await cache.get(key, newSource());
        await written();
        await (warm ? cache : isolate()).get({ ...key, ...change }, source);
        expect(source.loads).toBe(1);
      }
    },
  );

  test("F3: a KV frozen at an old value serves it no longer than its time", async () => {
    const { isolate, state, counted } = world();
    const [key, source] = [newKey({ kind: "jwks" }), newSource()];
    const entry = { issuer: key.issuer, project_id: key.projectId, fetched_at: state.now, document: { n: 99 } };
    await env.IDP_CACHE.put(`jwks:${key.connectionId}:1`, JSON.stringify(entry));
    counted.faults.kv = "frozen";
    state.now += 10 * MINUTE;
    expect(await isolate().get(key, source)).toMatchObject({ document: { n: 1 } });
  });
});

describe("single flight", () => {
  test("twenty requests share one load, and its failure", async () => {
    const { isolate } = world();
    const [key, source, cache] = [newKey(), newSource(), isolate()];
    source.delayMs = 50;
    source.failure = "down";
    const failed = await Promise.all(Array.from({ length: 20 }, () => cache.get(key, source)));
    expect(failed.every((outcome) => !outcome.ok)).toBe(true);
    expect(source.loads).toBe(1);
    source.failure = undefined;
    const loaded = await Promise.all(Array.from({ length: 20 }, () => cache.get(key, source)));
    expect(new Set(loaded.map((outcome) => outcome.ok && outcome.document)).size).toBe(1);
    expect(source.loads).toBe(2);
  });

  test("a load whose request was cancelled blocks nobody for good", async () => {
    const counted = countingEnv(env);
    const cache = createDocumentCache(
      counted.env.IDP_CACHE,
      () => Date.now(),
      () => undefined,
    );
    const [key, source] = [newKey(), newSource()];
    const lost = { ...source, load: () => new Promise<never>(() => undefined) };
    void cache.get(key, lost);
    await new Promise((resolve) => setTimeout(resolve, 20));
    source.delayMs = 20;
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => cache.get(key, source)));
    expect(outcomes.every((outcome) => outcome.ok)).toBe(true);
    expect(source.loads).toBe(1);
  });

  test("two connections do not wait for each other (T75)", async () => {
    const { isolate } = world();
    const cache = isolate();
    void cache.get(newKey(), { ...newSource(), load: () => new Promise<never>(() => undefined) });
    const began = Date.now();
    expect(await cache.get(newKey(), newSource())).toMatchObject({ ok: true });
    expect(Date.now() - began).toBeLessThan(20_000);
  });
});

test("F36: memory is bounded by size: what was used longest ago goes first", async () => {
  const { isolate, counted } = world();
  counted.faults.kv = "frozen";
  const cache = isolate();
  const big = (loads: { count: number }) => ({
    ...newSource(),
    load: async () => {
      loads.count += 1;
      return { ok: true as const, document: { n: 1, x: "x".repeat(1024 * 1024) } };
    },
  });
  const [first, second] = [{ count: 0 }, { count: 0 }];
  const [firstKey, secondKey] = [newKey(), newKey()];
  await cache.get(firstKey, big(first));
  await cache.get(secondKey, big(second));
  for (let i = 0; i < 14; i++) {
    await cache.get(newKey(), big({ count: 0 }));
    await cache.get(firstKey, big(first));
  }
  await cache.get(secondKey, big(second));
  expect([first.count, second.count]).toEqual([1, 2]);
});
