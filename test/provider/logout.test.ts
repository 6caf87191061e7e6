// Logout begun by an app (OpenID Connect RP-Initiated Logout 1.0): the eleven modules of OpenID's conformance suite, and what
// keeps a stranger's link from signing anybody out.

import { env } from "cloudflare:workers";
import { generateKeyPair, SignJWT } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { formOf } from "../selfservice/scene.ts";
import { services, systemContext } from "../support/seed.ts";
import { createVisitor, type Visitor } from "../support/visitor.ts";
import { type App, createProviderScene, type ProviderScene, send, type Tokens } from "./scene.ts";

const LEAVE = "https://app.example.com/signed-out";
let scene: ProviderScene;
let app: App;
beforeAll(async () => {
  scene = await createProviderScene();
  app = await scene.app({ postLogoutRedirectUris: [LEAVE] });
});

interface SignedIn {
  who: Visitor;
  tokens: Tokens;
}
const signedIn = async (): Promise<SignedIn> => {
  const who = await scene.signIn();
  return { who, tokens: await scene.tokens(app, who, { scope: "openid offline_access" }) };
};
const logout = (who: Visitor, params: Record<string, string>, headers: Record<string, string> = {}) =>
  who.get(`${scene.issuer}/oauth2/sessions/logout?${new URLSearchParams(params)}`, headers);
const isSignedIn = async (who: Visitor) => {
  const { url } = await scene.follow(who, (await scene.request(app, { prompt: "none" })).url);
  return url.searchParams.get("error") === null;
};

describe("with an ID token of the session", () => {
  test("oidcc-rp-initiated-logout-discovery-endpoint-verification", async () => {
    expect(scene.server["end_session_endpoint"]).toBe(`${scene.issuer}/oauth2/sessions/logout`);
  });

  test("oidcc-rp-initiated-logout: out, back to the app with its state, and everything it held is dead", async () => {
    const { who, tokens } = await signedIn();
    const answer = await logout(who, { id_token_hint: tokens.id_token, post_logout_redirect_uri: LEAVE, state: "s-1" });
    expect([answer.status, answer.headers.get("location")]).toEqual([303, `${LEAVE}?state=s-1`]);
    expect(who.cookies.get(new URL(scene.issuer).host)?.has("__Host-orgate_session")).toBe(false);
    expect(await isSignedIn(who)).toBe(false);
    expect((await scene.userinfo(tokens.access_token)).status).toBe(401);
    const form = { grant_type: "refresh_token", refresh_token: tokens.refresh_token ?? "" };
    expect((await scene.post(app, "/oauth2/token", form)).status).toBe(400);
    expect((await scene.events("logout.succeeded")).length).toBeGreaterThan(0);
  });

  test("oidcc-rp-initiated-logout-no-state: back without one", async () => {
    const { who, tokens } = await signedIn();
    const answer = await logout(who, { id_token_hint: tokens.id_token, post_logout_redirect_uri: LEAVE });
    expect(answer.headers.get("location")).toBe(LEAVE);
  });

  test("oidcc-rp-initiated-logout-no-post-logout-redirect-uri: a page of ours", async () => {
    const { who, tokens } = await signedIn();
    const answer = await logout(who, { id_token_hint: tokens.id_token });
    expect([answer.status, (await answer.text()).includes("You are signed out")]).toEqual([200, true]);
    expect(await isSignedIn(who)).toBe(false);
  });

  test.each([
    ["oidcc-rp-initiated-logout-bad-post-logout-redirect-uri", "https://evil.example/signed-out"],
    ["oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri", `${LEAVE}?foo=bar`],
  ])("%s: leads nowhere, and nobody is signed out by it", async (_name, post_logout_redirect_uri) => {
    const { who, tokens } = await signedIn();
    const answer = await logout(who, { id_token_hint: tokens.id_token, post_logout_redirect_uri });
    expect([answer.status, answer.headers.get("location")]).toEqual([400, null]);
    expect(await isSignedIn(who)).toBe(true);
  });

  test("may be posted, although the browser's cookie does not come along from another site", async () => {
    const { who, tokens } = await signedIn();
    const posted = await send(`${scene.issuer}/oauth2/sessions/logout`, {
      method: "POST",
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        Origin: "https://app.example.com",
        "Sec-Fetch-Site": "cross-site",
      },
      body: new URLSearchParams({ id_token_hint: tokens.id_token, post_logout_redirect_uri: LEAVE }).toString(),
    });
    expect(posted.headers.get("location")).toBe(LEAVE);
    expect(await isSignedIn(who)).toBe(false);
  });

  test("works with a token that has expired, too, and a second time", async () => {
    const { who, tokens } = await signedIn();
    for (let i = 0; i < 2; i += 1) {
      const answer = await logout(who, { id_token_hint: tokens.id_token, post_logout_redirect_uri: LEAVE });
      expect(answer.headers.get("location")).toBe(LEAVE);
    }
  });

  test("signs out the same person's newer session, and never another's without asking", async () => {
    const { who, tokens } = await signedIn();
    await scene.signIn(who);
    await logout(who, { id_token_hint: tokens.id_token });
    expect(await isSignedIn(who)).toBe(false);

    const other = await scene.signIn(createVisitor(env), scene.b.connection);
    const asked = await logout(other, { id_token_hint: (await signedIn()).tokens.id_token });
    expect(await asked.text()).toContain("Sign out?");
    expect(await isSignedIn(other)).toBe(true);
  });
});

