// T74: how many requests a login costs, counted; and that keys are imported once.

import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { countingEnv } from "../../support/counting.ts";
import { KIM, type RelyingParty, relyingParty } from "./harness.ts";

let rp: RelyingParty;
afterEach(() => {
  vi.restoreAllMocks();
  rp.network.restore();
});

const paths = () => rp.network.requests.splice(0).map((request) => request.path);

test.each([
  ["id_token", ["jwks", "token"], ["token"]],
  ["userinfo", ["jwks", "token", "userinfo"], ["token", "userinfo"]],
] as const)("claims from %s: start 1 cold and 0 warm; finish %j cold and %j warm", async (claimsSource, cold, warm) => {
  rp = await relyingParty({ connection: { claimsSource } });
  for (const [start, finish] of [
    [["discovery"], cold],
    [[], warm],
    [[], warm],
  ] as const) {
    const begun = await rp.begin();
    if ("ok" in begun) throw new Error(begun.reason);
    expect(paths()).toEqual(start);
    const answer = await rp.idp.authorize(begun.url, KIM);
    expect((await rp.connector.finish(rp.connection, begun.roundTrip, answer.searchParams)).ok).toBe(true);
    expect(paths().sort()).toEqual(finish);
  }
});

test("finish in an isolate that knows nothing, with an empty KV, stays within 4", async () => {
  const counted = countingEnv(env);
  counted.faults.kv = "frozen";
  rp = await relyingParty({ connection: { claimsSource: "userinfo" }, kv: counted.env.IDP_CACHE });
  const begun = await rp.begin();
  if ("ok" in begun) throw new Error(begun.reason);
  const answer = await rp.idp.authorize(begun.url, KIM);
  rp.network.clear();
  expect((await rp.isolate().finish(rp.connection, begun.roundTrip, answer.searchParams)).ok).toBe(true);
  expect(paths().sort()).toEqual(["discovery", "jwks", "token", "userinfo"]);
});

test("a cold isolate with a warm KV asks the IdP for nothing but the tokens", async () => {
  rp = await relyingParty();
  expect((await rp.login()).ok).toBe(true);
  const written = async () => expect(await env.IDP_CACHE.get(`jwks:${rp.connection.id}:1`)).not.toBeNull();
  await vi.waitFor(written, { timeout: 20_000 });
  rp.network.clear();
  rp.connector = rp.isolate();
  expect((await rp.login()).ok).toBe(true);
  expect(paths()).toEqual(["token"]);
});

test("F1, F2: with KV down in every way a login works, at the cost of a cold isolate", async () => {
  const counted = countingEnv(env);
  rp = await relyingParty({ kv: counted.env.IDP_CACHE });
  for (const fault of ["frozen", "throw", "hang", "garbage"] as const) {
    counted.faults.kv = fault;
    rp.connector = rp.isolate();
    rp.network.clear();
    expect((await rp.login()).ok, fault).toBe(true);
    expect(paths().sort(), fault).toEqual(["discovery", "jwks", "token"]);
  }
});

test("an unchanged key is imported once, a new one once more", async () => {
  rp = await relyingParty();
  const imports = vi.spyOn(crypto.subtle, "importKey");
  for (let i = 0; i < 3; i++) expect((await rp.login()).ok).toBe(true);
  expect(imports.mock.calls.filter(([format]) => String(format) === "jwk")).toHaveLength(1);
  await rp.idp.rotateKeys();
  for (let i = 0; i < 3; i++) expect((await rp.login()).ok).toBe(true);
  expect(imports.mock.calls.filter(([format]) => String(format) === "jwk")).toHaveLength(2);
});
