// What an app holds, and when it stops working: codes, access tokens, refresh tokens, and the proof that it is that app.

import { env } from "cloudflare:workers";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { nightShift } from "../../src/jobs/night-shift.ts";
import { services, systemContext } from "../support/seed.ts";
import { createVisitor } from "../support/visitor.ts";
import { type App, CALLBACK, createProviderScene, type Pending, type ProviderScene, send, type Tokens } from "./scene.ts";

let scene: ProviderScene;
let app: App;
beforeAll(async () => {
  scene = await createProviderScene();
  app = await scene.app();
});

type Callback = Pending & { callback: URL };
const OFFLINE = { scope: "openid email offline_access" };

const codeForm = ({ callback, verifier }: Callback, over: Record<string, string> = {}) => ({
  grant_type: "authorization_code",
  code: callback.searchParams.get("code") ?? "",
  redirect_uri: CALLBACK,
  code_verifier: verifier,
  ...over,
});
const redeem = (asking: App, callback: Callback, over: Record<string, string> = {}) =>
  scene.post(asking, "/oauth2/token", codeForm(callback, over));
const refresh = (asking: App, token: string | undefined) =>
  scene.post(asking, "/oauth2/token", { grant_type: "refresh_token", refresh_token: token ?? "" });
const errorOf = async (answer: Response) => [answer.status, (await answer.json<{ error: string }>()).error];
const isActive = async (asking: App, token: string | undefined) =>
  (await (await scene.post(asking, "/oauth2/introspect", { token: token ?? "" })).json<{ active: boolean }>()).active;
const stored = async () =>
  (await env.DB.prepare("SELECT id, payload FROM provider_artifacts WHERE project_id = ?").bind(scene.project.id).all()).results;

describe("T114: a code", () => {
  test("is worth tokens once, of fifty that come at the same time, and then nothing that came of it works (GHSA-7w99-5wm4-3g79)", async () => {
    const callback = await scene.code(app, await scene.signIn(), OFFLINE);
    const answers = await Promise.all(Array.from({ length: 50 }, () => redeem(app, callback)));
    const good = answers.filter((answer) => answer.status === 200);
    expect(good).toHaveLength(1);
    for (const answer of answers) if (answer !== good[0]) expect(await errorOf(answer)).toEqual([400, "invalid_grant"]);
    const tokens = await (good[0] as Response).json<Tokens>();
    expect((await scene.userinfo(tokens.access_token)).status).toBe(401);
    expect((await refresh(app, tokens.refresh_token)).status).toBe(400);
  });

  test("that comes a second time takes the tokens with it, and the audit log has it once", async () => {
    const callback = await scene.code(app, await scene.signIn(), OFFLINE);
    const tokens = await scene.redeem(app, callback);
    expect((await scene.userinfo(tokens.access_token)).status).toBe(200);
    const before = (await scene.events("provider.replay_refused")).length;
    for (let i = 0; i < 3; i += 1) expect(await errorOf(await redeem(app, callback))).toEqual([400, "invalid_grant"]);
    expect((await scene.userinfo(tokens.access_token)).status).toBe(401);
    expect(await errorOf(await refresh(app, tokens.refresh_token))).toEqual([400, "invalid_grant"]);
    expect(await isActive(app, tokens.access_token)).toBe(false);
    expect((await scene.events("provider.replay_refused")).length).toBe(before + 1);
  });

  test("ends no other sign-in of the same person when it comes a second time", async () => {
    const who = await scene.signIn();
    const other = await scene.tokens(app, who);
    const callback = await scene.code(app, who);
    await scene.redeem(app, callback);
    await redeem(app, callback);
    expect((await scene.userinfo(other.access_token)).status).toBe(200);
  });

  test("that only begins like a real one changes nothing (workers-oauth-provider-0.8.0)", async () => {
    const callback = await scene.code(app, await scene.signIn());
    const code = callback.callback.searchParams.get("code") ?? "";
    for (const forged of [code.slice(0, -1), `${code}x`, `${code.slice(0, 20)}${"A".repeat(23)}`]) {
      expect(await errorOf(await redeem(app, callback, { code: forged }))).toEqual([400, "invalid_grant"]);
    }
    expect((await redeem(app, callback)).status).toBe(200);
  });

  test("belongs to one app, one redirect_uri and one verifier, and trying others does not use it up", async () => {
    const other = await scene.app();
    const callback = await scene.code(app, await scene.signIn());
    expect(await errorOf(await redeem(other, callback))).toEqual([400, "invalid_grant"]);
    expect(await errorOf(await redeem(app, callback, { redirect_uri: `${CALLBACK}/other` }))).toEqual([400, "invalid_grant"]);
    expect(await errorOf(await redeem(app, callback, { code_verifier: "x".repeat(43) }))).toEqual([400, "invalid_grant"]);
    expect((await redeem(app, callback)).status).toBe(200);
  });

  test("lives for a minute: fapi2-op-test-attempt-to-use-expired-authorization-code", async () => {
    const callback = await scene.code(app, await scene.signIn());
    const { results } = await env.DB.prepare(
      "SELECT expires_at FROM provider_artifacts WHERE project_id = ? AND id LIKE 'AuthorizationCode/%' ORDER BY expires_at DESC LIMIT 1",
    )
      .bind(scene.project.id)
      .all<{ expires_at: number }>();
    expect((results[0]?.expires_at ?? 0) - Date.now()).toBeLessThanOrEqual(60_000);
    await env.DB.prepare(
      "UPDATE provider_artifacts SET payload = json_set(payload, '$.exp', 1000) WHERE project_id = ? AND id LIKE 'AuthorizationCode/%'",
    )
      .bind(scene.project.id)
      .run();
    expect(await errorOf(await redeem(app, callback))).toEqual([400, "invalid_grant"]);
  });

  test("dies with the session it came from", async () => {
    const who = await scene.signIn();
    const callback = await scene.code(app, who);
    await endSessions(who);
    expect(await errorOf(await redeem(app, callback))).toEqual([400, "invalid_grant"]);
  });
});

