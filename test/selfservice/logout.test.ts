// The ways out, and the ways in which nobody else can send a person out.

import { env } from "cloudflare:workers";
import { Configuration, FrontendApi, ResponseError } from "@ory/client-fetch";
import { beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import { putIdentity, putProject } from "../support/rows.ts";
import { type SignedIn, signIn } from "../support/signed-in.ts";

const ORIGIN = "http://localhost:8787";
const HTML = { Accept: "text/html,application/xhtml+xml" };
const JSON_ONLY = { Accept: "application/json" };
const app = createApp();

function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return Promise.resolve(app.request(`${ORIGIN}${path}`, init, env));
}

let project: Project;

beforeAll(async () => {
  project = await putProject({ slug: "demo", name: "Demo", allowedReturnUrls: ["https://app.example"] });
});

async function person(): Promise<SignedIn & { identityId: string }> {
  const identity = await putIdentity(project.id, `${crypto.randomUUID()}@personal.example`);
  return { ...(await signIn(identity)), identityId: identity.id };
}

async function linkOf(someone: SignedIn, query = ""): Promise<{ logout_url: string; logout_token: string }> {
  const response = await ask(`/self-service/logout/browser${query}`, { headers: someone.browser });
  expect(response.status).toBe(200);
  return await response.json();
}

const isSignedIn = async (someone: SignedIn) => (await ask("/sessions/whoami", { headers: someone.native })).status === 200;

describe("logout by link", () => {
  test("a program gets 204, the session is gone, the cookie cleared, the event written", async () => {
    const ada = await person();
    const { logout_url, logout_token } = await linkOf(ada);
    expect(new URL(logout_url).searchParams.get("token")).toBe(logout_token);
    const response = await app.request(logout_url, { headers: { ...ada.browser, ...JSON_ONLY } }, env);
    expect(response.status).toBe(204);
    expect(response.headers.get("Set-Cookie")).toMatch(
      /^__Host-orgate_session=; Max-Age=0; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(await isSignedIn(ada)).toBe(false);
    const event = await env.DB.prepare("SELECT type, actor_id FROM events WHERE identity_id = ?").bind(ada.identityId).all();
    expect(event.results).toEqual([{ type: "logout.succeeded", actor_id: ada.identityId }]);
  });

  test("a browser is sent to the return target", async () => {
    const ada = await person();
    const { logout_url } = await linkOf(ada, "?return_to=https://app.example/bye");
    const response = await app.request(logout_url, { headers: { ...ada.browser, ...HTML } }, env);
    expect(response.status).toBe(303);
    expect(response.headers.get("Location")).toBe("https://app.example/bye");
    expect(await isSignedIn(ada)).toBe(false);
  });

  test("following the link again changes nothing", async () => {
    const ada = await person();
    const { logout_url } = await linkOf(ada);
    for (let times = 0; times < 2; times++) {
      expect((await app.request(logout_url, { headers: { ...ada.browser, ...JSON_ONLY } }, env)).status).toBe(204);
    }
  });

  test("without a session there is no link", async () => {
    expect((await ask("/self-service/logout/browser")).status).toBe(401);
  });

  test("a return target elsewhere is refused before anything happens (T76)", async () => {
    const ada = await person();
    const { logout_token } = await linkOf(ada);
    expect((await ask("/self-service/logout/browser?return_to=https://evil.example", { headers: ada.browser })).status).toBe(400);
    const path = `/self-service/logout?token=${logout_token}&return_to=https://evil.example`;
    const response = await ask(path, { headers: { ...ada.browser, ...JSON_ONLY } });
    expect(response.status).toBe(400);
    expect(response.headers.get("Location")).toBeNull();
    expect(await isSignedIn(ada)).toBe(true);
  });

  test("HEAD does not log out", async () => {
    const ada = await person();
    const { logout_url } = await linkOf(ada);
    expect((await app.request(logout_url, { method: "HEAD", headers: ada.browser }, env)).status).toBe(405);
    expect(await isSignedIn(ada)).toBe(true);
  });
});

describe("a link that another site made never ends a session (T82)", () => {
  const forged: [string, (eve: string) => string][] = [
    ["no token", () => ""],
    ["an empty token", () => "?token="],
    ["a made-up token", () => "?token=AAAA"],
    ["the token of the attacker's own session", (eve) => `?token=${eve}`],
  ];

  test.each(forged)("%s: a program gets 403", async (_, query) => {
    const ada = await person();
    const eve = await linkOf(await person());
    const response = await ask(`/self-service/logout${query(eve.logout_token)}`, { headers: { ...ada.browser, ...JSON_ONLY } });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: { id: "security_csrf_violation" } });
    expect(await isSignedIn(ada)).toBe(true);
  });

  test.each(forged)("%s: a browser is asked, and the answer of its own form counts", async (_, query) => {
    const ada = await person();
    const eve = await linkOf(await person());
    const response = await ask(`/self-service/logout${query(eve.logout_token)}`, { headers: { ...ada.browser, ...HTML } });
    expect(response.status).toBe(200);
    expect(response.headers.get("Referrer-Policy")).toBe("same-origin");
    expect(response.headers.get("Content-Security-Policy")).toContain("form-action 'self' https:;");
    expect(await isSignedIn(ada)).toBe(true);
    const token = /name="token" value="([^"]+)"/.exec(await response.text())?.[1] ?? "";
    const answer = await post(ada, { token, return_to: "/login" }, { Origin: ORIGIN, "Sec-Fetch-Site": "same-origin" });
    expect(answer.status).toBe(303);
    expect(answer.headers.get("Location")).toBe(`${ORIGIN}/login`);
    expect(await isSignedIn(ada)).toBe(false);
  });

  test("the form counts only from our own page, even with the right token", async () => {
    const ada = await person();
    const { logout_token } = await linkOf(ada);
    for (const headers of [{ Origin: "https://evil.example" }, { Origin: "null" }, { "Sec-Fetch-Site": "cross-site" }]) {
      expect((await post(ada, { token: logout_token }, { Origin: ORIGIN, ...headers })).status).toBe(403);
    }
    expect(await isSignedIn(ada)).toBe(true);
  });

  test("the token of one project does not serve in another", async () => {
    const ada = await person();
    await putProject({ slug: "second" });
    const { logout_token } = await linkOf(ada);
    const elsewhere = `http://second.localhost:8787/self-service/logout?token=${logout_token}`;
    expect((await app.request(elsewhere, { headers: { ...ada.browser, ...JSON_ONLY } }, env)).status).toBe(403);
    expect(await isSignedIn(ada)).toBe(true);
  });

  function post(someone: SignedIn, fields: Record<string, string>, headers: Record<string, string>): Promise<Response> {
    return ask("/self-service/logout", {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { ...someone.browser, ...HTML, ...headers, "Content-Type": "application/x-www-form-urlencoded" },
    });
  }
});

