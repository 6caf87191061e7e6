// T5, T32, T37, T121: what of an ID token depends on another login, on the algorithm or on the clock. Single deviations are
// in the catalogue (test/support/idp/mutations).

import { afterEach, expect, test, vi } from "vitest";
import type { RefusalReason } from "../../../src/protocols/connector.ts";
import { halfHashOf, TEXT } from "../../support/idp/values.ts";
import { KIM, type RelyingParty, relyingParty } from "./harness.ts";

let rp: RelyingParty;
afterEach(() => {
  vi.useRealTimers();
  rp.network.restore();
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
      credential: "current",
    },
  });
});