describe("T117: a refresh token", () => {
  test("is given when it is asked for and registered, and rotates", async () => {
    expect(await scene.tokens(app, await scene.signIn())).not.toHaveProperty("refresh_token");
    const without = await scene.app({ grantTypes: ["authorization_code"] });
    expect(await scene.tokens(without, await scene.signIn(), { scope: "openid" })).not.toHaveProperty("refresh_token");

    const tokens = await scene.tokens(app, await scene.signIn(), OFFLINE);
    const second = await (await refresh(app, tokens.refresh_token)).json<Tokens>();
    expect(second.refresh_token).not.toBe(tokens.refresh_token);
    expect((await scene.userinfo(second.access_token)).status).toBe(200);
    const third = await refresh(app, second.refresh_token);
    expect(third.status).toBe(200);
  });

  test("that is used again ends the whole family (GHSA-392p-2q2v-4372)", async () => {
    const tokens = await scene.tokens(app, await scene.signIn(), OFFLINE);
    const second = await (await refresh(app, tokens.refresh_token)).json<Tokens>();
    expect(await errorOf(await refresh(app, tokens.refresh_token))).toEqual([400, "invalid_grant"]);
    expect(await errorOf(await refresh(app, second.refresh_token))).toEqual([400, "invalid_grant"]);
    expect((await scene.userinfo(second.access_token)).status).toBe(401);
  });

  test("of fifty uses at the same time gives at most one branch, and none that lives", async () => {
    const tokens = await scene.tokens(app, await scene.signIn(), OFFLINE);
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(app, tokens.refresh_token)));
    const good = answers.filter((answer) => answer.status === 200);
    expect(good).toHaveLength(1);
    const branch = await (good[0] as Response).json<Tokens>();
    expect(await errorOf(await refresh(app, branch.refresh_token))).toEqual([400, "invalid_grant"]);
  });

  test("is another app's affair to nobody", async () => {
    const other = await scene.app();
    const tokens = await scene.tokens(app, await scene.signIn(), OFFLINE);
    expect(await errorOf(await refresh(other, tokens.refresh_token))).toEqual([400, "invalid_grant"]);
    expect((await refresh(app, tokens.refresh_token)).status).toBe(200);
  });

  test("never outlives the session", async () => {
    const who = await scene.signIn();
    const tokens = await scene.tokens(app, who, OFFLINE);
    const session = await env.DB.prepare("SELECT expires_at FROM sessions WHERE id = ?")
      .bind(tokens.claims["sid"])
      .first<number>("expires_at");
    const { results } = await env.DB.prepare(
      "SELECT expires_at FROM provider_artifacts WHERE project_id = ? AND payload ->> 'sessionUid' = ? AND id LIKE 'RefreshToken/%'",
    )
      .bind(scene.project.id, tokens.claims["sid"])
      .all<{ expires_at: number }>();
    expect(results).toHaveLength(1);
    expect(results[0]?.expires_at).toBeLessThanOrEqual(session ?? 0);
  });

  test("may be asked for fewer scopes, not for more", async () => {
    const tokens = await scene.tokens(app, await scene.signIn(), OFFLINE);
    const more = await scene.post(app, "/oauth2/token", {
      grant_type: "refresh_token",
      refresh_token: tokens.refresh_token ?? "",
      scope: "openid profile",
    });
    expect(await errorOf(more)).toEqual([400, "invalid_scope"]);
  });
});

