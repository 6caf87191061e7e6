// T68–T72: what the guarded fetch does with answers, and what it sends. T75: when it is not asked at all.

import { describe, expect, test } from "vitest";
import { createCircuitBreaker } from "../../src/net/circuit-breaker.ts";
import { createGuardedFetch, OutboundError, type OutboundInit } from "../../src/net/guarded-fetch.ts";

const URL_A = "https://idp-a.test/document";

function phone(answer: (url: string, init: RequestInit) => Response | Promise<Response>) {
  const calls: { url: string; init: RequestInit }[] = [];
  const fake = async (url: RequestInfo | URL, init?: RequestInit) => {
    calls.push({ url: String(url), init: init ?? {} });
    return await answer(String(url), init ?? {});
  };
  const fetch = createGuardedFetch({ allowLoopbackHttp: false, ownHost: "sso.example", fetch: fake as typeof globalThis.fetch });
  return { fetch, calls };
}

async function reasonOf(work: Promise<Response>): Promise<string> {
  try {
    await work;
    return "answered";
  } catch (error) {
    return error instanceof OutboundError ? error.reason : `unexpected ${error}`;
  }
}

const JSON_HEADERS = { "content-type": "application/json" };

function stream(chunk: Uint8Array, options: { everyMs?: number; limit?: number } = {}) {
  const state = { cancelled: false, bytes: 0 };
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (options.everyMs) await new Promise((resolve) => setTimeout(resolve, options.everyMs));
      state.bytes += chunk.byteLength;
      controller.enqueue(chunk);
      if (options.limit !== undefined && state.bytes >= options.limit) controller.close();
    },
    cancel() {
      state.cancelled = true;
    },
  });
  return { body, state };
}

test("an answer comes whole, with status and content type, and without cookies", async () => {
  const { fetch } = phone(() => new Response('{"a":1}', { headers: { ...JSON_HEADERS, "set-cookie": "a=b" } }));
  const response = await fetch(URL_A, { accept: "json" });
  expect(await response.json()).toEqual({ a: 1 });
  expect(await response.text()).toBe('{"a":1}');
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(response.headers.get("set-cookie")).toBeNull();
});

test("T66: a refused URL is not requested", async () => {
  const { fetch, calls } = phone(() => new Response("{}", { headers: JSON_HEADERS }));
  for (const url of ["http://idp-a.test/", "https://127.0.0.1/", "https://localhost/", "https://sso.example/"]) {
    expect(await reasonOf(fetch(url))).toBe("refused");
  }
  expect(calls).toHaveLength(0);
});

describe("T68: redirects are refused and not followed (CVE-2026-27945)", () => {
  test.each([301, 302, 303, 307, 308])("%i", async (status) => {
    const { fetch, calls } = phone(() => new Response(null, { status, headers: { location: "https://evil.test/" } }));
    expect(await reasonOf(fetch(URL_A))).toBe("redirected");
    expect(calls).toHaveLength(1);
    expect(calls[0]?.init.redirect).toBe("manual");
  });
});

describe("T69: size", () => {
  test("a body without end is cut off at 512 KiB and cancelled", async () => {
    const { body, state } = stream(new Uint8Array(64 * 1024).fill(32));
    const { fetch } = phone(() => new Response(body, { headers: JSON_HEADERS }));
    expect(await reasonOf(fetch(URL_A, { accept: "json" }))).toBe("too_large");
    expect(state.cancelled).toBe(true);
    expect(state.bytes).toBeLessThanOrEqual(512 * 1024 + 3 * 64 * 1024);
  });

  test("a body of exactly the limit passes, one byte more does not", async () => {
    for (const [size, expected] of [
      [1000, "answered"],
      [1001, "too_large"],
    ] as const) {
      const { fetch } = phone(() => new Response(stream(new Uint8Array(1), { limit: size }).body));
      expect(await reasonOf(fetch(URL_A, { maxBytes: 1000 }))).toBe(expected);
    }
  });

  test("an honest Content-Length beyond the limit is refused before reading", async () => {
    const { body, state } = stream(new Uint8Array(10));
    const { fetch } = phone(() => new Response(body, { headers: { "content-length": "104857600" } }));
    expect(await reasonOf(fetch(URL_A))).toBe("too_large");
    expect(state.bytes).toBeLessThanOrEqual(10);
  });

  test("a body is whole with its last announced byte, unless that is the length of something else", async () => {
    const silentAfter = (size: number) => {
      const chunks = [new Uint8Array(0), new Uint8Array(size)].values();
      return new ReadableStream<Uint8Array>({
        pull(controller) {
          const { done, value } = chunks.next();
          if (done) return new Promise(() => undefined);
          controller.enqueue(value);
        },
      });
    };
    for (const [headers, size, expected] of [
      [{ "content-length": "10" }, 10, "answered"],
      [{ "content-length": "11" }, 10, "timeout"],
      [{ "content-length": "10", "content-encoding": "gzip" }, 10, "timeout"],
      [{ "content-length": "10", "transfer-encoding": "chunked" }, 10, "timeout"],
      [{ "content-length": "" }, 10, "timeout"],
      [{ "content-length": "10" }, 1001, "too_large"],
    ] as [Record<string, string>, number, string][]) {
      const { fetch } = phone(() => new Response(silentAfter(size), { headers }));
      expect([headers, await reasonOf(fetch(URL_A, { maxBytes: 1000, timeoutMs: 150 }))]).toEqual([headers, expected]);
    }
  });

  test("T70: a compressed bomb is measured unpacked", async () => {
    const packed = new Blob([new Uint8Array(4 * 1024 * 1024)]).stream().pipeThrough(new CompressionStream("gzip"));
    const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
    expect(bytes.byteLength).toBeLessThan(512 * 1024);
    const unpacked = () => new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const { fetch } = phone(() => new Response(unpacked(), { headers: JSON_HEADERS }));
    expect(await reasonOf(fetch(URL_A, { accept: "json" }))).toBe("too_large");
  });
});

