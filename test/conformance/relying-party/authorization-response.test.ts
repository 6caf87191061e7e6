// T6, T7, T8, T10, T12: what comes back through the browser, where it takes more than one changed parameter (those are in
// the catalogue).

import { afterEach, beforeEach, expect, test } from "vitest";
import type { RoundTrip } from "../../../src/protocols/connector.ts";
import { KIM, type RelyingParty, relyingParty } from "./harness.ts";

let rp: RelyingParty;
beforeEach(async () => {
  rp = await relyingParty();
});
afterEach(() => rp.network.restore());

test("T8: a wrong iss is refused although the IdP never promised one; a missing one is accepted", async () => {
  rp.network.restore();
  rp = await relyingParty({ idp: { sendsIss: false } });
  expect((await rp.login()).ok).toBe(true);
  rp.network.clear();
  rp.idp.mutate({ iss: "https://evil.test" });
  expect(await rp.login()).toMatchObject({ ok: false, reason: "iss_mismatch" });
  expect(rp.idp.to("token")).toHaveLength(0);
});

test("T12: of an IdP's error only registered codes are repeated, of its description nothing", async () => {
  const begun = await rp.begin();
  if ("ok" in begun) throw new Error(begun.reason);
  for (const [error, detail] of [
    ["login_required", "login_required"],
    ["<script>alert(1)</script>", "another error"],
  ] as const) {
    const answer = rp.connector.checkResponse(begun.roundTrip, rp.idp.deny(begun.url, error).searchParams);
    expect(answer).toEqual({ ok: false, reason: "idp_error", detail });
  }
});

test("T7: the connection's issuer has changed meanwhile: nothing is sent to the new one", async () => {
  const { answer, roundTrip } = await arrived();
  const repointed = { ...rp.connection, issuerUrl: "https://evil.test" };
  expect(await rp.connector.finish(repointed, roundTrip, answer.searchParams)).toMatchObject({
    ok: false,
    reason: "iss_mismatch",
  });
  expect(rp.network.strangers).toEqual([]);
});

test("T6: challenges are unique per round trip", async () => {
  const seen = new Set<string | null>();
  for (let i = 0; i < 5; i++) {
    const begun = await rp.begin();
    if (!("ok" in begun)) seen.add(begun.url.searchParams.get("code_challenge"));
  }
  expect(seen.size).toBe(5);
});

test("T6: PKCE is sent to an IdP that does not announce it, and a wrong verifier ends the login", async () => {
  rp.idp.mutate({ metadata: { code_challenge_methods_supported: undefined } });
  expect((await rp.login()).ok).toBe(true);
  const outcome = await rp.login({ roundTrip: { codeVerifier: "w".repeat(43) } });
  expect(outcome).toMatchObject({ ok: false, reason: "invalid_grant" });
});

test("T10: a code of another round trip fails by PKCE, and where the IdP ignores PKCE by the nonce", async () => {
  const victim = await arrived();
  const replace = (url: URL) => {
    url.searchParams.set("code", victim.answer.searchParams.get("code") ?? "");
    return url;
  };
  expect(await rp.login({ callback: replace })).toMatchObject({ ok: false, reason: "invalid_grant" });
  const second = await arrived();
  rp.idp.mutate({ ignorePkce: true });
  const injected = (url: URL) => {
    url.searchParams.set("code", second.answer.searchParams.get("code") ?? "");
    return url;
  };
  expect(await rp.login({ callback: injected })).toMatchObject({ ok: false, reason: "nonce_mismatch" });
});

async function arrived(): Promise<{ answer: URL; roundTrip: RoundTrip }> {
  const begun = await rp.begin();
  if ("ok" in begun) throw new Error(begun.reason);
  return { answer: await rp.idp.authorize(begun.url, KIM), roundTrip: begun.roundTrip };
}
