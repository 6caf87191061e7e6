// T5, T20–T24, T26, T30–T32, T37, T39: ID tokens that must not sign anybody in, and the edges of those that must.

import { afterEach, describe, expect, test, vi } from "vitest";
import type { RefusalReason } from "../../../src/protocols/connector.ts";
import { generateSigningKey, type SigningPair } from "../../support/idp/keys.ts";
import { KIM, type RelyingParty, type RelyingPartyOptions, relyingParty } from "./harness.ts";
import { halfHashOf, TEXT } from "./values.ts";

let rp: RelyingParty;
afterEach(() => {
  vi.useRealTimers();
  rp.network.restore();
});

type Row = [
  name: string,
  expected: RefusalReason | "accepted",
  arrange: (rp: RelyingParty) => unknown,
  options?: RelyingPartyOptions,
];

const claims = (change: Record<string, unknown>) => (rp: RelyingParty) => rp.idp.mutate({ claims: change });
const header = (change: Record<string, unknown>) => (rp: RelyingParty) => rp.idp.mutate({ header: change });
const token = (change: (token: string) => string) => (rp: RelyingParty) => rp.idp.mutate({ idToken: change });
const evilKey = () => generateSigningKey("RS256");
const publicModulus = (pair: SigningPair) => TEXT.bytes(String(pair.publicJwk.n));

const SIGNATURES: Row[] = [
  [
    "T20: another key with the right kid",
    "signature_invalid",
    async (rp) => rp.idp.mutate({ signWith: (await evilKey()).privateKey }),
  ],
  ["T20: one bit of the signature", "signature_invalid", token(TEXT.corruptSignature)],
  ["T20: another payload under the signature", "signature_invalid", token((t) => TEXT.swapPayload(t, { sub: "victim" }))],
  ["T20: an empty signature", "signature_invalid", token((t) => t.replace(/\.[^.]+$/, "."))],
  ...["none", "None", "nOnE", "NONE", ""].map(
    (alg): Row => [
      `T21: alg ${JSON.stringify(alg)}`,
      "alg_not_allowed",
      (rp) =>
        rp.idp.mutate({ header: { alg }, signWith: "none", metadata: { id_token_signing_alg_values_supported: ["none", alg] } }),
    ],
  ),
  ["T21: no alg", "alg_not_allowed", header({ alg: undefined })],
  ["T21: alg in another case", "alg_not_allowed", header({ alg: "rs256" })],
  [
    "T22: HS256 over the published modulus",
    "alg_not_allowed",
    (rp) => rp.idp.mutate({ header: { alg: "HS256" }, signWith: publicModulus(rp.idp.signing) }),
  ],
  [
    "T22: HS256 over the published JWK",
    "alg_not_allowed",
    (rp) => rp.idp.mutate({ header: { alg: "HS256" }, signWith: TEXT.bytes(JSON.stringify(rp.idp.signing.publicJwk)) }),
  ],
  [
    "T22: HS256 over our client secret",
    "alg_not_allowed",
    (rp) =>
      rp.idp.mutate({
        header: { alg: "HS256" },
        signWith: TEXT.bytes("secret-1"),
        metadata: { id_token_signing_alg_values_supported: ["HS256"] },
      }),
  ],
  [
    "T22: HS256 signature under an RS256 header",
    "signature_invalid",
    (rp) => rp.idp.mutate({ signWith: publicModulus(rp.idp.signing) }),
  ],
  [
    "T23: ES256 with a published key where RS256 is pinned",
    "alg_not_allowed",
    (rp) => rp.idp.rotateKeys({ alg: "ES256", keep: true }),
  ],
  [
    "T23: RS256 with a published key where ES256 is pinned",
    "alg_not_allowed",
    (rp) => rp.idp.rotateKeys({ alg: "RS256", keep: true }),
    { idp: { alg: "ES256" }, connection: { idTokenSignedResponseAlg: "ES256" } },
  ],
  ...(["ES256", "ES384", "PS256", "EdDSA"] as const).map(
    (alg): Row => [
      `T23: ${alg} where it is pinned`,
      "accepted",
      () => undefined,
      { idp: { alg }, connection: { idTokenSignedResponseAlg: alg } },
    ],
  ),
];