describe("T117: everything an app holds dies at once with", () => {
  const setState = (table: string) => (id: string) =>
    env.DB.prepare(`UPDATE ${table} SET state = 'disabled' WHERE id = ?`).bind(id).run();
  test.each<[string, (there: ProviderScene, held: App, sessionId: string) => Promise<unknown>]>([
    ["the session (CVE-2026-9097)", (there, _held, id) => services().sessions.revokeById(there.project.id, id, systemContext)],
    [
      "the person",
      (there) => env.DB.prepare("UPDATE identities SET state = 'inactive' WHERE project_id = ?").bind(there.project.id).run(),
    ],
    ["the organization (CVE-2026-9791)", (there) => setState("organizations")(there.a.organization.id)],
    ["the connection", (there) => setState("connections")(there.a.connection.id)],
    [
      "the trust in the connection",
      (there) =>
        env.DB.prepare("UPDATE connections SET trust_revision = trust_revision + 1 WHERE id = ?")
          .bind(there.a.connection.id)
          .run(),
    ],
    ["the app", (there, held) => services().clients.delete(there.project.id, held.client.id, systemContext)],
  ])("%s", async (_name, kill) => {
    const there = await createProviderScene();
    try {
      const held = await there.app();
      const tokens = await there.tokens(held, await there.signIn(), OFFLINE);
      expect((await there.userinfo(tokens.access_token)).status).toBe(200);
      await kill(there, held, String(tokens.claims["sid"]));
      expect((await there.userinfo(tokens.access_token)).status).toBe(401);
      const form = { grant_type: "refresh_token", refresh_token: tokens.refresh_token ?? "" };
      expect([400, 401]).toContain((await there.post(held, "/oauth2/token", form)).status);
      const introspected = await there.post(held, "/oauth2/introspect", { token: tokens.access_token });
      expect(introspected.status === 401 || (await introspected.json<{ active: boolean }>()).active === false).toBe(true);
    } finally {
      scene.connect();
    }
  });
});

