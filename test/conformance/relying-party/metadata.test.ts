// T34, T35, T66, F17, F18: the IdP's metadata, and what we do when it is wrong, hostile or not there.

import { afterEach, describe, expect, test, vi } from "vitest";
import type { RefusalReason } from "../../../src/protocols/connector.ts";
import { createIdp, type Fault } from "../../support/idp/idp.ts";
import { KIM, type RelyingParty, relyingParty } from "./harness.ts";

let rp: RelyingParty;
afterEach(() => {
  vi.useRealTimers();
  rp.network.restore();
});

const DOCUMENTS: [name: string, expected: RefusalReason, change: (issuer: string) => Record<string, unknown>][] = [
  ["T34: issuer with INVALID behind", "issuer_mismatch", (issuer) => ({ issuer: `${issuer}INVALID` })],
  ["T34: another host", "issuer_mismatch", () => ({ issuer: "https://another.test" })],
  ["T34: a slash more", "issuer_mismatch", (issuer) => ({ issuer: `${issuer}/` })],
  ["T34: another case", "issuer_mismatch", (issuer) => ({ issuer: issuer.toUpperCase() })],
  ["T34: the default port", "issuer_mismatch", (issuer) => ({ issuer: `${issuer}:443` })],
  ["T34: http", "issuer_mismatch", (issuer) => ({ issuer: issuer.replace("https", "http") })],
  [
    "T34: the placeholder of a multi-tenant document",
    "issuer_mismatch",
    () => ({ issuer: "https://login.test/{tenantid}/v2.0" }),
  ],
  ["no issuer", "discovery_invalid", () => ({ issuer: undefined })],
  ["an issuer that is no string", "discovery_invalid", () => ({ issuer: ["https://idp.test"] })],
  ["no authorization_endpoint", "authorization_endpoint_missing", () => ({ authorization_endpoint: undefined })],
  ["no token_endpoint", "token_endpoint_missing", () => ({ token_endpoint: undefined })],
  ["no jwks_uri", "jwks_uri_missing", () => ({ jwks_uri: undefined })],
  ["an endpoint that is no string", "discovery_invalid", () => ({ token_endpoint: 7 })],
  ["a relative endpoint", "insecure_endpoint", () => ({ token_endpoint: "/token" })],
  ["http token_endpoint", "insecure_endpoint", (issuer) => ({ token_endpoint: `${issuer}/token`.replace("https", "http") })],
  [
    "http authorization_endpoint",
    "insecure_endpoint",
    (issuer) => ({ authorization_endpoint: `${issuer}/authorize`.replace("https", "http") }),
  ],
  ["javascript: authorization_endpoint", "insecure_endpoint", () => ({ authorization_endpoint: "javascript:alert(1)" })],
  [
    "T66: token_endpoint on the metadata service",
    "insecure_endpoint",
    () => ({ token_endpoint: "https://169.254.169.254/token" }),
  ],
  ["T66: jwks_uri on loopback", "insecure_endpoint", () => ({ jwks_uri: "https://0x7f.1/jwks" })],
  ["T66: token_endpoint on our own host", "insecure_endpoint", () => ({ token_endpoint: "https://sso.example/token" })],
  ["T66: token_endpoint on another port", "insecure_endpoint", (issuer) => ({ token_endpoint: `${issuer}:8443/token` })],
];

describe("a document that is not this issuer's, or not to be used: refused before the browser is sent", () => {
  test.each(DOCUMENTS)("%s: %s", async (_name, expected, change) => {
    rp = await relyingParty();
    rp.idp.mutate({ metadata: change(rp.idp.issuer) });
    expect(await rp.begin()).toMatchObject({ ok: false, reason: expected });
    expect(rp.network.requests.map((request) => request.path)).toEqual(["discovery"]);
  });
});

const JSON_TYPE = { headers: { "content-type": "application/json" } };
const FAULTS: [name: string, expected: RefusalReason, fault: Fault][] = [
  ["404", "discovery_unreachable", () => Response.json({}, { status: 404 })],
  ["403", "discovery_unreachable", () => Response.json({}, { status: 403 })],
  ["500", "discovery_unreachable", () => new Response("oops", { status: 500 })],
  ["HTML", "discovery_unreachable", () => new Response("<html>", { headers: { "content-type": "text/html" } })],
  ["10 MB", "discovery_unreachable", () => new Response(`{"x":"${"x".repeat(10 * 1024 * 1024)}"}`, JSON_TYPE)],
  ["a redirect", "discovery_unreachable", () => new Response(null, { status: 301, headers: { location: "https://evil.test/" } })],
  [
    "a redirect to http",
    "discovery_unreachable",
    () => new Response(null, { status: 307, headers: { location: "http://evil.test/" } }),
  ],
  ["a broken connection", "discovery_unreachable", "reset"],
  ["no JSON", "discovery_invalid", () => new Response("{", JSON_TYPE)],
  ["a list", "discovery_invalid", () => Response.json([])],
  ["null", "discovery_invalid", () => Response.json(null)],
  ["100,000 levels of JSON", "discovery_invalid", () => new Response("[".repeat(100_000) + "]".repeat(100_000), JSON_TYPE)],
];

