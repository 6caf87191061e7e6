// An app signs a person in through the project's provider: the whole way, with oauth4webapi as the app, and the hosted login
// and the IdPs of test/login/scene.ts in between.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { person } from "../login/scene.ts";
import { formOf } from "../selfservice/scene.ts";
import { createOrganization, createProject, services, systemContext } from "../support/seed.ts";
import { createVisitor, type Visitor } from "../support/visitor.ts";
import { type App, createProviderScene, type ProviderScene, send } from "./scene.ts";

let scene: ProviderScene;
let app: App;
beforeAll(async () => {
  scene = await createProviderScene();
  app = await scene.app();
});

const visitor = () => createVisitor(env);
describe("on the way to the app", () => {
  test("a person who is signed in already comes back with a code at once, and it is worth tokens", async () => {
    const tokens = await scene.tokens(app, await scene.signIn());
    expect(tokens.claims).toMatchObject({ iss: scene.issuer, aud: app.client.id, org_id: scene.a.organization.id });
    const info = await scene.userinfo(tokens.access_token);
    expect(await info.json()).toMatchObject({ sub: tokens.claims.sub, email: `ada@${scene.a.domain}`, email_verified: true });
  });

  test("anybody else signs in on the hosted page, with a password too, and goes on to the app from there", async () => {
    const email = `kim@personal-${crypto.randomUUID().slice(0, 8)}.example`;
    const password = "a long sentence that nobody has used before";
    const draft = { traits: { email, name: "Kim" }, organizationId: null, schemaId: "default", state: "active" as const };
    await services().identities.create(
      scene.project.id,
      { ...draft, metadataPublic: null, metadataAdmin: null, password: { text: password } },
      systemContext,
    );
    const who = visitor();
    const pending = await scene.request(app, { login_hint: email });
    const page = await scene.follow(who, pending.url);
    expect(page.url.pathname).toBe("/login");
    const done = await fillIn(who, page.url, { method: "identifier_first", identifier: email }, { method: "password", password });
    const { url } = await scene.follow(who, done);
    const tokens = await scene.redeem(app, { ...pending, callback: url });
    expect(tokens.claims).toMatchObject({ amr: ["pwd"], email, name: "Kim" });
    expect(tokens.claims).not.toHaveProperty("org_id");
    expect(tokens.claims).not.toHaveProperty("idp");
  });

  test("an anonymous visitor writes nothing to the database, however often", async () => {
    const rows = () => env.DB.prepare("SELECT count(*) FROM provider_artifacts").first("count(*)");
    const before = await rows();
    for (let i = 0; i < 3; i += 1) await scene.follow(visitor(), (await scene.request(app)).url);
    expect(await rows()).toBe(before);
  });

  test("nobody else's browser can take up a request, and nobody at all takes one up twice", async () => {
    const who = visitor();
    const pending = await scene.request(app);
    const { url } = await scene.follow(who, pending.url);
    const resume = new URL(url.searchParams.get("return_to") ?? "", url);
    expect(resume.pathname).toMatch(/^\/oauth2\/auth\/[\w-]+$/);
    expect((await (await scene.signIn()).get(resume)).status).toBe(400);
    await scene.signIn(who);
    expect((await scene.follow(who, resume)).url.origin).toBe("https://app.example.com");
    expect((await who.get(resume)).status).toBe(400);
  });

  test("several requests of one browser do not disturb each other", async () => {
    const who = visitor();
    const [first, second] = [await scene.request(app), await scene.request(app)];
    const [one, two] = [await scene.follow(who, first.url), await scene.follow(who, second.url)];
    await scene.signIn(who);
    for (const [pending, { url }] of [
      [second, two],
      [first, one],
    ] as const) {
      const back = await scene.follow(who, new URL(url.searchParams.get("return_to") ?? "", url));
      expect((await scene.redeem(app, { ...pending, callback: back.url })).claims.nonce).toBe(pending.nonce);
    }
  });

  test("a request that does not fit the browser is refused in words, not lost", async () => {
    const { url } = await scene.request(app, { state: "s".repeat(4000) });
    expect((await visitor().get(url)).status).toBe(413);
  });
});

