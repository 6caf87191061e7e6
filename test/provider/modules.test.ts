// The modules of OpenID's conformance suite for providers, by the suite's own names, re-created as tests of our own: Config OP,
// Basic OP, key rotation. The honest apps are oauth4webapi and openid-client. Passing them is not a certification.

import { env } from "cloudflare:workers";
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import * as client from "openid-client";
import { beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { person } from "../login/scene.ts";
import { countingEnv } from "../support/counting.ts";
import { services, systemContext } from "../support/seed.ts";
import { createVisitor, type Visitor } from "../support/visitor.ts";
import { type App, CALLBACK, createProviderScene, type ProviderScene, send, type Tokens } from "./scene.ts";

let scene: ProviderScene;
/** As the Basic plan has its clients: RS256, HTTP Basic, no PKCE. */
let app: App;
let who: Visitor;
beforeAll(async () => {
  scene = await createProviderScene();
  app = await scene.app({ idTokenSignedResponseAlg: "RS256", pkce: "optional" });
  who = await scene.signIn();
});

const NO_PKCE = { code_challenge: undefined, code_challenge_method: undefined };
/** Seconds. */
const now = () => Math.floor(Date.now() / 1000);
const json = async (path: string) => (await send(`${scene.issuer}${path}`)).json<Record<string, unknown>>();
const errorOf = (url: URL) => url.searchParams.get("error");
const end = async (params: Record<string, string | undefined>, visitor = who) =>
  (await scene.follow(visitor, (await scene.request(app, params)).url)).url;

describe("Config OP", () => {
  test("oidcc-discovery-endpoint-verification, T123", async () => {
    const answer = await send(`${scene.issuer}/.well-known/openid-configuration`);
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("cache-control")).toMatch(/max-age=\d+/);
    const document = await answer.json<Record<string, string[] & string>>();
    expect(document["issuer"]).toBe(scene.issuer);
    for (const endpoint of [
      ["authorization_endpoint", "/oauth2/auth"],
      ["token_endpoint", "/oauth2/token"],
      ["userinfo_endpoint", "/userinfo"],
      ["jwks_uri", "/.well-known/jwks.json"],
      ["revocation_endpoint", "/oauth2/revoke"],
      ["introspection_endpoint", "/oauth2/introspect"],
      ["end_session_endpoint", "/oauth2/sessions/logout"],
      ["pushed_authorization_request_endpoint", "/oauth2/par"],
    ] as const) {
      expect(document[endpoint[0]]).toBe(`${scene.issuer}${endpoint[1]}`);
    }
    expect(document["response_types_supported"]).toEqual(["code"]);
    expect(document["subject_types_supported"]).toEqual(["public", "pairwise"]);
    expect(document["id_token_signing_alg_values_supported"]).toEqual(expect.arrayContaining(["RS256", "ES256"]));
    expect(document["scopes_supported"]).toEqual(expect.arrayContaining(["openid", "profile", "email", "offline_access"]));
    expect(document["claims_supported"]).toEqual(expect.arrayContaining(["sub", "email", "org_id", "idp", "sid", "auth_time"]));
    expect(document["code_challenge_methods_supported"]).toEqual(["S256"]);
    expect(document["authorization_response_iss_parameter_supported"]).toBe(true);
    const { keys } = (await json("/.well-known/jwks.json")) as { keys: Record<string, unknown>[] };
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) for (const secret of ["d", "p", "q", "dp", "dq", "qi", "k"]) expect(key).not.toHaveProperty(secret);
  });

  test("T123: a host without a project has no provider", async () => {
    expect((await send("http://nobody-at-all.localhost:8787/.well-known/openid-configuration")).status).toBe(404);
  });
});