const EVIL = "https://evil.test/keys";
const HEADERS: Row[] = [
  ["T24: jku", "header_not_allowed", header({ jku: EVIL })],
  ["T24: x5u", "header_not_allowed", header({ x5u: EVIL })],
  [
    "T24: jwk with the forger's own key",
    "header_not_allowed",
    async (rp) => {
      const evil = await evilKey();
      rp.idp.mutate({ header: { jwk: evil.publicJwk, kid: undefined }, signWith: evil.privateKey });
    },
  ],
  ["T24: x5c", "header_not_allowed", header({ x5c: ["MIIB"] })],
  ["T24: unknown crit", "header_not_allowed", header({ crit: ["https://evil.test/x"] })],
  ["T24: b64 false", "header_not_allowed", header({ b64: false, crit: ["b64"] })],
  ["T24: a kid that is a path", "key_not_found", header({ kid: "../../../../etc/passwd" })],
  ["T24: a kid that is SQL", "key_not_found", header({ kid: "' OR 1=1 --" })],
  ["T24: a kid that is a URL", "key_not_found", header({ kid: EVIL })],
  ["T24: a kid of 10 KB", "header_not_allowed", header({ kid: "k".repeat(10_240) })],
  ["T24: a kid that is a number", "header_not_allowed", header({ kid: 7 })],
  ["T24: x5t is harmless", "accepted", header({ x5t: "abc" })],
  ["T31: typ at+jwt", "id_token_type", header({ typ: "at+jwt" })],
  ["T31: typ application/at+jwt", "id_token_type", header({ typ: "application/at+jwt" })],
  ["T31: typ logout+jwt", "id_token_type", header({ typ: "logout+jwt" })],
  ["T31: typ that is no string", "id_token_type", header({ typ: { JWT: 1 } })],
  ["T31: typ absent", "accepted", header({ typ: undefined })],
  ["T31: typ in lower case", "accepted", header({ typ: "jwt" })],
  ["T31: a logout token", "id_token_type", claims({ events: { "http://schemas.openid.net/event/backchannel-logout": {} } })],
  ["T31: an ID token of another client of the same IdP", "aud_mismatch", claims({ aud: "client-2" })],
  [
    "T39: an encrypted token",
    "id_token_encrypted",
    token(() => `${Buffer.from('{"alg":"PBES2-HS512+A256KW","enc":"A256GCM","p2c":1000000000}').toString("base64url")}.a.b.c.d`),
  ],
  [
    "T39: an encrypted token with zip",
    "id_token_encrypted",
    token(() => `${Buffer.from('{"alg":"dir","enc":"A256GCM","zip":"DEF"}').toString("base64url")}.a.b.c.d`),
  ],
  ["T39: zip in a signed token", "header_not_allowed", header({ zip: "DEF" })],
  ...["", "a.b", "a.b.c.d", "..", "not a token", "%%%.%%%.%%%", "bnVsbA.bnVsbA.AA", "W10.W10.AA"].map(
    (text): Row => [`malformed: ${JSON.stringify(text)}`, "id_token_malformed", token(() => text)],
  ),
  ["claims that are an array", "id_token_malformed", token((t) => t.replace(/\.[^.]+\./, ".W10."))],
  ["two tokens in one", "id_token_malformed", token((t) => `${t}.${t}`)],
];