describe("T119: organization, connection and hints choose the way in", () => {
  const toIdp = async (params: Record<string, string>, who: Visitor = visitor()) =>
    (await scene.follow(who, (await scene.request(app, params)).url)).url;

  test.each([
    ["organization", () => ({ organization: scene.b.organization.id })],
    ["connection", () => ({ connection: scene.b.connection.id })],
    ["login_hint", () => ({ login_hint: `kim@${scene.b.domain}` })],
    ["domain_hint", () => ({ domain_hint: scene.b.domain })],
  ])("%s leads straight to the organization's IdP", async (_name, params) => {
    const url = await toIdp(params());
    expect(url.origin).toBe(scene.idpB.issuer);
  });

  test("login_hint reaches the IdP only of the organization whose address it is (T15)", async () => {
    const hint = `kim@${scene.b.domain}`;
    expect((await toIdp({ login_hint: hint })).searchParams.get("login_hint")).toBe(hint);
    expect((await toIdp({ login_hint: hint, organization: scene.a.organization.id })).searchParams.has("login_hint")).toBe(false);
  });

  test("another project's organization or connection opens nothing (T16)", async () => {
    const elsewhere = await createOrganization(await createProject());
    for (const params of [{ organization: elsewhere.id }, { connection: crypto.randomUUID() }]) {
      const { response, url } = await scene.follow(visitor(), (await scene.request(app, params)).url);
      expect([url.origin, response.status]).toEqual([scene.issuer, 404]);
    }
  });

  test("what is no id is refused, and the app is told", async () => {
    const { url } = await scene.follow(visitor(), (await scene.request(app, { organization: "acme" })).url);
    expect(url.searchParams.get("error")).toBe("invalid_request");
  });

  test("a session of another organization is not good enough: the person signs in again and the token says so", async () => {
    const who = await scene.signIn();
    const pending = await scene.request(app, { organization: scene.b.organization.id });
    const { url } = await scene.through(who, pending.url, scene.idpB, person(scene.b.domain));
    const tokens = await scene.redeem(app, { ...pending, callback: url });
    expect(tokens.claims["org_id"]).toBe(scene.b.organization.id);
  });

  test("and with prompt=none the app learns that a login is needed", async () => {
    const who = await scene.signIn();
    for (const params of [{ organization: scene.b.organization.id }, { connection: scene.b.connection.id }]) {
      const { url } = await scene.follow(who, (await scene.request(app, { ...params, prompt: "none" })).url);
      expect(url.searchParams.get("error")).toBe("login_required");
    }
  });

  test("an app that is for one organization sends people there and refuses everybody else's (CVE-2026-9094)", async () => {
    const pinned = await scene.app({ organizationIds: [scene.a.organization.id] });
    expect((await scene.follow(visitor(), (await scene.request(pinned)).url)).url.origin).toBe(scene.idpA.issuer);
    const member = await scene.tokens(pinned, await scene.signIn());
    expect(member.claims["org_id"]).toBe(scene.a.organization.id);

    const stranger = await scene.signIn(visitor(), scene.b.connection);
    for (const prompt of [undefined, "none"]) {
      const { url } = await scene.follow(stranger, (await scene.request(pinned, { prompt })).url);
      expect(url.searchParams.get("error")).toBe("access_denied");
    }
  });

  test("an app that is pinned later is closed at once to those who have tokens", async () => {
    const open = await scene.app();
    const tokens = await scene.tokens(open, await scene.signIn(), { scope: "openid offline_access" });
    await services().clients.update(
      scene.project.id,
      open.client.id,
      (before) => ({ ...before, organizationIds: [scene.b.organization.id] }),
      undefined,
      systemContext,
    );
    expect((await scene.userinfo(tokens.access_token)).status).toBe(401);
    const refreshed = await scene.post(open, "/oauth2/token", {
      grant_type: "refresh_token",
      refresh_token: tokens.refresh_token ?? "",
    });
    expect(refreshed.status).toBe(400);
  });

  test("T91: an app of strangers, which would need the person's consent, is refused, silently too", async () => {
    const strange = await scene.app({ skipConsent: false });
    const who = await scene.signIn();
    for (const [prompt, error] of [
      [undefined, "access_denied"],
      ["none", "consent_required"],
    ] as const) {
      const { url } = await scene.follow(who, (await scene.request(strange, { prompt })).url);
      expect([url.searchParams.get("error"), url.searchParams.has("code")]).toEqual([error, false]);
    }
  });
});