describe("T69: time", () => {
  const never = () => new Promise<Response>(() => undefined);
  const slow: [name: string, answer: () => Response | Promise<Response>][] = [
    ["headers that never come", never],
    ["200 and then silence", () => new Response(new ReadableStream({ pull: () => new Promise(() => undefined) }))],
    ["a byte now and then", () => new Response(stream(new Uint8Array(1), { everyMs: 20 }).body)],
  ];
  test.each(slow)("%s: given up in time", async (_name, answer) => {
    const { fetch } = phone(answer);
    const began = Date.now();
    expect(await reasonOf(fetch(URL_A, { timeoutMs: 150 }))).toBe("timeout");
    expect(Date.now() - began).toBeLessThan(20_000);
  });

  test("the request's signal is aborted when the time is up", async () => {
    const { fetch, calls } = phone(never);
    await reasonOf(fetch(URL_A, { timeoutMs: 20 }));
    expect(calls[0]?.init.signal?.aborted).toBe(true);
  });
});

describe("T70: content", () => {
  const table: [type: string | undefined, body: BodyInit, expected: string][] = [
    ["application/json", "{}", "answered"],
    ["application/json; charset=UTF-8", "{}", "answered"],
    ["APPLICATION/JSON", "{}", "answered"],
    ["application/jwk-set+json", "{}", "answered"],
    ["text/html", "<html>", "not_json"],
    ["text/plain", "{}", "not_json"],
    ["application/jwt", "a.b.c", "not_json"],
    ["application/jsonp", "{}", "not_json"],
    [undefined, new Uint8Array([123, 125]), "not_json"],
    ["application/json", new Uint8Array([0xef, 0xbb, 0xbf, 123, 125]), "not_json"],
  ];
  test.each(table)("%s: %s", async (type, body, expected) => {
    const { fetch } = phone(() => new Response(body, type === undefined ? {} : { headers: { "content-type": type } }));
    expect(await reasonOf(fetch(URL_A, { accept: "json" }))).toBe(expected);
  });

  test("of a failure that is no JSON the status comes through and the body does not", async () => {
    const { fetch } = phone(() => new Response("<html>secret", { status: 500, headers: { "content-type": "text/html" } }));
    const response = await fetch(URL_A, { accept: "json" });
    expect(response.status).toBe(500);
    expect(await response.text()).toBe("");
  });
});

test("T71: every failure reads the same (Kratos-26.2.8)", async () => {
  const failures: [answer: () => Response | Promise<Response>, init: OutboundInit, url?: string][] = [
    [() => Promise.reject(new TypeError("connect ECONNREFUSED 10.0.0.1:443")), {}],
    [() => new Promise(() => undefined), { timeoutMs: 10 }],
    [() => new Response("forbidden", { status: 302 }), {}],
    [() => new Response("<html>"), { accept: "json" }],
    [() => new Response("{}"), {}, "https://127.0.0.1/"],
  ];
  const texts = new Set<string>();
  const reasons = new Set<string>();
  for (const [answer, init, url] of failures) {
    const error = await phone(answer)
      .fetch(url ?? URL_A, init)
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(OutboundError);
    texts.add(String(error));
    expect((error as OutboundError).cause).toBeUndefined();
    reasons.add((error as OutboundError).reason);
  }
  expect([...texts]).toEqual(["OutboundError: The address could not be fetched."]);
  expect([...reasons].sort()).toEqual(["not_json", "redirected", "refused", "timeout", "unreachable"]);
});

