// What comes back through the browser: T2, T5, T8, T12 and the FAPI 2 client modules about it. Judged without any request.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RefusalReason, RoundTrip } from "../../../src/protocols/connector.ts";
import { KIM, type RelyingParty, relyingParty } from "./harness.ts";

let rp: RelyingParty;
beforeEach(async () => {
  rp = await relyingParty();
});
afterEach(() => rp.network.restore());

type Change = (url: URL, rp: RelyingParty) => void;
const set =
  (name: string, value: string): Change =>
  (url) =>
    url.searchParams.set(name, value);
const append =
  (name: string, value?: string): Change =>
  (url) =>
    url.searchParams.append(name, value ?? url.searchParams.get(name) ?? "");
const remove =
  (name: string): Change =>
  (url) =>
    url.searchParams.delete(name);

const TABLE: [name: string, expected: RefusalReason, change: Change][] = [
  ["T2: no state", "state_missing", remove("state")],
  ["T2: an empty state", "state_missing", set("state", "")],
  ["T2: a foreign state", "state_mismatch", set("state", "x".repeat(43))],
  [
    "T2: a truncated state",
    "state_mismatch",
    (url) => url.searchParams.set("state", (url.searchParams.get("state") ?? "").slice(0, -1)),
  ],
  ["T2: a state of 10 KB", "state_mismatch", set("state", "x".repeat(10_240))],
  ["T2: the state twice", "duplicate_parameter", append("state")],
  [
    "fapi2-client-test-ensure-authorization-response-with-invalid-state-fails",
    "state_mismatch",
    append("state1") && set("state", "1"),
  ],
  ["fapi2-client-test-ensure-authorization-response-with-invalid-missing-state-fails", "state_missing", remove("state")],
  ["T8: iss absent where it is promised", "iss_missing", remove("iss")],
  ["fapi2-client-test-remove-authorization-response-iss", "iss_missing", remove("iss")],
  ["T8: another iss", "iss_mismatch", set("iss", "https://evil.test")],
  [
    "fapi2-client-test-invalid-authorization-response-iss",
    "iss_mismatch",
    (url, rp) => url.searchParams.set("iss", `${rp.idp.issuer}1`),
  ],
  ["T8: iss with a slash more", "iss_mismatch", (url, rp) => url.searchParams.set("iss", `${rp.idp.issuer}/`)],
  ["T8: iss in another case", "iss_mismatch", (url, rp) => url.searchParams.set("iss", rp.idp.issuer.toUpperCase())],
  ["T8: an empty iss", "iss_mismatch", set("iss", "")],
  ["T8: the right iss twice", "duplicate_parameter", append("iss")],
  ["T8: the right and a wrong iss", "duplicate_parameter", append("iss", "https://evil.test")],
  ["the code twice", "duplicate_parameter", append("code")],
  ["another code beside it", "duplicate_parameter", append("code", "another")],
  [
    "any parameter twice",
    "duplicate_parameter",
    (url) => {
      url.searchParams.append("x", "1");
      url.searchParams.append("x", "2");
    },
  ],
  ["neither code nor error", "code_missing", remove("code")],
  ["an empty code", "code_missing", set("code", "")],
  [
    "T12: access_denied",
    "user_cancelled",
    (url) => {
      url.searchParams.delete("code");
      url.searchParams.set("error", "access_denied");
    },
  ],
  ["T12: an error and a code", "idp_error", set("error", "server_error")],
  ["T12: access_denied and a code", "user_cancelled", set("error", "access_denied")],
  ["T12: an empty error and a code", "idp_error", set("error", "")],
  ["an ID token through the browser", "idp_error", set("id_token", "a.b.c")],
  ["an access token through the browser", "idp_error", set("access_token", "a")],
  ["a JARM response", "idp_error", set("response", "a.b.c")],
];

describe("refused before any request", () => {
  test.each(TABLE)("%s: %s", async (_name, expected, change) => {
    const outcome = await rp.login({
      callback: (url) => {
        change(url, rp);
        return url;
      },
    });
    expect(outcome).toMatchObject({ ok: false, reason: expected });
    expect(rp.network.requests.map((request) => request.path)).toEqual(["discovery"]);
  });

  test.each(TABLE)("finish() itself refuses it too: %s: %s", async (_name, expected, change) => {
    const { answer, roundTrip } = await arrived();
    change(answer, rp);
    expect(await rp.connector.finish(rp.connection, roundTrip, answer.searchParams)).toMatchObject({
      ok: false,
      reason: expected,
    });
    expect(rp.idp.to("token")).toHaveLength(0);
  });
});

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