describe("T120: claims", () => {
  test("are the organization's name, the connection, and the IdP's own acr and amr under that connection's name", async () => {
    const user = { ...person(scene.a.domain), acr: "urn:example:strong", amr: ["hwk", "pin"], auth_time: 1_700_000_000 };
    const tokens = await scene.tokens(app, await scene.signIn(visitor(), scene.a.connection, user));
    expect(tokens.claims).toMatchObject({
      org_name: scene.a.organization.label,
      idp: scene.a.connection.id,
      acr: "urn:example:strong",
      amr: ["hwk", "pin"],
      auth_time: 1_700_000_000,
      name: "Ada",
    });
    const session = await env.DB.prepare("SELECT count(*) AS n FROM sessions WHERE id = ?")
      .bind(String(tokens.claims["sid"]))
      .first("n");
    expect(session).toBe(1);
  });

  test("come by scope, in the ID token and in userinfo alike", async () => {
    const who = await scene.signIn();
    const tokens = await scene.tokens(app, who, { scope: "openid" });
    for (const claims of [tokens.claims, await (await scene.userinfo(tokens.access_token)).json<Record<string, unknown>>()]) {
      expect(Object.keys(claims)).toEqual(expect.arrayContaining(["sub", "sid", "org_id", "org_name", "idp", "auth_time"]));
      expect(claims).not.toHaveProperty("email");
      expect(claims).not.toHaveProperty("name");
    }
  });

  test("email_verified is ours: false for an address that nobody has vouched for", async () => {
    const who = visitor();
    const email = `new@personal-${crypto.randomUUID().slice(0, 8)}.example`;
    const password = "another long sentence that nobody has used";
    const mail = { "traits.email": email };
    await fillIn(who, `${scene.issuer}/registration`, { method: "profile", ...mail }, { method: "password", ...mail, password });
    const tokens = await scene.tokens(app, who);
    expect(tokens.claims).toMatchObject({ email, email_verified: false });
  });

  test("with pairwise subjects two apps cannot compare people, and each app always sees the same", async () => {
    const [one, two] = [
      await scene.app({ subjectType: "pairwise", redirectUris: ["https://one.example.com/callback"] }),
      await scene.app({ subjectType: "pairwise", redirectUris: ["https://two.example.com/callback"] }),
    ];
    const who = await scene.signIn();
    const [open, first, again, other] = [
      await scene.tokens(app, who),
      await scene.tokens(one, who),
      await scene.tokens(one, who),
      await scene.tokens(two, who),
    ];
    expect(new Set([open.claims.sub, first.claims.sub, other.claims.sub]).size).toBe(3);
    expect(again.claims.sub).toBe(first.claims.sub);
    expect(await (await scene.userinfo(first.access_token)).json()).toMatchObject({ sub: first.claims.sub });
    const introspected = await scene.post(one, "/oauth2/introspect", { token: first.access_token });
    expect(await introspected.json()).toMatchObject({ active: true, sub: first.claims.sub });
  });
});

