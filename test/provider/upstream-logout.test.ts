// An IdP tells us that a person has signed out there (OpenID Connect Back-Channel Logout 1.0; T122): the eight modules of OpenID's
// conformance suite for relying parties, and who is not believed.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import type { Connection } from "../../src/domain/connections/connection.ts";
import { person } from "../login/scene.ts";
import type { Idp } from "../support/idp/idp.ts";
import { generateSigningKey, type SigningMaterial, signJws } from "../support/idp/keys.ts";
import { createConnection } from "../support/seed.ts";
import { createVisitor, type Visitor } from "../support/visitor.ts";
import { createProviderScene, type ProviderScene, send } from "./scene.ts";

const EVENT = "http://schemas.openid.net/event/backchannel-logout";
let scene: ProviderScene;
beforeAll(async () => {
  scene = await createProviderScene();
});

const signIn = (name: string, sid?: string, visitor: Visitor = createVisitor(env)) =>
  scene.signIn(visitor, scene.a.connection, { ...person(scene.a.domain, name), ...(sid === undefined ? {} : { sid }) });
const isSignedIn = async (visitor: Visitor) => (await scene.whoami(visitor)).status === 200;

interface Deviation {
  claims?: Record<string, unknown>;
  header?: Record<string, unknown>;
  key?: SigningMaterial;
}

async function logoutToken(
  name: string,
  { claims = {}, header = {}, key }: Deviation = {},
  idp: Idp = scene.idpA,
): Promise<string> {
  const { alg, kid, privateKey } = idp.signing;
  const now = Math.floor(Date.now() / 1000);
  const honest = {
    iss: idp.issuer,
    aud: "client-1",
    sub: `${name}-sub`,
    jti: crypto.randomUUID(),
    iat: now,
    exp: now + 120,
    events: { [EVENT]: {} },
    an_unknown_claim: true,
    ...claims,
  };
  const kept = Object.fromEntries(Object.entries(honest).filter(([, value]) => value !== undefined));
  return signJws({ alg, kid, typ: "logout+jwt", ...header }, kept, key ?? privateKey);
}

function post(token: string | string[], connection: Connection = scene.a.connection): Promise<Response> {
  const form = new URLSearchParams([token].flat().map((one) => ["logout_token", one]));
  return send(`${scene.origin}/sso/connections/${connection.id}/backchannel-logout`, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: form.toString(),
  });
}

test("oidcc-client-test-rp-backchannel-rpinitlogout: an honest word ends the person's session and its tokens, and counts once", async () => {
  const visitor = await signIn("ada");
  const app = await scene.app();
  const tokens = await scene.tokens(app, visitor);
  const other = await signIn("bob");
  const token = await logoutToken("ada");
  const answer = await post(token);
  expect([answer.status, answer.headers.get("cache-control"), await answer.text()]).toEqual([200, "no-store", ""]);
  expect([await isSignedIn(visitor), await isSignedIn(other)]).toEqual([false, true]);
  expect((await scene.userinfo(tokens.access_token)).status).toBe(401);
  expect(await scene.lastEvent()).toMatchObject({ type: "logout.by_provider" });

  const again = await signIn("ada");
  expect((await post(token)).status).toBe(400);
  expect(await isSignedIn(again)).toBe(true);
});

test("a session that the IdP names is ended, and another of the same person is not", async () => {
  const [one, two, unnamed] = [await signIn("eve", "sid-1"), await signIn("eve", "sid-2"), await signIn("eve")];
  expect((await post(await logoutToken("eve", { claims: { sid: "sid-1" } }))).status).toBe(200);
  expect([await isSignedIn(one), await isSignedIn(two), await isSignedIn(unnamed)]).toEqual([false, true, false]);
  expect((await post(await logoutToken("eve"))).status).toBe(200);
  expect(await isSignedIn(two)).toBe(false);
});

test("T122: a session that is named alone is ended, when its name was kept at the login; nobody else's is", async () => {
  const [one, two, unnamed] = [await signIn("ivy", "sid-7"), await signIn("ivy", "sid-8"), await signIn("joe")];
  const elsewhere = await scene.signIn(createVisitor(env), scene.b.connection, {
    ...person(scene.b.domain, "ivy"),
    sid: "sid-7",
  });
  const token = await logoutToken("ivy", { claims: { sub: undefined, sid: "sid-7" } });
  expect((await post(token)).status).toBe(200);
  const alive = await Promise.all([one, two, unnamed, elsewhere].map(isSignedIn));
  expect(alive).toEqual([false, true, true, true]);
  expect(await scene.lastEvent()).toMatchObject({ type: "logout.by_provider" });

  const again = await signIn("ivy", "sid-7");
  expect((await post(token)).status, "it counts once").toBe(400);
  expect(await isSignedIn(again)).toBe(true);
  await signIn("joe", "sid-8");
  const ambiguous = await logoutToken("joe", { claims: { sub: undefined, sid: "sid-8" } });
  expect((await post(ambiguous)).status, "two people's").toBe(400);
  expect(await isSignedIn(two)).toBe(true);
});