describe("T118: between apps and projects", () => {
  test("an app learns nothing about another's tokens, and can end none of them (workers-oauth-provider-0.8.0)", async () => {
    const other = await scene.app();
    const tokens = await scene.tokens(app, await scene.signIn(), OFFLINE);
    for (const token of [tokens.access_token, tokens.refresh_token ?? ""]) {
      expect(await isActive(other, token)).toBe(false);
      await scene.post(other, "/oauth2/revoke", { token });
    }
    expect((await scene.userinfo(tokens.access_token)).status).toBe(200);
    expect(await isActive(app, tokens.refresh_token)).toBe(true);
  });

  test("tokens, codes and apps of one project are nothing in another", async () => {
    const there = await createProviderScene();
    scene.connect();
    const tokens = await scene.tokens(app, await scene.signIn(), OFFLINE);
    expect((await there.userinfo(tokens.access_token)).status).toBe(401);
    expect(
      await errorOf(
        await there.post(app, "/oauth2/token", { grant_type: "refresh_token", refresh_token: tokens.refresh_token ?? "" }),
      ),
    ).toEqual([401, "invalid_client"]);
    const stranger = await there.app();
    expect(await isActiveAt(there, stranger, tokens.access_token)).toBe(false);
  });

  test("an ID token is no access token, and a refresh token neither", async () => {
    const tokens = await scene.tokens(app, await scene.signIn(), OFFLINE);
    for (const token of [tokens.id_token, tokens.refresh_token ?? ""]) expect((await scene.userinfo(token)).status).toBe(401);
  });

  test("revoking an access token ends it alone; revoking a refresh token ends all of that sign-in", async () => {
    const tokens = await scene.tokens(app, await scene.signIn(), OFFLINE);
    expect((await scene.post(app, "/oauth2/revoke", { token: tokens.access_token })).status).toBe(200);
    expect((await scene.userinfo(tokens.access_token)).status).toBe(401);
    const second = await (await refresh(app, tokens.refresh_token)).json<Tokens>();
    expect((await scene.userinfo(second.access_token)).status).toBe(200);
    expect((await scene.post(app, "/oauth2/revoke", { token: second.refresh_token ?? "" })).status).toBe(200);
    expect((await scene.userinfo(second.access_token)).status).toBe(401);
    expect((await scene.post(app, "/oauth2/revoke", { token: "unknown" })).status).toBe(200);
  });
});

test("T101: no code and no token stands in the database", async () => {
  const callback = await scene.code(app, await scene.signIn(), OFFLINE);
  const tokens = await scene.redeem(app, callback);
  const everything = JSON.stringify(await stored());
  for (const secret of [callback.callback.searchParams.get("code"), tokens.access_token, tokens.refresh_token, tokens.id_token]) {
    expect(everything).not.toContain(secret ?? "missing");
  }
});

test("what has expired is swept, and what has not stays", async () => {
  const tokens = await scene.tokens(app, await scene.signIn(), OFFLINE);
  const count = (where: string) =>
    env.DB.prepare(`SELECT count(*) AS n FROM provider_artifacts WHERE project_id = ? AND ${where}`)
      .bind(scene.project.id)
      .first<number>("n");
  const twoDaysAgo = Date.now() - 48 * 3_600_000;
  await env.DB.prepare("UPDATE provider_artifacts SET expires_at = ? WHERE id LIKE 'AuthorizationCode/%'").bind(twoDaysAgo).run();
  await nightShift(services().runtime);
  expect(await count("id LIKE 'AuthorizationCode/%'")).toBe(0);
  expect(await count("id LIKE 'RefreshToken/%'")).toBeGreaterThan(0);
  expect((await scene.userinfo(tokens.access_token)).status).toBe(200);
});