const CLAIMS: Row[] = [
  ["T30: iss with a slash more", "iss_claim_mismatch", (rp) => claims({ iss: `${rp.idp.issuer}/` })(rp)],
  ["T30: iss in another case", "iss_claim_mismatch", (rp) => claims({ iss: rp.idp.issuer.toUpperCase() })(rp)],
  ["T30: iss with the default port", "iss_claim_mismatch", (rp) => claims({ iss: `${rp.idp.issuer}:443` })(rp)],
  ["T30: iss as a list", "iss_claim_mismatch", (rp) => claims({ iss: [rp.idp.issuer] })(rp)],
  ["T30: aud without us", "aud_mismatch", claims({ aud: ["other", "another"] })],
  ["T30: empty aud", "aud_mismatch", claims({ aud: [] })],
  ["T30: aud in another case", "aud_mismatch", claims({ aud: "CLIENT-1" })],
  ["T30: several audiences without azp", "aud_mismatch", claims({ aud: ["client-1", "other"] })],
  ["T30: several audiences, azp us", "accepted", claims({ aud: ["client-1", "other"], azp: "client-1" })],
  ["T30: aud with something that is no string", "aud_mismatch", claims({ aud: ["client-1", 7], azp: "client-1" })],
  ["T30: azp of another, aud us", "azp_mismatch", claims({ azp: "other" })],
  ["T30: azp of another, aud a list of us", "azp_mismatch", claims({ aud: ["client-1"], azp: "other" })],
  ["T30: azp null", "azp_mismatch", claims({ azp: null })],
  ["T30: sub empty", "sub_invalid", claims({ sub: "" })],
  ["T30: sub a number", "sub_invalid", claims({ sub: 42 })],
  ["T30: sub null", "sub_invalid", claims({ sub: null })],
  ["T30: sub of 255 characters", "accepted", claims({ sub: "s".repeat(255) })],
  ["T30: sub of 256 characters", "sub_invalid", claims({ sub: "s".repeat(256) })],
  ["T30: sub with a line break", "sub_invalid", claims({ sub: "42\nadmin" })],
  ["T30: sub with NUL", "sub_invalid", claims({ sub: "42\u0000" })],
  ["T30: exp a string", "token_expired", claims({ exp: "4102444800" })],
  ["T30: iat a string", "iat_missing", claims({ iat: "1" })],
  ["T30: iat a day ahead", "clock_skew", (rp) => claims({ iat: TEXT.seconds(86_400), exp: TEXT.seconds(90_000) })(rp)],
  ["T30: iat a day ago", "token_too_old", (rp) => claims({ iat: TEXT.seconds(-86_400) })(rp)],
  ["T30: nbf an hour ahead", "token_not_yet_valid", (rp) => claims({ nbf: TEXT.seconds(3_600) })(rp)],
  ["T30: nbf a string", "token_not_yet_valid", claims({ nbf: "1" })],
  ["T5: no nonce", "nonce_mismatch", claims({ nonce: undefined })],
  ["T5: nonce with one more character", "nonce_mismatch", (rp) => rp.idp.mutate({ claims: { nonce: `${"n".repeat(43)}1` } })],
  ["T5: nonce null", "nonce_mismatch", claims({ nonce: null })],
  ["T5: nonce as a list", "nonce_mismatch", claims({ nonce: ["n"] })],
  ["T32: at_hash of another token", "at_hash_mismatch", claims({ at_hash: halfHashOf("another") })],
  ["T32: at_hash that is no string", "at_hash_mismatch", claims({ at_hash: 7 })],
  ["T32: c_hash of another code", "at_hash_mismatch", claims({ c_hash: halfHashOf("another") })],
];

describe.each([
  ["signature and algorithm", SIGNATURES],
  ["header and form", HEADERS],
  ["claims", CLAIMS],
])("%s", (_name, rows) => {
  test.each(rows)("%s: %s", async (_title, expected, arrange, options) => {
    rp = await relyingParty(options);
    await arrange(rp);
    const outcome = await rp.login();
    expect(outcome.ok ? "accepted" : outcome.reason).toBe(expected);
    expect(rp.network.strangers).toEqual([]);
    expect(rp.idp.to("token")).toHaveLength(1);
    expect(rp.idp.to("userinfo")).toHaveLength(0);
  });
});

test("T5: a nonce of another round trip is refused", async () => {
  rp = await relyingParty();
  const other = await rp.begin();
  if ("ok" in other) throw new Error(other.reason);
  rp.idp.mutate({ claims: { nonce: other.roundTrip.nonce } });
  expect(await rp.login()).toMatchObject({ ok: false, reason: "nonce_mismatch" });
});

test("T32: at_hash of ES384 and EdDSA is measured with the algorithm's own hash", async () => {
  rp = await relyingParty({ idp: { alg: "EdDSA" }, connection: { idTokenSignedResponseAlg: "EdDSA" } });
  rp.idp.mutate({ claims: { at_hash: halfHashOf("x") } });
  expect(await rp.login()).toMatchObject({ ok: false, reason: "at_hash_mismatch" });
});

