// T25–T29, F19, F20: the IdP's key set, its rotation, and key sets that are no help or an attack.

import type { JWK } from "jose";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { RefusalReason } from "../../../src/protocols/connector.ts";
import type { Fault } from "../../support/idp/idp.ts";
import { generateSigningKey } from "../../support/idp/keys.ts";
import { type RelyingParty, type RelyingPartyOptions, relyingParty } from "./harness.ts";

let rp: RelyingParty;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 24, 12) });
});
afterEach(() => {
  vi.useRealTimers();
  rp.network.restore();
});

const minutes = (count: number) => vi.setSystemTime(Date.now() + count * 60_000);
const published = (change: (key: JWK) => unknown) => (rp: RelyingParty) =>
  rp.idp.mutate({ jwks: (keys) => ({ keys: keys.map(change) }) });
const ES256: RelyingPartyOptions = { idp: { alg: "ES256" }, connection: { idTokenSignedResponseAlg: "ES256" } };

type Row = [
  name: string,
  expected: RefusalReason | "accepted",
  arrange: (rp: RelyingParty) => unknown,
  options?: RelyingPartyOptions,
];

const SELECTION: Row[] = [
  ["T25: one key, no kid anywhere", "accepted", (rp) => rp.idp.rotateKeys({ kid: undefined })],
  ["T25: the token has no kid, the only key has one", "accepted", (rp) => rp.idp.mutate({ header: { kid: undefined } })],
  [
    "T25: no kid, a second key of another kind",
    "accepted",
    async (rp) => {
      const other = await generateSigningKey("ES256");
      rp.idp.mutate({ header: { kid: undefined }, jwks: (keys) => ({ keys: [...keys, other.publicJwk] }) });
    },
  ],
  [
    "T25: no kid, two keys of the kind",
    "key_ambiguous",
    async (rp) => {
      await rp.idp.rotateKeys({ keep: true });
      rp.idp.mutate({ header: { kid: undefined } });
    },
  ],
  ["T25: the same kid twice", "key_ambiguous", (rp) => rp.idp.rotateKeys({ keep: true, kid: rp.idp.signing.kid })],
  ["the token names a kid, the key has none", "key_not_found", published(({ kid: _, ...key }) => key)],
  ["the key names no alg and no use", "accepted", published(({ alg: _a, use: _u, ...key }) => key)],
  ["T26: use enc", "key_not_found", published((key) => ({ ...key, use: "enc" }))],
  ["T26: key_ops sign", "key_not_found", published((key) => ({ ...key, key_ops: ["sign"] }))],
  ["T26: key_ops verify", "accepted", published((key) => ({ ...key, key_ops: ["verify"] }))],
  ["T26: key_ops that is no list", "key_not_found", published((key) => ({ ...key, key_ops: "verify" }))],
  ["T26: alg of another", "key_not_found", published((key) => ({ ...key, alg: "RS512" }))],
  ["T26: another kty", "key_not_found", published((key) => ({ ...key, kty: "EC" }))],
  ["T26: kty oct with k", "key_not_found", published(({ kid }) => ({ kty: "oct", k: "c2VjcmV0", kid }))],
  ["T26: the private half is published", "key_not_found", published((key) => ({ ...key, d: "AQAB" }))],
  ["T26: RSA 1024", "key_not_found", published((key) => ({ ...key, n: key.n?.slice(0, 171) }))],
  [
    "T26: RSA 1024 padded with zeros",
    "key_not_found",
    published((key) => ({ ...key, n: `${"A".repeat(172)}${key.n?.slice(0, 171)}` })),
  ],
  ["T26: a modulus that is no base64url", "key_not_found", published((key) => ({ ...key, n: `${key.n}==` }))],
  ["T26: a point off the curve", "key_not_found", published((key) => ({ ...key, y: key.x })), ES256],
  ["T26: another curve", "key_not_found", published((key) => ({ ...key, crv: "P-384" })), ES256],
  ["T26: the curve in the wrong case", "key_not_found", published((key) => ({ ...key, crv: "p-256" })), ES256],
  [
    "T29: members named __proto__ change nothing",
    "accepted",
    published((key) => JSON.parse(`{"__proto__":{"d":"x"},${JSON.stringify(key).slice(1)}`)),
  ],
  [
    "T29: keys that are no objects are passed over",
    "accepted",
    (rp) => rp.idp.mutate({ jwks: (keys) => ({ keys: [null, 7, "key", [], ...keys] }) }),
  ],
];

test.each(SELECTION)("%s: %s", async (_name, expected, arrange, options) => {
  rp = await relyingParty(options);
  await arrange(rp);
  const outcome = await rp.login();
  expect(outcome.ok ? "accepted" : outcome.reason).toBe(expected);
  expect(rp.network.strangers).toEqual([]);
});

