// Apps are told when a session of theirs ends, however it ends (OpenID Connect Back-Channel Logout 1.0; T122): the two modules
// of OpenID's conformance suite, repetition, and where such a word may go.

import { env } from "cloudflare:workers";
import { createLocalJWKSet, type JWTPayload, jwtVerify } from "jose";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { nightShift } from "../../src/jobs/night-shift.ts";
import { services, systemContext } from "../support/seed.ts";
import { type App, createProviderScene, type ProviderScene, send, type Tokens } from "./scene.ts";

const HOST = "app-back.example.com";
const URI = `https://${HOST}/logout`;
let scene: ProviderScene;
let app: App;
/** Bodies that the app got, and what it answers. */
let received: string[];
let answers: () => Response;

beforeAll(async () => {
  scene = await createProviderScene();
  scene.network.host(HOST, ({ body }) => {
    received.push(body);
    return answers();
  });
  app = await scene.app({ backchannelLogoutUri: URI, backchannelLogoutSessionRequired: true });
});
beforeEach(() => {
  received = [];
  answers = () => new Response(null, { status: 200 });
});
/** Words are sent after the answer: nothing of one test may reach the next. */
const told = (times: number) => expect.poll(() => received.length, { timeout: 20_000 }).toBe(times);
const nothingWaits = () => expect.poll(async () => (await waiting()).results, { timeout: 20_000 }).toEqual([]);

const signedIn = async (): Promise<{ who: Awaited<ReturnType<ProviderScene["signIn"]>>; tokens: Tokens }> => {
  const who = await scene.signIn();
  return { who, tokens: await scene.tokens(app, who) };
};
const waiting = () =>
  env.DB.prepare("SELECT attempts, due_at FROM logout_notices WHERE project_id = ?")
    .bind(scene.project.id)
    .all<{ attempts: number }>();
const verified = async (body: string | undefined): Promise<JWTPayload> => {
  const token = new URLSearchParams(body).get("logout_token") ?? "";
  const keys = createLocalJWKSet(await (await send(`${scene.issuer}/.well-known/jwks.json`)).json());
  return (await jwtVerify(token, keys, { issuer: scene.issuer, audience: app.client.id, typ: "logout+jwt" })).payload;
};

test("oidcc-backchannel-rp-initiated-logout-discovery-endpoint-verification", () => {
  expect(scene.server["backchannel_logout_supported"]).toBe(true);
  expect(scene.server["backchannel_logout_session_supported"]).toBe(true);
});

test("oidcc-backchannel-rp-initiated-logout, T122: a signed word about this very session", async () => {
  const { who, tokens } = await signedIn();
  await who.get(`${scene.issuer}/oauth2/sessions/logout?${new URLSearchParams({ id_token_hint: tokens.id_token })}`);
  await told(1);
  const claims = await verified(received[0]);
  expect(claims).toMatchObject({
    sub: tokens.claims.sub,
    sid: tokens.claims["sid"],
    events: { "http://schemas.openid.net/event/backchannel-logout": {} },
    jti: expect.any(String),
  });
  expect(claims).not.toHaveProperty("nonce");
  expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBeLessThanOrEqual(120);
  await nothingWaits();
});

describe("whoever ends it", () => {
  test.each<[string, (signed: Awaited<ReturnType<typeof signedIn>>) => Promise<unknown>]>([
    [
      "an operator",
      ({ tokens }) => services().sessions.revokeById(scene.project.id, String(tokens.claims["sid"]), systemContext),
    ],
    [
      "an operator, for all of a person's",
      ({ tokens }) => services().sessions.revokeAll(scene.project.id, tokens.claims.sub, systemContext),
    ],
    [
      "the person, at our own page",
      async ({ who }) => {
        const link = await (await who.get(`${scene.issuer}/self-service/logout/browser`, { Accept: "application/json" })).json<{
          logout_url: string;
        }>();
        await who.get(link.logout_url);
      },
    ],
  ])("%s", async (_name, end) => {
    const signed = await signedIn();
    await end(signed);
    await nothingWaits();
    const sessions = await Promise.all(received.map(async (body) => (await verified(body))["sid"]));
    expect(sessions).toContain(signed.tokens.claims["sid"]);
  });

  test("an app that the session never signed in to hears nothing", async () => {
    const who = await scene.signIn();
    await scene.tokens(await scene.app(), who);
    const whoami = await scene.whoami(who);
    await services().sessions.revokeById(scene.project.id, String(whoami.body["id"]), systemContext);
    expect(received).toEqual([]);
    expect((await waiting()).results).toEqual([]);
  });
});

describe("an app that does not answer", () => {
  test("is asked again, is told with a fresh token, and holds nobody up", async () => {
    const { who, tokens } = await signedIn();
    answers = () => new Response("no", { status: 500 });
    const answer = await who.get(
      `${scene.issuer}/oauth2/sessions/logout?${new URLSearchParams({ id_token_hint: tokens.id_token })}`,
    );
    expect(answer.status).toBe(200);
    await told(1);
    await nightShift(services().runtime);
    expect((await waiting()).results).toMatchObject([{ attempts: 1 }]);
    expect(received).toHaveLength(1);
    await due();
    answers = () => new Response(null, { status: 204 });
    await nightShift(services().runtime);
    expect(received).toHaveLength(2);
    expect((await verified(received[1])).jti).not.toBe((await verified(received[0])).jti);
    expect((await waiting()).results).toEqual([]);
  });

  test("is given up in the end, and the audit log says so", async () => {
    const { tokens } = await signedIn();
    answers = () => new Response(null, { status: 400 });
    await services().sessions.revokeById(scene.project.id, String(tokens.claims["sid"]), systemContext);
    await told(1);
    for (let attempt = 2; attempt <= 5; attempt += 1) {
      await due();
      await nightShift(services().runtime);
    }
    expect(received).toHaveLength(5);
    expect((await waiting()).results).toEqual([]);
    expect(await scene.events("provider.logout_undelivered")).toHaveLength(1);
  });

  test("an address inside is never called, even when it was stored before the rule (CVE-2026-55671)", async () => {
    const { tokens } = await signedIn();
    await env.DB.prepare("UPDATE clients SET backchannel_logout_uri = 'https://169.254.169.254/' WHERE id = ?")
      .bind(app.client.id)
      .run();
    await services().sessions.revokeById(scene.project.id, String(tokens.claims["sid"]), systemContext);
    await expect.poll(async () => (await waiting()).results[0]?.attempts, { timeout: 20_000 }).toBe(1);
    expect(scene.network.requests.filter(({ url }) => url.host.startsWith("169."))).toEqual([]);
  });

  const due = () => env.DB.prepare("UPDATE logout_notices SET due_at = 0").run();
});