test("a session that came through another connection stands on its own", async () => {
  const second = await createConnection(scene.project, {
    organizationId: scene.a.organization.id,
    issuerUrl: scene.idpA.issuer,
    clientId: "client-1",
    clientSecret: "secret-1",
  });
  const [through, other] = [await signIn("max"), await scene.signIn(createVisitor(env), second, person(scene.a.domain, "max"))];
  expect((await post(await logoutToken("max"))).status).toBe(200);
  expect([await isSignedIn(through), await isSignedIn(other)]).toEqual([false, true]);
});

test("somebody who is not known here is signed out already", async () => {
  expect((await post(await logoutToken("nobody"))).status).toBe(200);
});

describe("refused with 400, and the session lives", () => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await signIn("kim");
  });

  test.each<[string, () => Promise<Deviation> | Deviation]>([
    ["oidcc-client-test-rp-backchannel-rpinitlogout-alg-none", () => ({ header: { alg: "none" }, key: "none" })],
    ["oidcc-client-test-rp-backchannel-rpinitlogout-no-event", () => ({ claims: { events: undefined } })],
    [
      "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-event",
      () => ({ claims: { events: { "http://example.com/event": {} } } }),
    ],
    ["oidcc-client-test-rp-backchannel-rpinitlogout-with-nonce", () => ({ claims: { nonce: "n" } })],
    [
      "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-alg",
      async () => ({ header: { alg: "ES256" }, key: (await generateSigningKey("ES256")).privateKey }),
    ],
    ["oidcc-client-test-rp-backchannel-rpinitlogout-wrong-aud", () => ({ claims: { aud: "client-1INVALID" } })],
    ["oidcc-client-test-rp-backchannel-rpinitlogout-wrong-iss", () => ({ claims: { iss: `${scene.idpA.issuer}INVALID` } })],
    ["several audiences", () => ({ claims: { aud: ["client-1", "another"] } })],
    ["a stranger's key", async () => ({ key: (await generateSigningKey("RS256")).privateKey })],
    ["a shared secret", () => ({ header: { alg: "HS256" }, key: new TextEncoder().encode("secret-1") })],
    ["no jti", () => ({ claims: { jti: undefined } })],
    ["a session alone that nobody has here", () => ({ claims: { sub: undefined, sid: "sid-0" } })],
    ["neither a person nor a session", () => ({ claims: { sub: undefined } })],
    ["a person who is no text", () => ({ claims: { sub: 7, sid: "sid-1" } })],
    ["a session that is no text", () => ({ claims: { sub: undefined, sid: {} } })],
    ["an old word", () => ({ claims: { iat: Math.floor(Date.now() / 1000) - 900 } })],
    ["a word that has expired", () => ({ claims: { exp: Math.floor(Date.now() / 1000) - 60 } })],
    ["a word without an end", () => ({ claims: { exp: undefined } })],
    ["a word from the future", () => ({ claims: { iat: Math.floor(Date.now() / 1000) + 300 } })],
    ["another kind of token", () => ({ header: { typ: "at+jwt" } })],
    ["an ID token", () => ({ header: { typ: "JWT" }, claims: { events: undefined, nonce: "n" } })],
  ])("%s", async (_name, deviation) => {
    const answer = await post(await logoutToken("kim", await deviation()));
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([400, "no-store"]);
    expect(await isSignedIn(visitor)).toBe(true);
  });

  test("none, two at once, and nonsense", async () => {
    const token = await logoutToken("kim");
    for (const tokens of [[], [token, token], ["e30.e30.e30"], ["x".repeat(5000)]]) expect((await post(tokens)).status).toBe(400);
    expect(await isSignedIn(visitor)).toBe(true);
  });

  test("another connection's IdP has no say, by whatever door", async () => {
    expect((await post(await logoutToken("kim", {}, scene.idpB), scene.b.connection)).status).toBe(200);
    expect((await post(await logoutToken("kim", {}, scene.idpB))).status).toBe(400);
    expect((await post(await logoutToken("kim"), scene.b.connection)).status).toBe(400);
    expect(await isSignedIn(visitor)).toBe(true);
  });

  test("a connection that is disabled, or is not there (T65)", async () => {
    const { id } = scene.b.connection;
    await env.DB.prepare("UPDATE connections SET state = 'disabled' WHERE id = ?").bind(id).run();
    expect((await post(await logoutToken("kim", {}, scene.idpB), scene.b.connection)).status).toBe(400);
    expect((await post(await logoutToken("kim"), { ...scene.b.connection, id: crypto.randomUUID() })).status).toBe(400);
  });
});

test("of twenty at the same time one is taken", async () => {
  await signIn("lee");
  const token = await logoutToken("lee");
  const answers = await Promise.all(Array.from({ length: 20 }, () => post(token)));
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
});