describe("T121: a new proof that the person is there", () => {
  test("prompt=login asks the IdP for it, and the token has the new auth_time", async () => {
    const old = Math.floor(Date.now() / 1000) - 1000;
    const who = await scene.signIn(visitor(), scene.a.connection, { ...person(scene.a.domain), auth_time: old });
    expect((await scene.tokens(app, who)).claims["auth_time"]).toBe(old);
    const pending = await scene.request(app, { prompt: "login", organization: scene.a.organization.id });
    const asked = await scene.follow(who, pending.url);
    expect(asked.url.searchParams.get("prompt")).toBe("login");
    expect(asked.url.searchParams.get("max_age")).toBe("0");
    const { url } = await scene.follow(who, await scene.idpA.authorize(asked.url, person(scene.a.domain)));
    const tokens = await scene.redeem(app, { ...pending, callback: url });
    expect(tokens.claims["auth_time"]).toBeGreaterThan(old);
  });

  test("max_age that the session exceeds reaches the IdP; one that it keeps does not disturb the person", async () => {
    const old = Math.floor(Date.now() / 1000) - 1000;
    const who = await scene.signIn(visitor(), scene.a.connection, { ...person(scene.a.domain), auth_time: old });
    expect((await scene.tokens(app, who, { max_age: "10000" })).claims["auth_time"]).toBe(old);
    const asked = await scene.follow(who, (await scene.request(app, { max_age: "100", connection: scene.a.connection.id })).url);
    expect(asked.url.origin).toBe(scene.idpA.issuer);
    expect(asked.url.searchParams.get("max_age")).toBe("100");
    expect(
      (await scene.follow(who, (await scene.request(app, { max_age: "100", prompt: "none" })).url)).url.searchParams.get("error"),
    ).toBe("login_required");
  });

  test.each([
    ["an old auth_time", { auth_time: Math.floor(Date.now() / 1000) - 1000 }],
    ["none at all", { auth_time: undefined }],
  ])("an IdP that ignores the wish and asserts %s ends the login", async (_name, claims) => {
    const pending = await scene.request(app, { prompt: "login", connection: scene.a.connection.id });
    const { response, url } = await scene.through(visitor(), pending.url, scene.idpA, { ...person(scene.a.domain), ...claims });
    expect([url.origin, response.status]).toEqual([scene.issuer, 403]);
  });

  test("whoever takes the wish out of our own links gets no code either", async () => {
    const who = visitor();
    const pending = await scene.request(app, { prompt: "login", connection: scene.a.connection.id });
    const start = new URL((await who.get(pending.url)).headers.get("location") ?? "", scene.issuer);
    start.searchParams.delete("prompt");
    start.searchParams.delete("max_age");
    const stale = { ...person(scene.a.domain), auth_time: Math.floor(Date.now() / 1000) - 1000 };
    const { url } = await scene.through(who, start, scene.idpA, stale);
    expect(url.searchParams.get("error")).toBe("access_denied");
    expect(url.searchParams.has("code")).toBe(false);
  });

  test("and coming back without having signed in leads to the login again", async () => {
    const who = await scene.signIn();
    const pending = await scene.request(app, { prompt: "login" });
    const page = await scene.follow(who, pending.url);
    expect(page.url.pathname).toBe("/login");
    const again = await scene.follow(who, new URL(page.url.searchParams.get("return_to") ?? "", page.url));
    expect(again.url.pathname).toBe("/login");
  });

  test("select_account shows the login page to a person who is signed in", async () => {
    const who = await scene.signIn();
    const page = await scene.follow(
      who,
      (await scene.request(app, { prompt: "select_account", login_hint: `ada@${scene.a.domain}` })).url,
    );
    expect([page.url.pathname, page.response.status]).toEqual(["/login", 200]);
  });
});

test("T124: issuer, endpoints and links are the project's own, whatever host the request claims", async () => {
  const evil = { "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", Forwarded: "host=evil.example" };
  const document = await send(`${scene.issuer}/.well-known/openid-configuration`, { headers: evil });
  const text = await document.text();
  expect(text).not.toContain("evil.example");
  for (const url of text.match(/https?:[^"]+/g) ?? []) expect(new URL(url).origin).toBe(scene.issuer);
  const asked = await visitor().get((await scene.request(app)).url, evil);
  expect(asked.headers.get("location")).toMatch(/^\/login\?/);
});

/** Fills in the form of a page, and of the next one, as a person without scripts does. @returns where the browser goes on */
async function fillIn(who: Visitor, start: URL | string, ...steps: Record<string, string>[]): Promise<URL> {
  let url = new URL(start);
  for (const fields of steps) {
    const page = await scene.follow(who, url);
    const form = formOf(await page.response.text());
    const answer = await who.post(new URL(form.action, page.url), { ...form.fields, ...fields });
    const location = answer.headers.get("location");
    if (location === null) throw new Error(`no way on: ${answer.status}: ${await answer.text()}`);
    url = new URL(location, page.url);
  }
  return url;
}
