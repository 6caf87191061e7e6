// What an app may ask at the authorization endpoint, and what never leads back to it: T113, T115, pushed requests, and the
// FAPI 2 modules about them.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { person } from "../login/scene.ts";
import { countingEnv } from "../support/counting.ts";
import { createVisitor, type Visitor } from "../support/visitor.ts";
import { type App, CALLBACK, createProviderScene, type Pending, type ProviderScene, send } from "./scene.ts";

let scene: ProviderScene;
let app: App;
let who: Visitor;
beforeAll(async () => {
  scene = await createProviderScene();
  app = await scene.app();
  who = await scene.signIn();
});

/** Where a request of somebody who is signed in ends. */
const ask = async (params: Record<string, string | undefined>, asking = app) =>
  scene.follow(who, (await scene.request(asking, params)).url);
const errorAt = (url: URL) =>
  url.origin === "https://app.example.com"
    ? (url.searchParams.get("error") ?? new URLSearchParams(url.hash.slice(1)).get("error"))
    : "stayed here";
const redeem = (
  asking: App,
  { callback, verifier }: Pending & { callback: URL },
  over: Record<string, string | undefined> = {},
) => {
  const form = {
    grant_type: "authorization_code",
    code: callback.searchParams.get("code"),
    redirect_uri: CALLBACK,
    code_verifier: verifier,
    ...over,
  };
  const given = Object.entries(form).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return scene.post(asking, "/oauth2/token", Object.fromEntries(given));
};

describe("T113: an address that is not registered, character for character, shows a page and leads nowhere", () => {
  test.each([
    ["another path", "https://app.example.com/other"],
    ["a longer path (prefix)", `${CALLBACK}/more`],
    ["a query", `${CALLBACK}?next=1`],
    ["a fragment", `${CALLBACK}#there`],
    ["another case", "https://app.example.com/Callback"],
    ["another host's case", "https://APP.example.com/callback"],
    ["a port", "https://app.example.com:8443/callback"],
    ["the default port, spelled out", "https://app.example.com:443/callback"],
    ["path traversal", "https://app.example.com/x/../callback"],
    ["an encoded slash", "https://app.example.com/%2e%2e/callback"],
    ["a host that only looks like it (CVE-2024-52289)", "https://appxexample.com/callback"],
    ["a host below it", "https://evil.app.example.com/callback"],
    ["credentials", "https://app.example.com@evil.example/callback"],
    ["http", "http://app.example.com/callback"],
    ["javascript (CVE-2024-21637)", "javascript:alert(1)"],
    ["nothing at all", undefined],
  ])("%s", async (_name, redirect_uri) => {
    const { response, url } = await ask({ redirect_uri });
    expect([url.origin, response.status]).toEqual([scene.issuer, 400]);
    const page = await response.text();
    expect(page).toContain("The app could not start your sign-in");
    expect(page).not.toContain("evil.example");
  });

  test("given twice, even if one of the two is right", async () => {
    const { url } = await scene.request(app);
    url.searchParams.append("redirect_uri", "https://evil.example/callback");
    const { response, url: end } = await scene.follow(who, url);
    expect([end.origin, response.status]).toEqual([scene.issuer, 400]);
  });

  test("the token endpoint asks for the same address again (CVE-2025-4143)", async () => {
    const several = await scene.app({ redirectUris: [CALLBACK, `${CALLBACK}/two`] });
    const code = await scene.code(several, who);
    expect((await redeem(several, code, { redirect_uri: `${CALLBACK}/two` })).status).toBe(400);
    expect((await redeem(several, code, { redirect_uri: undefined })).status).toBe(400);
    expect((await redeem(several, code)).status).toBe(200);
  });

  test("an installed app may come back on any port of its loopback address, and nowhere else", async () => {
    const native = await scene.app({
      tokenEndpointAuthMethod: "none",
      redirectUris: ["http://127.0.0.1/callback", "com.example.app:/callback"],
    });
    const end = async (redirect_uri: string) =>
      (await scene.follow(who, (await scene.request(native, { redirect_uri })).url)).url;
    expect((await end("http://127.0.0.1:54321/callback")).port).toBe("54321");
    expect((await end("com.example.app:/callback")).protocol).toBe("com.example.app:");
    for (const wrong of [
      "http://127.0.0.1:54321/other",
      "http://localhost:54321/callback",
      "http://127.0.0.1.evil.example/callback",
    ]) {
      expect((await end(wrong)).origin).toBe(scene.issuer);
    }
  });

  test("a web app's loopback address is compared with its port", async () => {
    const web = await scene.app({ redirectUris: ["http://localhost:3000/callback"] });
    const end = async (redirect_uri: string) => (await scene.follow(who, (await scene.request(web, { redirect_uri })).url)).url;
    expect((await end("http://localhost:3000/callback")).origin).toBe("http://localhost:3000");
    expect((await end("http://localhost:3001/callback")).origin).toBe(scene.issuer);
  });

  test("an unknown app shows a page, too", async () => {
    const { response, url } = await ask({ client_id: crypto.randomUUID() });
    expect([url.origin, response.status]).toEqual([scene.issuer, 400]);
  });
});

