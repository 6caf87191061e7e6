// T35, T72, F17, F18: the IdP's metadata over time, and where the client secret may go. Single deviations are in the
// catalogue.

import { afterEach, describe, expect, test, vi } from "vitest";
import { createIdp } from "../../support/idp/idp.ts";
import { arrange, CATALOGUE, titled } from "../../support/idp/mutations/index.ts";
import { KIM, type RelyingParty, relyingParty } from "./harness.ts";

let rp: RelyingParty;
afterEach(() => {
  vi.useRealTimers();
  rp.network.restore();
});

const FAULTS = CATALOGUE.filter(({ id }) => id === "F17");

describe("F17: discovery fails", () => {
  test.each(titled(FAULTS))("%s; nothing is cached, and the next attempt works", async (_title, fault) => {
    rp = await relyingParty();
    await arrange(rp.idp, fault);
    expect(await rp.begin()).toEqual({ ok: false, reason: fault.expect });
    rp.idp.mutate({});
    expect("ok" in (await rp.begin())).toBe(false);
  });

  test.each(titled(FAULTS))("%s, but the last good document serves for 24 hours", async (_title, fault) => {
    vi.useFakeTimers({ toFake: ["Date"] });
    rp = await relyingParty();
    expect((await rp.login()).ok).toBe(true);
    await arrange(rp.idp, fault);
    vi.setSystemTime(Date.now() + 2 * 3_600_000);
    expect((await rp.login()).ok).toBe(true);
    vi.setSystemTime(Date.now() + 23 * 3_600_000);
    expect(await rp.login()).toMatchObject({ ok: false, reason: fault.expect });
  });

  test("a hanging endpoint is given up after 3 seconds", async () => {
    rp = await relyingParty();
    rp.idp.mutate({ faults: { discovery: "hang" } });
    const began = Date.now();
    expect(await rp.begin()).toEqual({ ok: false, reason: "discovery_unreachable" });
    expect(Date.now() - began).toBeLessThan(20_000);
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