/** Seconds by which the token's times differ from now, on a clock that stands still. */
const EDGES: [name: string, expected: RefusalReason | "accepted", claims: Record<string, number>][] = [
  ["exp 29 s ago", "accepted", { exp: -29 }],
  ["exp 30 s ago", "token_expired", { exp: -30 }],
  ["nbf 30 s ahead", "accepted", { nbf: 30 }],
  ["nbf 31 s ahead", "token_not_yet_valid", { nbf: 31 }],
  ["iat 60 s ahead", "accepted", { iat: 60, exp: 360 }],
  ["iat 61 s ahead", "clock_skew", { iat: 61, exp: 361 }],
  ["iat 600 s ago", "accepted", { iat: -600, exp: 300 }],
  ["iat 601 s ago", "token_too_old", { iat: -601, exp: 300 }],
  ["T37: the IdP's clock 29 s ahead", "accepted", { iat: 29, nbf: 29, exp: 329 }],
  ["T37: the IdP's clock 29 s behind", "accepted", { iat: -29, nbf: -29, exp: 271 }],
  ["F23: the IdP's clock 10 min ahead", "clock_skew", { iat: 600, nbf: 600, exp: 900 }],
];

test.each(EDGES)("T37: %s: %s", async (_name, expected, offsets) => {
  rp = await relyingParty();
  const now = Date.UTC(2026, 10, 24) / 1000;
  vi.useFakeTimers({ toFake: ["Date"], now: now * 1000 });
  rp.idp.mutate({ claims: Object.fromEntries(Object.entries(offsets).map(([name, offset]) => [name, now + offset])) });
  const outcome = await rp.login();
  expect(outcome.ok ? "accepted" : outcome.reason).toBe(expected);
});

test("T37: the operator is told by how much the clocks differ", async () => {
  rp = await relyingParty();
  rp.idp.mutate({ claims: { iat: TEXT.seconds(600) } });
  const outcome = await rp.login();
  expect(outcome).toMatchObject({
    ok: false,
    reason: "clock_skew",
    detail: expect.stringMatching(/^issued (599|600) s ahead of our clock$/),
  });
});

const MAX_AGE: [name: string, expected: RefusalReason | "accepted", authTime: number | undefined][] = [
  ["authenticated just now", "accepted", 0],
  ["within max_age and tolerance", "accepted", -89],
  ["beyond it", "auth_time_too_old", -91],
  ["no auth_time", "auth_time_too_old", undefined],
];

test.each(MAX_AGE)("T121: max_age 60, %s: %s", async (_name, expected, offset) => {
  rp = await relyingParty();
  const now = Date.UTC(2026, 10, 24) / 1000;
  vi.useFakeTimers({ toFake: ["Date"], now: now * 1000 });
  rp.idp.mutate({ claims: { auth_time: offset === undefined ? undefined : now + offset } });
  const outcome = await rp.login({ start: { maxAge: 60 } });
  expect(outcome.ok ? "accepted" : outcome.reason).toBe(expected);
});

test("no refusal names a claim value, a code or a token", async () => {
  rp = await relyingParty();
  const canary = "canary-7f3a";
  for (const change of [
    { iss: canary },
    { aud: canary },
    { azp: canary },
    { sub: `${canary}\n` },
    { nonce: canary },
    { at_hash: canary },
  ]) {
    rp.idp.mutate({ claims: change });
    const outcome = await rp.login();
    expect(outcome.ok).toBe(false);
    expect(JSON.stringify(outcome)).not.toContain(canary);
  }
});

test("the assertion says what the IdP said, and no more", async () => {
  rp = await relyingParty();
  const authTime = TEXT.seconds(-20);
  rp.idp.mutate({
    claims: {
      acr: "urn:mfa",
      amr: ["pwd", "otp", 7],
      auth_time: authTime,
      session_expiry: authTime + 3600,
      groups: ["owner"],
      is_admin: true,
    },
  });
  expect(await rp.login()).toEqual({
    ok: true,
    assertion: {
      issuer: rp.idp.issuer,
      subject: KIM.sub,
      email: "kim@acme.test",
      emailVerified: true,
      traits: { email: "kim@acme.test", name: "Kim" },
      acr: "urn:mfa",
      amr: ["pwd", "otp"],
      authTime: authTime * 1000,
      sessionExpiresAt: (authTime + 3600) * 1000,
      tokenEndpoint: `${rp.idp.issuer}/token`,
    },
  });
});