const JSON_TYPE = { headers: { "content-type": "application/json" } };
const HOSTILE: [name: string, expected: RefusalReason, fault: Fault][] = [
  ["10 MB", "jwks_unreachable", () => new Response(`{"keys":[],"x":"${"x".repeat(10 * 1024 * 1024)}"}`, JSON_TYPE)],
  [
    "a body without end",
    "jwks_unreachable",
    () => new Response(new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(65_536)) }), JSON_TYPE),
  ],
  [
    "5,000 keys",
    "jwks_invalid",
    () => Response.json({ keys: Array.from({ length: 5_000 }, (_, kid) => ({ kty: "oct", kid: String(kid) })) }),
  ],
  ["no JSON", "jwks_invalid", () => new Response("<keys/>", JSON_TYPE)],
  ["HTML", "jwks_unreachable", () => new Response("<html>", { headers: { "content-type": "text/html" } })],
  ["keys that is no list", "jwks_invalid", () => Response.json({ keys: {} })],
  ["keys missing", "jwks_invalid", () => Response.json({})],
  ["null", "jwks_invalid", () => Response.json(null)],
  ["500", "jwks_unreachable", () => Response.json({}, { status: 500 })],
  ["404", "jwks_unreachable", () => Response.json({ keys: [] }, { status: 404 })],
  ["a redirect", "jwks_unreachable", () => new Response(null, { status: 302, headers: { location: "https://evil.test/" } })],
  ["a broken connection", "jwks_unreachable", "reset"],
];

describe("T29, F19: a key set that is no help", () => {
  test.each(HOSTILE)("%s, nothing cached: %s", async (_name, expected, fault) => {
    rp = await relyingParty();
    rp.idp.mutate({ faults: { jwks: fault } });
    expect(await rp.login()).toMatchObject({ ok: false, reason: expected });
    expect(rp.network.strangers).toEqual([]);
    rp.idp.mutate({});
    expect((await rp.login()).ok).toBe(true);
  });

  test.each(HOSTILE)(
    "%s, the last good set is old: known keys work for 24 hours, unknown ones never",
    async (_name, expected, fault) => {
      rp = await relyingParty();
      expect((await rp.login()).ok).toBe(true);
      minutes(6);
      rp.idp.mutate({ faults: { jwks: fault } });
      expect((await rp.login()).ok).toBe(true);
      const unknown = await generateSigningKey("ES256");
      rp.idp.mutate({ faults: { jwks: fault }, header: { kid: unknown.kid } });
      expect(await rp.login()).toMatchObject({ ok: false, reason: "key_not_found" });
      minutes(24 * 60);
      rp.idp.mutate({ faults: { jwks: fault } });
      expect(await rp.login()).toMatchObject({ ok: false, reason: expected });
    },
  );
});

test("F19: a hanging key set is given up after 3 seconds", { timeout: 15_000 }, async () => {
  vi.useRealTimers();
  rp = await relyingParty();
  rp.idp.mutate({ faults: { jwks: "hang" } });
  const began = Date.now();
  expect(await rp.login()).toMatchObject({ ok: false, reason: "jwks_unreachable" });
  expect(Date.now() - began).toBeLessThan(6_000);
});

describe("T27: rotation", () => {
  test("a key that is withdrawn works for 5 minutes and no longer", async () => {
    rp = await relyingParty();
    expect((await rp.login()).ok).toBe(true);
    const withdrawn = { signWith: rp.idp.signing.privateKey, header: { kid: rp.idp.signing.kid } };
    await rp.idp.rotateKeys();
    rp.idp.mutate(withdrawn);
    minutes(4.9);
    expect((await rp.login()).ok).toBe(true);
    minutes(0.2);
    expect(await rp.login()).toMatchObject({ ok: false, reason: "key_not_found" });
  });

  test("a login is not disturbed by a rotation that keeps the old key", async () => {
    rp = await relyingParty();
    await rp.login();
    await rp.idp.rotateKeys({ keep: true });
    expect((await rp.login()).ok).toBe(true);
    expect(rp.idp.to("jwks")).toHaveLength(2);
  });

  test("ten logins that arrive together after a rotation share one request", async () => {
    rp = await relyingParty();
    await rp.login();
    await rp.idp.rotateKeys();
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => rp.login()));
    expect(outcomes.every((outcome) => outcome.ok)).toBe(true);
    expect(rp.idp.to("jwks")).toHaveLength(2);
  });

  test("F20: an IdP that rotates at every request costs at most one request more", async () => {
    rp = await relyingParty({ idp: { alg: "ES256" }, connection: { idTokenSignedResponseAlg: "ES256" } });
    await rp.login();
    rp.network.clear();
    rp.idp.mutate({
      faults: {
        jwks: async () => {
          await rp.idp.rotateKeys();
          return Response.json({ keys: [rp.idp.signing.publicJwk] });
        },
      },
      header: { kid: "gone" },
    });
    expect(await rp.login()).toMatchObject({ ok: false, reason: "key_not_found" });
    expect(rp.network.requests.length).toBeLessThanOrEqual(4);
    expect(rp.idp.to("jwks")).toHaveLength(1);
  });
});

test("T28: a minute of tokens with random kids costs at most two requests, and a real login still works", async () => {
  rp = await relyingParty({ idp: { alg: "ES256" }, connection: { idTokenSignedResponseAlg: "ES256" } });
  await rp.login();
  rp.network.clear();
  for (let i = 0; i < 200; i++) {
    rp.idp.mutate({ header: { kid: crypto.randomUUID() } });
    expect(await rp.login()).toMatchObject({ ok: false, reason: "key_not_found" });
    vi.setSystemTime(Date.now() + 295);
  }
  expect(rp.idp.to("jwks").length).toBeLessThanOrEqual(2);
  rp.idp.mutate({});
  expect((await rp.login()).ok).toBe(true);
});
