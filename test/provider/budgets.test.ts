// What a sign-in for an app costs, counted: D1 round trips and rows written (D1's own count, indexes included), once the isolate
// knows the project and its keys.

import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { countingEnv } from "../support/counting.ts";
import { createProviderScene, type Tokens } from "./scene.ts";

test("every step has its budget, and an anonymous visitor writes nothing", async () => {
  const scene = await createProviderScene();
  const app = await scene.app();
  const session = [...((await scene.signIn()).cookies.get(new URL(scene.issuer).host) ?? [])]
    .map((pair) => pair.join("="))
    .join("; ");
  const counted = countingEnv(env, { measureRows: true });
  const isolate = createApp();
  const step = async (input: string | URL, init: RequestInit = {}) => {
    const before = { ...counted.d1 };
    const answer = await isolate.fetch(new Request(input, { ...init, redirect: "manual" }), counted.env);
    const { roundTrips, rowsWritten } = counted.d1;
    return { answer, cost: { roundTrips: roundTrips - before.roundTrips, rowsWritten: rowsWritten - before.rowsWritten } };
  };
  const post = (path: string, form: Record<string, string>) =>
    step(`${scene.issuer}${path}`, {
      method: "POST",
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        Authorization: `Basic ${btoa(`${app.client.id}:${app.secret}`)}`,
      },
      body: new URLSearchParams(form).toString(),
    });
  await step(`${scene.issuer}/.well-known/openid-configuration`);
  const discovery = await step(`${scene.issuer}/.well-known/openid-configuration`);

  const pending = await scene.request(app, { scope: "openid email offline_access" });
  const anonymous = await step(pending.url);
  const authorize = await step(pending.url, { headers: { Cookie: session } });
  const callback = new URL(authorize.answer.headers.get("location") ?? "");
  const redeem = await post("/oauth2/token", {
    grant_type: "authorization_code",
    code: callback.searchParams.get("code") ?? "",
    redirect_uri: app.client.redirectUris[0] ?? "",
    code_verifier: pending.verifier,
  });
  const tokens = await redeem.answer.json<Tokens>();
  const userinfo = await step(`${scene.issuer}/userinfo`, { headers: { Authorization: `Bearer ${tokens.access_token}` } });
  expect(userinfo.answer.status).toBe(200);
  const refresh = await post("/oauth2/token", { grant_type: "refresh_token", refresh_token: tokens.refresh_token ?? "" });
  expect(refresh.answer.status).toBe(200);
  const introspect = await post("/oauth2/introspect", { token: tokens.access_token });

  expect({
    discovery: discovery.cost,
    anonymous: anonymous.cost,
    authorize: authorize.cost,
    redeem: redeem.cost,
    userinfo: userinfo.cost,
    refresh: refresh.cost,
    introspect: introspect.cost,
  }).toEqual({
    discovery: { roundTrips: 0, rowsWritten: 0 },
    anonymous: { roundTrips: 1, rowsWritten: 0 },
    authorize: { roundTrips: 3, rowsWritten: 2 },
    redeem: { roundTrips: 5, rowsWritten: 3 },
    userinfo: { roundTrips: 3, rowsWritten: 0 },
    refresh: { roundTrips: 5, rowsWritten: 3 },
    introspect: { roundTrips: 4, rowsWritten: 0 },
  });
});
