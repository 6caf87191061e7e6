// T33, F22 and the claims of a person: userinfo, mappings, and what is believed about an address (T42).

import { afterEach, describe, expect, test } from "vitest";
import type { RefusalReason } from "../../../src/protocols/connector.ts";
import type { Mutation } from "../../support/idp/idp.ts";
import { KIM, type RelyingParty, type RelyingPartyOptions, relyingParty } from "./harness.ts";

let rp: RelyingParty;
afterEach(() => rp.network.restore());

const USERINFO: RelyingPartyOptions = { connection: { claimsSource: "userinfo" } };
const answer = (body: BodyInit | null, type: string, status = 200): Mutation => ({
  faults: { userinfo: () => new Response(body, { status, headers: { "content-type": type } }) },
});

const HOSTILE: [name: string, expected: RefusalReason, mutation: Mutation][] = [
  ["T33: another sub", "userinfo_sub_mismatch", { userinfo: { sub: "43" } }],
  ["T33: no sub", "userinfo_invalid", { userinfo: { sub: undefined } }],
  ["T33: sub a number", "userinfo_invalid", { userinfo: { sub: 42 } }],
  ["T33: a list", "userinfo_invalid", answer(JSON.stringify([KIM]), "application/json")],
  ["T33: HTML", "userinfo_invalid", answer("<html>", "text/html")],
  ["T33: 10 MB", "userinfo_invalid", answer(JSON.stringify({ ...KIM, x: "x".repeat(10 * 1024 * 1024) }), "application/json")],
  ["T33: a JWT signed by anybody", "userinfo_invalid", answer("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI0MiJ9.AA", "application/jwt")],
  ["T33: an unsigned JWT", "userinfo_invalid", answer("eyJhbGciOiJub25lIn0.eyJzdWIiOiI0MiJ9.", "application/jwt")],
  ["F22: 500", "userinfo_unreachable", answer("oops", "text/plain", 500)],
  ["F22: 401", "userinfo_unreachable", answer("{}", "application/json", 401)],
  ["F22: reset", "userinfo_unreachable", { faults: { userinfo: "reset" } }],
  ["F22: not offered", "userinfo_unreachable", { metadata: { userinfo_endpoint: undefined } }],
  ["T66: on a private address", "userinfo_unreachable", { metadata: { userinfo_endpoint: "https://10.0.0.1/userinfo" } }],
];

test.each(HOSTILE)("%s: %s", async (_name, expected, mutation) => {
  rp = await relyingParty(USERINFO);
  rp.idp.mutate(mutation);
  expect(await rp.login()).toMatchObject({ ok: false, reason: expected });
  expect(rp.network.strangers).toEqual([]);
});

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