describe("with an ID token that proves nothing", () => {
  test("oidcc-rp-initiated-logout-modified-id-token-hint: unsigned", async () => {
    const { who, tokens } = await signedIn();
    const [, payload] = tokens.id_token.split(".");
    const header = btoa(JSON.stringify({ alg: "none" })).replaceAll("=", "");
    await refused(who, `${header}.${payload}.`);
  });

  test("oidcc-rp-initiated-logout-bad-id-token-hint: signed by a stranger", async () => {
    const { who, tokens } = await signedIn();
    const { privateKey } = await generateKeyPair("ES256");
    const forged = await new SignJWT({ ...tokens.claims }).setProtectedHeader({ alg: "ES256" }).sign(privateKey);
    await refused(who, forged);
  });

  test("of another project", async () => {
    const there = await createProviderScene();
    const foreign = await there.tokens(await there.app(), await there.signIn());
    scene.connect();
    await refused((await signedIn()).who, foreign.id_token);
  });

  async function refused(who: Visitor, id_token_hint: string): Promise<void> {
    const answer = await logout(who, { id_token_hint, post_logout_redirect_uri: LEAVE });
    expect([answer.status, answer.headers.get("location")]).toEqual([400, null]);
    expect(await isSignedIn(who)).toBe(true);
  }
});

describe("without one the person is asked (T82)", () => {
  test.each<[string, Record<string, string>]>([
    ["oidcc-rp-initiated-logout-no-params", {}],
    ["oidcc-rp-initiated-logout-only-state", { state: "s-1" }],
    ["oidcc-rp-initiated-logout-no-id-token-hint", { post_logout_redirect_uri: LEAVE, state: "s-1" }],
  ])("%s: a question, then a page of ours, and no redirect", async (_name, params) => {
    const { who } = await signedIn();
    const question = await logout(who, params);
    expect([question.status, question.headers.get("location")]).toEqual([200, null]);
    expect(await isSignedIn(who)).toBe(true);
    const form = formOf(await question.text());
    const done = await who.post(new URL(form.action, scene.issuer), form.fields);
    expect([done.status, (await done.text()).includes("You are signed out")]).toEqual([200, true]);
    expect(await isSignedIn(who)).toBe(false);
  });

  test("and led back to an app that says who it is, when its address is registered", async () => {
    const { who } = await signedIn();
    const question = await logout(who, { client_id: app.client.id, post_logout_redirect_uri: LEAVE, state: "s-2" });
    const page = await question.text();
    expect(page).toContain(app.client.name);
    expect(question.headers.get("content-security-policy")).toContain("form-action 'self' https:");
    const form = formOf(page);
    const done = await who.post(new URL(form.action, scene.issuer), form.fields);
    expect(done.headers.get("location")).toBe(`${LEAVE}?state=s-2`);
  });

  test("the answer counts only from our own page and for this very session", async () => {
    const [{ who }, other] = [await signedIn(), await signedIn()];
    const form = formOf(await (await logout(who, {})).text());
    const url = new URL(form.action, scene.issuer);
    expect((await who.post(url, form.fields, { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" })).status).toBe(
      403,
    );
    expect((await other.who.post(url, form.fields)).status).toBe(403);
    expect((await who.post(url, { ...form.fields, request: `${form.fields["request"]}x` })).status).toBe(403);
    expect([await isSignedIn(who), await isSignedIn(other.who)]).toEqual([true, true]);
  });

  test("somebody who is not signed in is told that it is over, or sent back to the app", async () => {
    const nobody = createVisitor(env);
    expect(await (await logout(nobody, {})).text()).toContain("You are signed out");
    const answer = await logout(nobody, { client_id: app.client.id, post_logout_redirect_uri: LEAVE });
    expect(answer.headers.get("location")).toBe(LEAVE);
    expect((await logout(nobody, { client_id: app.client.id, post_logout_redirect_uri: "https://evil.example" })).status).toBe(
      400,
    );
  });

  test("a session that has been ended elsewhere is no obstacle", async () => {
    const { who, tokens } = await signedIn();
    await services().sessions.revokeById(scene.project.id, String(tokens.claims["sid"]), systemContext);
    const answer = await logout(who, { id_token_hint: tokens.id_token, post_logout_redirect_uri: LEAVE });
    expect(answer.headers.get("location")).toBe(LEAVE);
  });
});