describe("T115: PKCE", () => {
  test.each([
    ["missing (CVE-2023-48228)", { code_challenge: undefined, code_challenge_method: undefined }],
    ["plain", { code_challenge_method: "plain" }],
    ["of an unknown method", { code_challenge_method: "S512" }],
    ["without a method", { code_challenge_method: undefined }],
    ["without a challenge", { code_challenge: undefined }],
    ["with a challenge that is none", { code_challenge: "short" }],
  ])("%s is refused", async (_name, params) => {
    expect(errorAt((await ask(params)).url)).toBe("invalid_request");
  });

  test("with a wrong verifier or none, the code is worth nothing (GHSA-86j7-9j95-vpqj, GHSA-9h47-pqcx-hjr4, CVE-2025-4144)", async () => {
    const code = await scene.code(app, who);
    expect((await redeem(app, code, { code_verifier: "x".repeat(43) })).status).toBe(400);
    expect((await redeem(app, code, { code_verifier: undefined })).status).toBe(400);
    expect((await redeem(app, code)).status).toBe(200);
  });

  test("may be left out by a confidential app that is set so, and then a verifier is a downgrade", async () => {
    const old = await scene.app({ pkce: "optional" });
    const none = { code_challenge: undefined, code_challenge_method: undefined };
    const downgraded = await scene.code(old, who, none);
    expect((await redeem(old, downgraded)).status).toBe(400);
    const plain = await scene.code(old, who, none);
    expect((await redeem(old, plain, { code_verifier: undefined })).status).toBe(200);
    const kept = await scene.code(old, who);
    expect((await redeem(old, kept, { code_verifier: undefined })).status).toBe(400);
  });

  test("is never optional for a public app", async () => {
    const open = await scene.app({ tokenEndpointAuthMethod: "none" });
    await env.DB.prepare("UPDATE clients SET pkce = 'optional' WHERE id = ?").bind(open.client.id).run();
    const { url } = await ask({ code_challenge: undefined, code_challenge_method: undefined }, open);
    expect(errorAt(url)).toBe("invalid_request");
  });
});

