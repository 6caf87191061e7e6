// T27–T29, F19, F20: the IdP's key set over time. Single deviations are in the catalogue.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { arrange, CATALOGUE, titled } from "../../support/idp/mutations/index.ts";
import { type RelyingParty, relyingParty } from "./harness.ts";

let rp: RelyingParty;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 24, 12) });
});
afterEach(() => {
  vi.useRealTimers();
  rp.network.restore();
});

const minutes = (count: number) => vi.setSystemTime(Date.now() + count * 60_000);
const HOSTILE = CATALOGUE.filter(({ path, expect: reason }) => path === "jwks" && /^jwks_/.test(reason));

describe("T29, F19: a key set that is no help", () => {
  test.each(titled(HOSTILE))("%s, and the next login works", async (_title, deviation) => {
    rp = await relyingParty();
    await arrange(rp.idp, deviation);
    expect(await rp.login()).toMatchObject({ ok: false, reason: deviation.expect });
    rp.idp.mutate({});
    expect((await rp.login()).ok).toBe(true);
  });

  test.each(titled(HOSTILE))("%s, but known keys work for 24 hours, unknown ones never", async (_title, deviation) => {
    rp = await relyingParty();
    expect((await rp.login()).ok).toBe(true);
    minutes(6);
    await arrange(rp.idp, deviation);
    expect((await rp.login()).ok).toBe(true);
    rp.idp.mutate({ ...(await deviation.mutate(rp.idp)), header: { kid: "unknown" } });
    expect(await rp.login()).toMatchObject({ ok: false, reason: "key_not_found" });
    minutes(24 * 60);
    await arrange(rp.idp, deviation);
    expect(await rp.login()).toMatchObject({ ok: false, reason: deviation.expect });
  });
});

test("F19: a hanging key set is given up after 3 seconds", async () => {
  vi.useRealTimers();
  rp = await relyingParty();
  rp.idp.mutate({ faults: { jwks: "hang" } });
  const began = Date.now();
  expect(await rp.login()).toMatchObject({ ok: false, reason: "jwks_unreachable" });
  expect(Date.now() - began).toBeLessThan(20_000);
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