describe("T116: an app proves who it is", () => {
  test.each<[string, (right: App) => Promise<Response>]>([
    ["no proof", (right) => token({ client_id: right.client.id })],
    ["a wrong secret", (right) => token({}, basic(right.client.id, "wrong"))],
    ["another app's secret", async (right) => token({}, basic(right.client.id, (await scene.app()).secret))],
    ["an unknown app", (right) => token({}, basic(crypto.randomUUID(), right.secret))],
    [
      "two proofs at once",
      (right) => token({ client_id: right.client.id, client_secret: right.secret }, basic(right.client.id, right.secret)),
    ],
    ["Basic that is no Base64", () => token({}, "Basic %%%")],
    ["Basic with a broken encoding", () => token({}, `Basic ${btoa("%zz:%zz")}`)],
    ["its secret in the query", (right) => token({}, undefined, `?client_id=${right.client.id}&client_secret=${right.secret}`)],
    ["an assertion it is not registered for", async (right) => token(await assertion(right.client.id))],
  ])("%s is refused", async (_name, ask) => {
    const [status, error] = await errorOf(await ask(app));
    expect([400, 401]).toContain(status);
    expect(["invalid_client", "invalid_request"]).toContain(error);
  });

  test("a wrong secret is answered with 401 and the challenge of its method", async () => {
    const answer = await token({}, basic(app.client.id, "wrong"));
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Basic /);
  });

  test("both secrets work during a rotation, and the old one not a moment longer", async () => {
    const rotating = await scene.app();
    const { secret } = await services().clients.rotateSecret(scene.project.id, rotating.client.id, "1h", systemContext);
    const ask = async (value: string) => (await errorOf(await token({}, basic(rotating.client.id, value))))[1];
    expect([await ask(rotating.secret), await ask(secret ?? "")]).toEqual(["invalid_request", "invalid_request"]);
    await services().clients.deleteOldSecrets(scene.project.id, rotating.client.id, systemContext);
    expect([await ask(rotating.secret), await ask(secret ?? "")]).toEqual(["invalid_client", "invalid_request"]);
  });

  test("a public app sends no secret, and may not look at tokens", async () => {
    const open = await scene.app({ tokenEndpointAuthMethod: "none" });
    const tokens = await scene.tokens(open, await scene.signIn());
    expect(await isActive(open, tokens.access_token)).toBe(false);
  });

  test("an app may post its secret when it is registered so", async () => {
    const posting = await scene.app({ tokenEndpointAuthMethod: "client_secret_post" });
    expect((await scene.tokens(posting, await scene.signIn())).claims.aud).toBe(posting.client.id);
  });
});