describe("Basic OP", () => {
  test("oidcc-server and oidcc-idtoken-signature: an honest flow, RS256 with a kid", async () => {
    const pending = await scene.request(app, { ...NO_PKCE, scope: "openid" });
    const { url } = await scene.follow(who, pending.url);
    expect(url.searchParams.get("state")).toBe(pending.state);
    const answer = await scene.post(app, "/oauth2/token", {
      grant_type: "authorization_code",
      code: url.searchParams.get("code") ?? "",
      redirect_uri: CALLBACK,
    });
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
    const tokens = await answer.json<Tokens & { token_type: string }>();
    expect(tokens.token_type).toBe("Bearer");
    const header = decodeProtectedHeader(tokens.id_token);
    expect([header.alg, typeof header.kid]).toEqual(["RS256", "string"]);
    const { payload } = await jwtVerify(tokens.id_token, createLocalJWKSet((await json("/.well-known/jwks.json")) as never), {
      issuer: scene.issuer,
      audience: app.client.id,
    });
    expect(payload["nonce"]).toBe(pending.nonce);
    expect(typeof payload.aud).toBe("string");
  });

  test("oidcc-response-type-missing", async () => {
    expect(["invalid_request", "unsupported_response_type"]).toContain(errorOf(await end({ response_type: undefined })));
  });

  test("oidcc-idtoken-unsigned: cannot be registered", async () => {
    await expect(scene.app({ idTokenSignedResponseAlg: "none" as never })).rejects.toThrow();
  });

  test("oidcc-userinfo-get, oidcc-userinfo-post-header and oidcc-userinfo-post-body", async () => {
    const { access_token, claims } = await scene.tokens(app, who);
    const url = `${scene.issuer}/userinfo`;
    const bearer = { Authorization: `Bearer ${access_token}` };
    const form = { "Content-Type": "application/x-www-form-urlencoded" };
    for (const answer of [
      await send(url, { headers: bearer }),
      await send(url, { method: "POST", headers: bearer }),
      await send(url, { method: "POST", headers: form, body: new URLSearchParams({ access_token }).toString() }),
    ]) {
      expect(await answer.json()).toMatchObject({ sub: claims.sub });
    }
    expect((await send(`${url}?access_token=${access_token}`)).status).toBe(400);
    const none = await send(url);
    expect([none.status, none.headers.get("www-authenticate")?.startsWith("Bearer")]).toEqual([401, true]);
  });

  test("oidcc-ensure-request-without-nonce-succeeds-for-code-flow", async () => {
    expect((await end({ nonce: undefined })).searchParams.has("code")).toBe(true);
  });

  test.each([
    ["oidcc-scope-profile", "openid profile", ["name"]],
    ["oidcc-scope-email", "openid email", ["email", "email_verified"]],
    ["oidcc-scope-address", "openid address", []],
    ["oidcc-scope-phone", "openid phone", []],
    ["oidcc-scope-all", "openid profile email address phone", ["name", "email", "email_verified"]],
    ["oidcc-alternate-happy-flow", "profile openid email", ["name", "email", "email_verified"]],
  ])("%s", async (_name, scope, claims) => {
    const { access_token } = await scene.tokens(app, who, { scope });
    const info = await (await scene.userinfo(access_token)).json<Record<string, unknown>>();
    expect(
      Object.keys(info)
        .filter((name) => ["name", "email", "email_verified", "address", "phone_number"].includes(name))
        .sort(),
    ).toEqual([...claims].sort());
  });

  test.each([
    ["oidcc-display-page", { display: "page" }],
    ["oidcc-display-popup", { display: "popup" }],
    ["oidcc-ui-locales", { ui_locales: "de fr" }],
    ["oidcc-claims-locales", { claims_locales: "de" }],
    ["oidcc-ensure-request-with-acr-values-succeeds", { acr_values: "1 2" }],
    ["oidcc-login-hint", { login_hint: "somebody@example.com" }],
    ["oidcc-ensure-request-with-unknown-parameter-succeeds", { extra: "foobar" }],
  ])("%s", async (_name, params) => {
    expect((await end(params as Record<string, string>)).searchParams.has("code")).toBe(true);
  });

  test("oidcc-prompt-login: the person signs in again, and auth_time moves on", async () => {
    const visitor = await scene.signIn(undefined, scene.a.connection, { ...person(scene.a.domain), auth_time: now() - 500 });
    const first = await scene.tokens(app, visitor);
    const pending = await scene.request(app, { prompt: "login", connection: scene.a.connection.id });
    const { url } = await scene.through(visitor, pending.url, scene.idpA, person(scene.a.domain));
    const second = await scene.redeem(app, { ...pending, callback: url });
    expect(second.claims.sub).toBe(first.claims.sub);
    expect(Number(second.claims["auth_time"])).toBeGreaterThan(Number(first.claims["auth_time"]));
  });

  test("oidcc-prompt-none-not-logged-in", async () => {
    expect(errorOf(await end({ prompt: "none" }, createVisitor(env)))).toBe("login_required");
  });

  test("oidcc-prompt-none-logged-in", async () => {
    const first = await scene.tokens(app, who);
    const second = await scene.tokens(app, who, { prompt: "none" });
    expect([second.claims.sub, second.claims["auth_time"]]).toEqual([first.claims.sub, first.claims["auth_time"]]);
  });

  test("oidcc-max-age-1: a session of more than a second is not enough", async () => {
    const visitor = await scene.signIn(undefined, scene.a.connection, { ...person(scene.a.domain), auth_time: now() - 3 });
    const pending = await scene.request(app, { max_age: "1", connection: scene.a.connection.id });
    const { url } = await scene.through(visitor, pending.url, scene.idpA, person(scene.a.domain));
    expect(Number((await scene.redeem(app, { ...pending, callback: url })).claims["auth_time"])).toBeGreaterThanOrEqual(
      now() - 60,
    );
  });

  test("oidcc-max-age-10000: a fresh session is", async () => {
    const first = await scene.tokens(app, who);
    const second = await scene.tokens(app, who, { max_age: "10000" });
    expect(second.claims["auth_time"]).toBe(first.claims["auth_time"]);
  });

  test("oidcc-id-token-hint: silently for the same person, not for another", async () => {
    const { id_token, claims } = await scene.tokens(app, who);
    const same = await scene.tokens(app, who, { prompt: "none", id_token_hint: id_token });
    expect(same.claims.sub).toBe(claims.sub);
    const other = await scene.signIn(createVisitor(env), scene.b.connection);
    expect(errorOf(await end({ prompt: "none", id_token_hint: id_token }, other))).toBe("login_required");
  });

  test("oidcc-codereuse and oidcc-codereuse-30seconds: refused, and the access token with it", async () => {
    const code = await scene.code(app, who);
    const { access_token } = await scene.redeem(app, code);
    const again = await scene.post(app, "/oauth2/token", {
      grant_type: "authorization_code",
      code: code.callback.searchParams.get("code") ?? "",
      redirect_uri: CALLBACK,
      code_verifier: code.verifier,
    });
    expect([again.status, (await again.json<{ error: string }>()).error]).toEqual([400, "invalid_grant"]);
    expect((await scene.userinfo(access_token)).status).toBe(401);
  });

  test("oidcc-ensure-registered-redirect-uri: a page, and no way on", async () => {
    const url = await end({ redirect_uri: "https://app.example.com/elsewhere" });
    expect(url.origin).toBe(scene.issuer);
  });

  test("oidcc-ensure-post-request-succeeds", async () => {
    const pending = await scene.request(app);
    const posted = await who.post(`${scene.issuer}/oauth2/auth`, Object.fromEntries(pending.url.searchParams), {
      Origin: "https://app.example.com",
      "Sec-Fetch-Site": "cross-site",
    });
    const callback = new URL(posted.headers.get("location") ?? "");
    expect((await scene.redeem(app, { ...pending, callback })).claims.nonce).toBe(pending.nonce);
  });

  test("oidcc-server-client-secret-post", async () => {
    const posting = await scene.app({ tokenEndpointAuthMethod: "client_secret_post" });
    expect((await scene.tokens(posting, who)).claims.aud).toBe(posting.client.id);
  });

  test("oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported", async () => {
    expect(["request_uri_not_supported", "invalid_request_uri"]).toContain(
      errorOf(await end({ request_uri: "https://app.example.com/r" })) ?? "invalid_request_uri",
    );
  });

  test("oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported", async () => {
    expect(errorOf(await end({ request: "e30.e30." }))).toBe("request_not_supported");
  });

  test("oidcc-ensure-request-object-with-redirect-uri", async () => {
    expect(errorOf(await end({ request: "e30.eyJyZWRpcmVjdF91cmkiOiJodHRwczovL2V2aWwuZXhhbXBsZS8ifQ." }))).toBe(
      "request_not_supported",
    );
  });

  test("oidcc-claims-essential: a claim by the claims parameter", async () => {
    const claims = JSON.stringify({ userinfo: { name: { essential: true } }, id_token: { email: null } });
    const tokens = await scene.tokens(app, who, { scope: "openid", claims });
    expect(tokens.claims).toHaveProperty("email");
    expect(await (await scene.userinfo(tokens.access_token)).json()).toMatchObject({ name: "Ada" });
  });

  test("oidcc-refresh-token: works, and not for another client", async () => {
    const tokens = await scene.tokens(app, who, { scope: "openid offline_access", prompt: "consent" });
    const form = { grant_type: "refresh_token", refresh_token: tokens.refresh_token ?? "" };
    const other = await scene.app();
    expect((await scene.post(other, "/oauth2/token", form)).status).toBe(400);
    const refreshed = await (await scene.post(app, "/oauth2/token", form)).json<Tokens>();
    expect((await scene.userinfo(refreshed.access_token)).status).toBe(200);
  });

  test("oidcc-ensure-request-with-valid-pkce-succeeds: openid-client as the app", async () => {
    const config = await client.discovery(new URL(scene.issuer), app.client.id, undefined, client.ClientSecretBasic(app.secret), {
      execute: [client.allowInsecureRequests],
      [client.customFetch]: (url, init) => send(url, init as RequestInit),
    });
    client.enableNonRepudiationChecks(config);
    const verifier = client.randomPKCECodeVerifier();
    const [state, nonce] = [client.randomState(), client.randomNonce()];
    const to = client.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: "openid email offline_access",
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
    });
    const { url } = await scene.follow(who, to);
    const tokens = await client.authorizationCodeGrant(config, url, {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    });
    const info = await client.fetchUserInfo(config, tokens.access_token, tokens.claims()?.sub ?? "");
    expect(info["email"]).toBe(`ada@${scene.a.domain}`);
    const again = await client.refreshTokenGrant(config, tokens.refresh_token ?? "");
    expect((await client.tokenIntrospection(config, again.access_token)).active).toBe(true);
    await client.tokenRevocation(config, again.refresh_token ?? "");
    expect((await client.tokenIntrospection(config, again.access_token)).active).toBe(false);
    const leave = client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token ?? "" });
    expect(leave.href.startsWith(`${scene.issuer}/oauth2/sessions/logout`)).toBe(true);
  });
});