describe("a request", () => {
  test("may be posted by the app's own page, although no cookie of ours comes along with it", async () => {
    const { url, ...pending } = await scene.request(app);
    const posted = await createVisitor(env).post(`${scene.issuer}/oauth2/auth`, Object.fromEntries(url.searchParams), {
      Origin: "https://app.example.com",
      "Sec-Fetch-Site": "cross-site",
    });
    expect(posted.status).toBe(303);
    expect(posted.headers.get("location")).toMatch(/^\/login\?/);
    expect(pending.state).toBeTruthy();
  });

  test("of an app in the browser may be made by its own page's script, and by no other page's (T83)", async () => {
    const spa = await scene.app({ tokenEndpointAuthMethod: "none", redirectUris: [CALLBACK] });
    const url = `${scene.issuer}/oauth2/token`;
    const own = "https://app.example.com";
    const preflight = await send(url, {
      method: "OPTIONS",
      headers: { Origin: own, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type" },
    });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, own]);
    const post = async (Origin: string) => {
      const { callback, verifier } = await scene.code(spa, who);
      const form = {
        grant_type: "authorization_code",
        client_id: spa.client.id,
        redirect_uri: CALLBACK,
        code_verifier: verifier,
      };
      const body = new URLSearchParams({ ...form, code: callback.searchParams.get("code") ?? "" }).toString();
      return send(url, { method: "POST", headers: { Origin, "Content-Type": "application/x-www-form-urlencoded" }, body });
    };
    const [good, bad] = [await post(own), await post("https://evil.example")];
    expect([good.status, good.headers.get("access-control-allow-origin")]).toEqual([200, own]);
    expect([bad.status, bad.headers.get("access-control-allow-origin")]).toEqual([400, null]);
    for (const answer of [good, bad]) expect(answer.headers.get("access-control-allow-credentials")).toBe(null);
  });

  test("by HEAD starts nothing", async () => {
    const { url } = await scene.request(app);
    expect((await who.send(url, { method: "HEAD" })).status).toBe(405);
  });

  test("carries its answer back with iss and state, an error too (RFC 9207)", async () => {
    const good = (await ask({ state: "one" })).url;
    expect([good.searchParams.get("iss"), good.searchParams.get("state")]).toEqual([scene.issuer, "one"]);
    const bad = (await ask({ state: "two", scope: "openid", prompt: "none login" })).url;
    expect([bad.searchParams.get("iss"), bad.searchParams.get("state"), bad.searchParams.get("error")]).toEqual([
      scene.issuer,
      "two",
      "invalid_request",
    ]);
    expect([...good.searchParams.keys()].sort()).toEqual(["code", "iss", "state"]);
  });

  test("for response_mode=form_post is answered with a page whose one script its policy allows", async () => {
    const { response } = await ask({ response_mode: "form_post" });
    expect(response.status).toBe(200);
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/script-src[^;]*'sha256-/);
    expect(policy).not.toContain("form-action 'self'");
    expect(await response.text()).toContain(`action="${CALLBACK}"`);
  });

  test("is told of a store that cannot answer as temporarily unavailable, never as a refusal (F13)", async () => {
    const tokens = await scene.tokens(app, who, { scope: "openid offline_access" });
    const counted = countingEnv(env);
    const failing = createApp();
    const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token: tokens.refresh_token ?? "" }).toString();
    const headers = {
      "Content-Type": "application/x-www-form-urlencoded",
      Authorization: `Basic ${btoa(`${app.client.id}:${app.secret}`)}`,
    };
    const post = () => failing.request(`${scene.issuer}/oauth2/token`, { method: "POST", headers, body: form }, counted.env);
    counted.faults.d1 = "fail-before";
    counted.faults.d1Only = (sql) => /provider_artifacts/.test(sql) && /^update/i.test(sql);
    const answer = await post();
    expect([answer.status, (await answer.json<{ error: string }>()).error]).toEqual([503, "temporarily_unavailable"]);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    counted.reset();
    expect((await post()).status).toBe(200);
  });
});