describe("F17: discovery fails", () => {
  test.each(FAULTS)("%s, nothing cached: %s, and the next attempt works", async (_name, expected, fault) => {
    rp = await relyingParty();
    rp.idp.mutate({ faults: { discovery: fault } });
    expect(await rp.begin()).toEqual({ ok: false, reason: expected });
    expect(rp.network.strangers).toEqual([]);
    rp.idp.mutate({});
    expect("ok" in (await rp.begin())).toBe(false);
  });

  test.each(FAULTS)("%s, the last good document is old: it serves for 24 hours", async (_name, expected, fault) => {
    vi.useFakeTimers({ toFake: ["Date"] });
    rp = await relyingParty();
    expect((await rp.login()).ok).toBe(true);
    rp.idp.mutate({ faults: { discovery: fault } });
    vi.setSystemTime(Date.now() + 2 * 3_600_000);
    expect((await rp.login()).ok).toBe(true);
    vi.setSystemTime(Date.now() + 23 * 3_600_000);
    expect(await rp.login()).toMatchObject({ ok: false, reason: expected });
  });

  test("a hanging endpoint is given up after 3 seconds", { timeout: 15_000 }, async () => {
    rp = await relyingParty();
    rp.idp.mutate({ faults: { discovery: "hang" } });
    const began = Date.now();
    expect(await rp.begin()).toEqual({ ok: false, reason: "discovery_unreachable" });
    expect(Date.now() - began).toBeLessThan(6_000);
  });
});

test("F18: a changed issuer is met at the next load, not served around", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  rp = await relyingParty();
  expect((await rp.login()).ok).toBe(true);
  rp.idp.mutate({ metadata: { issuer: "https://taken-over.test", token_endpoint: "https://taken-over.test/token" } });
  vi.setSystemTime(Date.now() + 2 * 3_600_000);
  expect(await rp.login()).toMatchObject({ ok: false, reason: "issuer_mismatch" });
  expect(rp.network.strangers).toEqual([]);
});

describe("T35, T72: where the client secret may go", () => {
  const moved = "https://new-home.test/token";

  test("a token endpoint on another origin than the pinned one gets nothing", async () => {
    rp = await relyingParty();
    rp.connection = { ...rp.connection, pinnedTokenEndpoint: `${rp.idp.issuer}/token` };
    rp.idp.mutate({ metadata: { token_endpoint: moved } });
    rp.network.host("new-home.test", rp.idp.answer);
    expect(await rp.login()).toEqual({ ok: false, reason: "token_endpoint_moved", detail: "now at https://new-home.test" });
    expect(rp.network.requests.filter((request) => request.url.host === "new-home.test")).toEqual([]);
  });

  test("another path of the pinned origin is fine", async () => {
    rp = await relyingParty();
    rp.connection = { ...rp.connection, pinnedTokenEndpoint: `${rp.idp.issuer}/v1/token` };
    expect((await rp.login()).ok).toBe(true);
  });

  test("with nothing pinned another origin is allowed, and the assertion says which was used", async () => {
    rp = await relyingParty();
    rp.idp.mutate({ metadata: { token_endpoint: moved } });
    rp.network.host("new-home.test", rp.idp.answer);
    expect(await rp.login()).toMatchObject({ ok: true, assertion: { tokenEndpoint: moved } });
  });
});

test("T7: an authorization endpoint that names its own parameters cannot override ours", async () => {
  rp = await relyingParty();
  const query = "?tenant=7&client_id=evil&redirect_uri=https://evil.test/&state=fixed&code_challenge_method=plain&prompt=none";
  rp.idp.mutate({ metadata: { authorization_endpoint: `${rp.idp.issuer}/authorize${query}` } });
  const begun = await rp.begin();
  if ("ok" in begun) throw new Error(begun.reason);
  const parameters = begun.url.searchParams;
  expect(parameters.getAll("client_id")).toEqual(["client-1"]);
  expect(parameters.getAll("redirect_uri")).toEqual([rp.connection.redirectUri]);
  expect(parameters.getAll("state")).toEqual([begun.roundTrip.state]);
  expect(parameters.getAll("code_challenge_method")).toEqual(["S256"]);
  expect(parameters.get("tenant")).toBe("7");
});

test("an issuer with a path is found below its path, a trailing slash counts once", async () => {
  for (const issuer of ["https://paths.test/realms/acme", "https://slash.test/"]) {
    rp?.network.restore();
    rp = await relyingParty({ idp: { issuer } });
    expect((await rp.login()).ok).toBe(true);
  }
});

test("T35: two IdPs, and the metadata of one names the other's token endpoint: the code does not work there", async () => {
  rp = await relyingParty();
  const honest = await createIdp({ issuer: "https://honest.test", alg: "ES256" });
  rp.network.host(honest.host, honest.answer);
  rp.idp.mutate({ metadata: { token_endpoint: "https://honest.test/token" } });
  expect(await rp.login({ user: KIM })).toMatchObject({ ok: false, reason: "invalid_grant" });
});