describe("keys", () => {
  test("oidcc-server-rotate-keys: a new key is there, the old one still is, and what it signed still counts", async () => {
    const tokens = await scene.tokens(app, who);
    const before = await kids();
    await services().signingKeys.rotate(scene.project.id, {}, systemContext);
    const after = await kidsOfAnotherIsolate();
    expect(after).toEqual(expect.arrayContaining(before));
    expect(after.length).toBeGreaterThan(before.length);
    expect((await scene.tokens(app, who, { prompt: "none", id_token_hint: tokens.id_token })).claims.sub).toBe(tokens.claims.sub);
  });

  test("a project's first app of an algorithm gets its key made when it is first used (F29)", async () => {
    const fresh = await createProviderScene();
    try {
      const modern = await fresh.app({ idTokenSignedResponseAlg: "ES256" });
      const visitor = await fresh.signIn();
      expect(decodeProtectedHeader((await fresh.tokens(modern, visitor)).id_token).alg).toBe("ES256");
      const old = await fresh.app({ idTokenSignedResponseAlg: "RS256" });
      expect(decodeProtectedHeader((await fresh.tokens(old, visitor)).id_token).alg).toBe("RS256");
    } finally {
      scene.connect();
    }
  });

  async function kids(): Promise<unknown[]> {
    return ((await json("/.well-known/jwks.json")) as { keys: { kid: string }[] }).keys.map((key) => key.kid);
  }

  /** Another isolate has not remembered the old key set. */
  async function kidsOfAnotherIsolate(): Promise<unknown[]> {
    const answer = await createApp().request(`${scene.issuer}/.well-known/jwks.json`, {}, countingEnv(env).env);
    return (await answer.json<{ keys: { kid: string }[] }>()).keys.map((key) => key.kid);
  }
});