describe("pushed requests (RFC 9126)", () => {
  const push = async (asking: App, params: Record<string, string | undefined> = {}) => {
    const pending = await scene.request(asking, params);
    return { pending, answer: await scene.post(asking, "/oauth2/par", Object.fromEntries(pending.url.searchParams)) };
  };
  const at = (asking: App, request_uri: string) => {
    const url = new URL(`${scene.issuer}/oauth2/auth`);
    url.search = new URLSearchParams({ client_id: asking.client.id, request_uri }).toString();
    return url;
  };

  test("lead to a code, once: fapi2-op-test-par-attempt-reuse-request_uri", async () => {
    const { pending, answer } = await push(app);
    expect([answer.status, await answer.clone().json()]).toEqual([201, { expires_in: 60, request_uri: expect.any(String) }]);
    const { request_uri, expires_in } = await answer.json<{ request_uri: string; expires_in: number }>();
    expect(expires_in).toBeLessThanOrEqual(60);
    const { url } = await scene.follow(who, at(app, request_uri));
    expect((await scene.redeem(app, { ...pending, callback: url })).claims.nonce).toBe(pending.nonce);
    expect(errorAt((await scene.follow(who, at(app, request_uri))).url)).not.toBe(null);
  });

  test("wait for the person like any other", async () => {
    const { pending, answer } = await push(app, { organization: scene.b.organization.id });
    const { request_uri } = await answer.json<{ request_uri: string }>();
    const { url } = await scene.through(createVisitor(env), at(app, request_uri), scene.idpB, person(scene.b.domain));
    expect((await scene.redeem(app, { ...pending, callback: url })).claims["org_id"]).toBe(scene.b.organization.id);
  });

  test("belong to the app that pushed them: fapi2-op-test-par-attempt-to-use-request_uri-for-different-client", async () => {
    const other = await scene.app();
    const { request_uri } = await (await push(app)).answer.json<{ request_uri: string }>();
    const { response, url } = await scene.follow(who, at(other, request_uri));
    expect(url.searchParams.has("code")).toBe(false);
    expect(response.status).toBeGreaterThanOrEqual(300);
  });

  test("expire: fapi2-op-test-par-attempt-to-use-expired-request_uri", async () => {
    const { request_uri } = await (await push(app)).answer.json<{ request_uri: string }>();
    await env.DB.prepare(
      "UPDATE provider_artifacts SET payload = json_set(payload, '$.exp', 1000) WHERE id LIKE 'Pushed%'",
    ).run();
    const { url } = await scene.follow(who, at(app, request_uri));
    expect(url.searchParams.has("code")).toBe(false);
  });

  test("fapi2-op-test-par-with-get: there is no other method", async () => {
    expect((await send(`${scene.issuer}/oauth2/par`)).status).toBeGreaterThanOrEqual(400);
  });

  test("fapi2-op-test-par-attempt-to-pass-request_uri-inside is refused", async () => {
    const answer = await scene.post(app, "/oauth2/par", { request_uri: "urn:example", response_type: "code" });
    expect(answer.status).toBe(400);
  });

  test("fapi2-op-test-par-with-duplicate-parameters is refused", async () => {
    const headers = {
      "Content-Type": "application/x-www-form-urlencoded",
      Authorization: `Basic ${btoa(`${app.client.id}:${app.secret}`)}`,
    };
    const body = new URLSearchParams((await scene.request(app)).url.searchParams);
    body.append("state", "another");
    expect((await send(`${scene.issuer}/oauth2/par`, { method: "POST", headers, body: body.toString() })).status).toBe(400);
  });

  test("are checked when they are pushed, and stored for apps that prove who they are alone", async () => {
    expect((await push(app, { redirect_uri: "https://evil.example/callback" })).answer.status).toBe(400);
    expect((await push(app, { code_challenge: undefined, code_challenge_method: undefined })).answer.status).toBe(400);
    const open = await scene.app({ tokenEndpointAuthMethod: "none" });
    const pending = await scene.request(open);
    const answer = await scene.post(open, "/oauth2/par", Object.fromEntries(pending.url.searchParams));
    expect((await answer.json<{ error: string }>()).error).toBe("unauthorized_client");
  });
});

describe("FAPI 2 modules about the authorization request", () => {
  test.each<[string, Record<string, string | undefined>, string]>([
    ["fapi2-op-test-ensure-response-type-token-fails", { response_type: "token" }, "unsupported_response_type"],
    ["fapi2-op-test-ensure-response-type-code-idtoken-fails", { response_type: "code id_token" }, "unsupported_response_type"],
    ["fapi2-op-test-ensure-request-without-redirect-uri-fails", { redirect_uri: undefined }, "stayed here"],
    ["fapi2-op-test-plain-pkce-rejected", { code_challenge_method: "plain" }, "invalid_request"],
    ["fapi2-op-test-ensure-pkce-required", { code_challenge: undefined, code_challenge_method: undefined }, "invalid_request"],
  ])("%s", async (_name, params, error) => {
    expect(errorAt((await ask(params)).url)).toBe(error);
  });

  test("fapi2-op-test-ensure-request-with-long-state and fapi2-op-test-ensure-request-with-long-nonce: both come back whole", async () => {
    const [state, nonce] = ["s".repeat(512), "n".repeat(512)];
    const anonymous = createVisitor(env);
    const pending = await scene.request(app, { state, nonce });
    const page = await scene.follow(anonymous, pending.url);
    await scene.signIn(anonymous);
    const { url } = await scene.follow(anonymous, new URL(page.url.searchParams.get("return_to") ?? "", page.url));
    expect(url.searchParams.get("state")).toBe(state);
    expect((await scene.redeem(app, { ...pending, state, nonce, callback: url })).claims.nonce).toBe(nonce);
  });

  test("fapi2-op-test-ensure-authorization-code-is-bound-to-client, fapi2-op-test-attempt-reuse-authorization-code-after-one-second and fapi2-op-test-incorrect-pkce-code-verifier-rejected", async () => {
    const other = await scene.app();
    const code = await scene.code(app, who);
    expect((await redeem(other, code)).status).toBe(400);
    expect((await redeem(app, code, { code_verifier: "y".repeat(43) })).status).toBe(400);
    expect((await redeem(app, code)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect((await redeem(app, code)).status).toBe(400);
  });
});