test("T72: only what the caller put in is sent, and no cache is asked", async () => {
  const { fetch, calls } = phone(() => new Response("{}", { headers: JSON_HEADERS }));
  const init = {
    method: "POST",
    headers: { accept: "application/json" },
    body: "a=b",
    cf: { cacheEverything: true },
    redirect: "follow",
  };
  await fetch(URL_A, init as OutboundInit);
  const sent = calls[0]?.init as RequestInit & { cf?: unknown };
  expect(Object.fromEntries(sent.headers as Headers)).toEqual({ accept: "application/json", "user-agent": "Orgate" });
  expect({ method: sent.method, body: sent.body, redirect: sent.redirect, cache: sent.cache, cf: sent.cf }).toEqual({
    method: "POST",
    body: "a=b",
    redirect: "manual",
    cache: "no-store",
    cf: undefined,
  });
});

test("T72: the runtime knows these request options; it throws for those it does not", () => {
  expect(() => new Request(URL_A, { cache: "no-store", redirect: "manual" })).not.toThrow();
  expect(() => new Request(URL_A, { redirect: "error" as never })).toThrow();
});

describe("T75: a server that does not answer is not asked for a while", () => {
  type Behaviour = "silent" | "answers" | "fails" | "redirects";
  function breaker() {
    const state = { now: Date.UTC(2026, 10, 24), behaviour: "silent" as Behaviour, asked: 0 };
    const { fetch } = phone(() => {
      state.asked += 1;
      if (state.behaviour === "silent") throw new TypeError("connection lost");
      if (state.behaviour === "redirects") return new Response(null, { status: 302 });
      return new Response("{}", { status: state.behaviour === "fails" ? 500 : 200, headers: JSON_HEADERS });
    });
    const of = createCircuitBreaker(fetch, () => state.now);
    const ask = (key = "org-e", url = URL_A) => reasonOf(of(key)(url));
    return { state, ask };
  }

  test("five silences in a row open the circuit; nothing is sent while it is open", async () => {
    const { state, ask } = breaker();
    for (let i = 0; i < 5; i++) expect(await ask()).toBe("unreachable");
    for (let i = 0; i < 200; i++) expect(await ask()).toBe("suspended");
    expect(state.asked).toBe(5);
  });

  test("every 30 seconds one request tries again; an answer closes it", async () => {
    const { state, ask } = breaker();
    for (let i = 0; i < 5; i++) await ask();
    state.now += 29_999;
    expect(await ask()).toBe("suspended");
    state.now += 1;
    expect([await ask(), await ask()]).toEqual(["unreachable", "suspended"]);
    state.now += 30_000;
    state.behaviour = "answers";
    expect([await ask(), await ask()]).toEqual(["answered", "answered"]);
    state.behaviour = "silent";
    for (let i = 0; i < 5; i++) expect(await ask()).toBe("unreachable");
  });

  test.each<[Behaviour, string]>([
    ["fails", "answered"],
    ["redirects", "redirected"],
  ])("a server that %s has answered: strangers cannot lock an organization out", async (behaviour, outcome) => {
    const { state, ask } = breaker();
    for (let i = 0; i < 4; i++) await ask();
    state.behaviour = behaviour;
    for (let i = 0; i < 20; i++) expect(await ask()).toBe(outcome);
    state.behaviour = "silent";
    for (let i = 0; i < 5; i++) expect(await ask()).toBe("unreachable");
  });

  test("other connections and other endpoints are not affected; a query makes no other endpoint", async () => {
    const { state, ask } = breaker();
    for (let i = 0; i < 5; i++) await ask();
    state.behaviour = "answers";
    expect(await ask("org-a")).toBe("answered");
    expect(await ask("org-e", "https://idp-a.test/other")).toBe("answered");
    expect(await ask("org-e", `${URL_A}?x=1`)).toBe("suspended");
  });

  test("a URL that the guard refuses says nothing about the server", async () => {
    const { ask } = breaker();
    for (let i = 0; i < 20; i++) expect(await ask("org-e", "https://127.0.0.1/")).toBe("refused");
  });

  test("F34: a clock that is set back does not keep it open", async () => {
    const { state, ask } = breaker();
    for (let i = 0; i < 5; i++) await ask();
    state.now -= 3_600_000;
    state.behaviour = "answers";
    expect(await ask()).toBe("answered");
  });

  test("2,000 circuits are remembered, and the oldest goes first", async () => {
    const { state, ask } = breaker();
    for (let i = 0; i < 5; i++) await ask("first");
    for (let i = 0; i < 2_000; i++) await ask(`org-${i}`);
    state.behaviour = "answers";
    expect(await ask("first")).toBe("answered");
  });
});
