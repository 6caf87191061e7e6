// T33, T42 and the claims of a person: userinfo, mappings, and what is believed about an address. Single deviations are in
// the catalogue.

import { afterEach, describe, expect, test } from "vitest";
import { type RelyingParty, type RelyingPartyOptions, relyingParty } from "./harness.ts";

let rp: RelyingParty;
afterEach(() => rp.network.restore());

const USERINFO: RelyingPartyOptions = { connection: { claimsSource: "userinfo" } };
test("F22: a connection whose claims come from the ID token never asks", async () => {
  rp = await relyingParty();
  rp.idp.mutate({ faults: { userinfo: "reset" } });
  expect((await rp.login()).ok).toBe(true);
  expect(rp.idp.to("userinfo")).toHaveLength(0);
});

test("T33: userinfo describes the person and cannot rewrite the login", async () => {
  rp = await relyingParty(USERINFO);
  rp.idp.mutate({
    userinfo: {
      iss: "https://evil.test",
      aud: "other",
      acr: "high",
      amr: ["mfa"],
      auth_time: 1,
      session_expiry: 1,
      name: "Kim K.",
    },
    claims: { acr: "low" },
  });
  const outcome = await rp.login();
  if (!outcome.ok) throw new Error(outcome.reason);
  expect(outcome.assertion).toMatchObject({
    issuer: rp.idp.issuer,
    subject: "42",
    acr: "low",
    amr: [],
    traits: { name: "Kim K." },
  });
  expect(outcome.assertion.sessionExpiresAt).toBeUndefined();
  expect(outcome.assertion.authTime).toBeGreaterThan(1_000_000);
});

test("oidcc-client-test-distributed-claims: sources that userinfo names are not fetched", async () => {
  rp = await relyingParty({ connection: { claimsSource: "userinfo", claimsMapping: { card: "credit" } } });
  const sources = { src1: { endpoint: "https://claims.test/", access_token: "t" } };
  rp.idp.mutate({ userinfo: { _claim_names: { credit: "src1" }, _claim_sources: sources } });
  expect(await rp.login()).toMatchObject({ ok: true, assertion: { traits: { email: "kim@acme.test", name: "Kim" } } });
  expect(rp.network.strangers).toEqual([]);
});

const VERIFIED: [name: string, value: unknown, expected: boolean | undefined][] = [
  ["true", true, true],
  ["false", false, false],
  ["missing", undefined, undefined],
  ['"true"', "true", undefined],
  ['"false"', "false", undefined],
  ["1", 1, undefined],
  ["null", null, undefined],
];

describe("T42: email_verified is believed only as a JSON boolean", () => {
  test.each(VERIFIED)("%s", async (_name, email_verified, expected) => {
    rp = await relyingParty();
    rp.idp.mutate({ claims: { email_verified } });
    const outcome = await rp.login();
    expect(outcome.ok && { emailVerified: outcome.assertion.emailVerified }).toEqual({ emailVerified: expected });
  });

  test("what the ID token vouches for is not carried over to another address in userinfo", async () => {
    rp = await relyingParty(USERINFO);
    rp.idp.mutate({ userinfo: { email: "ceo@acme.test", email_verified: undefined } });
    expect(await rp.login()).toMatchObject({ ok: true, assertion: { email: "ceo@acme.test", emailVerified: undefined } });
  });

  test("what the ID token denies stays denied", async () => {
    rp = await relyingParty(USERINFO);
    rp.idp.mutate({ claims: { email_verified: false }, userinfo: { email: "ceo@acme.test", email_verified: undefined } });
    expect(await rp.login()).toMatchObject({ ok: true, assertion: { emailVerified: false } });
  });
});

const MAPPINGS: [
  name: string,
  mapping: Record<string, string>,
  claims: Record<string, unknown>,
  traits: Record<string, string>,
][] = [
  ["the preset's", {}, {}, { email: "kim@acme.test", name: "Kim" }],
  [
    "another claim",
    { email: "upn", team: "department" },
    { upn: "k@acme.test", department: "Sales" },
    { email: "k@acme.test", name: "Kim", team: "Sales" },
  ],
  ["a claim that is not there", { team: "department" }, {}, { email: "kim@acme.test", name: "Kim" }],
  [
    "T61: claims that are no strings",
    { team: "groups", admin: "is_admin", age: "age" },
    { groups: ["owner"], is_admin: true, age: 7 },
    { email: "kim@acme.test", name: "Kim" },
  ],
  [
    "T109: members of every object",
    { a: "constructor", b: "__proto__", c: "toString" },
    {},
    { email: "kim@acme.test", name: "Kim" },
  ],
  ["T111: control characters", { team: "department" }, { department: "a\r\nb" }, { email: "kim@acme.test", name: "Kim" }],
  ["a text beyond measure", { team: "department" }, { department: "x".repeat(2_000) }, { email: "kim@acme.test", name: "Kim" }],
  ["blanks around", {}, { name: "  Kim " }, { email: "kim@acme.test", name: "Kim" }],
  ["nothing but blanks", {}, { name: "  " }, { email: "kim@acme.test" }],
];

test.each(MAPPINGS)("traits by mapping: %s", async (_name, claimsMapping, claims, traits) => {
  rp = await relyingParty({ connection: { claimsMapping } });
  rp.idp.mutate({ claims });
  expect(await rp.login()).toMatchObject({ ok: true, assertion: { traits, subject: "42" } });
  const outcome = await rp.login();
  expect(outcome.ok && Object.keys(outcome.assertion.traits).sort()).toEqual(Object.keys(traits).sort());
});