describe("T116: private_key_jwt", () => {
  let keyed: App;
  beforeAll(async () => {
    const { publicKey } = await keys();
    keyed = await scene.app({
      tokenEndpointAuthMethod: "private_key_jwt",
      jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: "app-1", alg: "ES256" }] },
    });
  });
  const present = async (over: Claims = {}) => errorOf(await token(await assertion(keyed.client.id, over)));

  test("an honest assertion is taken, once, of twenty at the same time (GHSA-3p3g-vpw6-4w66)", async () => {
    const proof = await assertion(keyed.client.id);
    const answers = await Promise.all(Array.from({ length: 20 }, async () => (await errorOf(await token(proof)))[1]));
    expect(answers.filter((error) => error === "invalid_request")).toHaveLength(1);
    expect(answers.filter((error) => error === "invalid_client")).toHaveLength(19);
  });

  const now = () => Math.floor(Date.now() / 1000);
  test.each<[string, () => Claims]>([
    ["fapi2-op-test-ensure-client-assertion-with-wrong-aud-fails", () => ({ aud: "https://elsewhere.example" })],
    ["fapi2-op-test-ensure-client-assertion-aud-as-array-fails", () => ({ aud: [scene.issuer] })],
    ["fapi2-op-test-ensure-client-assertion-with-token-endpoint-aud-fails", () => ({ aud: `${scene.issuer}/oauth2/token` })],
    ["fapi2-op-test-ensure-client-assertion-with-exp-5-minutes-in-past-fails", () => ({ exp: now() - 300 })],
    ["fapi2-op-test-ensure-client-assertion-with-no-sub-fails", () => ({ sub: undefined })],
    ["fapi2-op-test-ensure-client-assertion-with-nbf-60-seconds-ahead-fails", () => ({ nbf: now() + 60 })],
    ["without a jti", () => ({ jti: undefined })],
    ["without an end", () => ({ exp: undefined })],
    ["of another issuer", () => ({ iss: crypto.randomUUID() })],
  ])("%s: refused", async (_name, claims) => {
    const [status, error] = await present(claims());
    expect([400, 401]).toContain(status);
    expect(error).toBe("invalid_client");
  });

  test("fapi2-op-test-ensure-client-assertion-with-nbf-8-seconds-ahead-succeeds: clocks may differ a little", async () => {
    expect((await present({ nbf: now() + 8 }))[1]).toBe("invalid_request");
  });

  test("a stranger's key, an unsigned one and one of a shared secret are refused", async () => {
    const stranger = (await generateKeyPair("ES256")).privateKey;
    expect((await errorOf(await token(await assertion(keyed.client.id, {}, stranger))))[1]).toBe("invalid_client");
    const body = btoa(JSON.stringify({ alg: "none" })).replaceAll("=", "");
    const unsigned = `${body}.${(await assertion(keyed.client.id)).client_assertion?.split(".")[1]}.`;
    expect((await errorOf(await token({ client_assertion_type: JWT_BEARER, client_assertion: unsigned })))[1]).toBe(
      "invalid_client",
    );
  });

  test("an app whose keys are at its own address is believed by those (T66)", async () => {
    const remote = await scene.app({
      tokenEndpointAuthMethod: "private_key_jwt",
      jwksUri: "https://app-keys.example.com/jwks.json",
    });
    const before = globalThis.fetch;
    const asked: string[] = [];
    const jwk = { ...(await exportJWK((await keys()).publicKey)), kid: "app-1", alg: "ES256" };
    globalThis.fetch = (async (input: string) => {
      asked.push(String(input));
      return Response.json({ keys: [jwk] });
    }) as typeof fetch;
    try {
      await scene.follow(createVisitor(env), (await scene.request(remote)).url);
      expect(asked).toEqual([]);
      expect((await errorOf(await token(await assertion(remote.client.id))))[1]).toBe("invalid_request");
      expect(asked).toEqual(["https://app-keys.example.com/jwks.json"]);
    } finally {
      globalThis.fetch = before;
    }
  });
});

type Claims = Record<string, unknown>;
const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
let pair: Promise<CryptoKeyPair> | undefined;
const keys = () => (pair ??= generateKeyPair("ES256") as Promise<CryptoKeyPair>);

async function assertion(clientId: string, over: Claims = {}, key?: CryptoKey): Promise<Record<string, string>> {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: clientId, sub: clientId, aud: scene.issuer, jti: crypto.randomUUID(), iat: now, exp: now + 60, ...over };
  const jwt = new SignJWT(JSON.parse(JSON.stringify(claims))).setProtectedHeader({ alg: "ES256", kid: "app-1" });
  return { client_assertion_type: JWT_BEARER, client_assertion: await jwt.sign(key ?? (await keys()).privateKey) };
}

/** A token request that is complete but for its grant, so that a proven app is told of an invalid request. */
function token(form: Record<string, string>, authorization?: string, query = ""): Promise<Response> {
  return send(`${scene.issuer}/oauth2/token${query}`, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded", ...(authorization ? { Authorization: authorization } : {}) },
    body: new URLSearchParams({ grant_type: "refresh_token", ...form }).toString(),
  });
}

const basic = (id: string, secret: string) => `Basic ${btoa(`${id}:${secret}`)}`;

async function endSessions(who: ReturnType<typeof createVisitor>): Promise<void> {
  const whoami = await scene.whoami(who);
  await services().sessions.revokeById(scene.project.id, String(whoami.body["id"]), systemContext);
}

async function isActiveAt(there: ProviderScene, asking: App, value: string): Promise<boolean> {
  return (await (await there.post(asking, "/oauth2/introspect", { token: value })).json<{ active: boolean }>()).active;
}