describe("native logout", () => {
  const remove = (body: string, headers: Record<string, string> = { "Content-Type": "application/json" }) =>
    ask("/self-service/logout/api", { method: "DELETE", body, headers });

  test("ends the session whose token is in the body; repeating it is fine", async () => {
    const ada = await person();
    for (let times = 0; times < 2; times++) {
      expect((await remove(JSON.stringify({ session_token: ada.token }))).status).toBe(204);
    }
    expect(await isSignedIn(ada)).toBe(false);
  });

  test.each([
    ["no token", "{}", 403],
    ["something else than a token", '{"session_token":"x"}', 403],
    ["a token that is no string", '{"session_token":{"a":1}}', 403],
    ["no object", "null", 403],
    ["no JSON", "{", 400],
  ])("%s is refused", async (_, body, status) => {
    expect((await remove(body)).status).toBe(status);
  });

  test("a body that a form could send is not read (T81)", async () => {
    const ada = await person();
    const body = JSON.stringify({ session_token: ada.token });
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/csp-report", ""]) {
      expect((await remove(body, { "Content-Type": type })).status).toBe(415);
    }
    expect(await isSignedIn(ada)).toBe(true);
  });

  test("an expired session can still be logged out, and another project's token ends nothing", async () => {
    const elsewhere = await putProject({ slug: "third" });
    const eve = await signIn(await putIdentity(elsewhere.id, null));
    expect((await remove(JSON.stringify({ session_token: eve.token }))).status).toBe(204);
    const there = await app.request("http://third.localhost:8787/sessions/whoami", { headers: eve.native }, env);
    expect(there.status).toBe(200);
    const old = await signIn(await putIdentity(project.id, null), { expiresAt: Date.now() - 1 });
    expect((await remove(JSON.stringify({ session_token: old.token }))).status).toBe(204);
    const row = await env.DB.prepare("SELECT count(*) AS n FROM sessions WHERE id = ?").bind(old.session.id).first();
    expect(row).toEqual({ n: 0 });
  });
});

describe("the unmodified @ory/client-fetch", () => {
  const client = new FrontendApi(
    new Configuration({
      basePath: ORIGIN,
      fetchApi: (url: string, init: RequestInit) => Promise.resolve(app.request(url, init, env)),
    }),
  );

  test("reads, lists, ends and leaves sessions", async () => {
    const identity = await putIdentity(project.id, "sdk@personal.example", {
      traits: { email: "sdk@personal.example", name: "S" },
    });
    const [here, there, third] = [await signIn(identity), await signIn(identity), await signIn(identity)];
    const session = await client.toSession({ xSessionToken: here.token });
    expect(session.identity?.traits).toEqual({ email: "sdk@personal.example", name: "S" });
    expect(session.authentication_methods?.[0]?.method).toBe("password");

    const others = await client.listMySessions({ xSessionToken: here.token });
    expect(others.map((other) => other.id)).toEqual([there.session.id, third.session.id]);
    await client.disableMySession({ id: there.session.id, xSessionToken: here.token });
    expect(await client.disableMyOtherSessions({ xSessionToken: here.token })).toEqual({ count: 1 });

    await client.performNativeLogout({ performNativeLogoutBody: { session_token: here.token } });
    const after = await client.toSession({ xSessionToken: here.token }).catch((error: unknown) => error);
    expect(after).toBeInstanceOf(ResponseError);
    expect((after as ResponseError).response.status).toBe(401);
  });

  test("logs a browser out by its cookie", async () => {
    const ada = await person();
    const flow = await client.createBrowserLogoutFlow({ cookie: ada.browser.Cookie });
    await client.updateLogoutFlow({ token: flow.logout_token, cookie: ada.browser.Cookie });
    expect(await isSignedIn(ada)).toBe(false);
  });
});
