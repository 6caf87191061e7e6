// The paths of programs and operators: the management API with a project's key, the console's list, and sign-ins for apps.

import { env } from "cloudflare:workers";
import type { Budget } from "../../bench/budgets.ts";
import { createApp } from "../../src/app.ts";
import type { App, ProviderScene, Tokens } from "../provider/scene.ts";
import { CONSOLE_COOKIE } from "../support/console.ts";
import { createVisitor, type Visitor } from "../support/visitor.ts";
import { expectStatus } from "./login-paths.ts";
import { measure, newIsolate } from "./meter.ts";

type Costs = Record<string, Budget>;

const app = createApp();

/** Pages of 25 organizations; `name` is of the one that is made. */
export async function managementPaths(scene: ProviderScene, key: string, name: string): Promise<Costs> {
  const isolate = newIsolate(env);
  const path = `${env.BASE_URL}/projects/${scene.project.id}/organizations`;
  const ask = async (url: string, status: number, body?: unknown) => {
    const init = {
      method: body === undefined ? "GET" : "POST",
      headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const { answer, cost } = await measure(
      isolate,
      scene.network,
      async () => await app.fetch(new Request(url, init), isolate.env),
    );
    expectStatus(answer, status);
    return cost;
  };
  await ask(`${path}?page_size=1`, 200);
  const domains = [`${name}-a.example`, `${name}-b.example`];
  return {
    createOrganization: await ask(path, 201, { label: `Made ${name}`, domains }),
    listOrganizations: await ask(`${path}?page_size=25`, 200),
  };
}

/** The console's list of organizations, for an operator who is signed in. */
export async function consolePaths(scene: ProviderScene, operatorToken: string): Promise<Costs> {
  const isolate = newIsolate(env);
  const visitor = createVisitor(isolate.env);
  visitor.cookies.set(new URL(env.BASE_URL).host, new Map([[CONSOLE_COOKIE, operatorToken]]));
  const open = () => visitor.get(`${env.BASE_URL}/console/projects/${scene.project.id}/organizations`);
  await open();
  const { answer, cost } = await measure(isolate, scene.network, open);
  expectStatus(answer, 200);
  return { consoleOrganizations: cost };
}

/** A sign-in for an app by somebody who is signed in, in an isolate that knows the project and its keys. */
export async function providerPaths(scene: ProviderScene, relying: App, signedIn: Visitor): Promise<Costs> {
  const isolate = newIsolate(env);
  const host = new URL(scene.issuer).host;
  const cookie = [...(signedIn.cookies.get(host) ?? [])].map((pair) => pair.join("=")).join("; ");
  const step = async (url: string | URL, init: RequestInit, status: number) => {
    const request = new Request(url, { ...init, redirect: "manual" });
    const measured = await measure(isolate, scene.network, async () => await app.fetch(request, isolate.env));
    expectStatus(measured.answer, status);
    return measured;
  };
  const get = (path: string | URL, headers: Record<string, string> = {}, status = 200) =>
    step(new URL(path, scene.issuer), { headers: { "CF-Connecting-IP": "203.0.113.1", ...headers } }, status);
  const post = (path: string, form: Record<string, string>) => {
    const headers = {
      "Content-Type": "application/x-www-form-urlencoded",
      Authorization: `Basic ${btoa(`${relying.client.id}:${relying.secret}`)}`,
    };
    return step(`${scene.issuer}${path}`, { method: "POST", headers, body: new URLSearchParams(form).toString() }, 200);
  };

  const jwksIsolateCold = await get("/.well-known/jwks.json");
  const jwks = await get("/.well-known/jwks.json");
  await get("/.well-known/openid-configuration");
  const discovery = await get("/.well-known/openid-configuration");
  const pending = await scene.request(relying, { scope: "openid email offline_access" });
  const authorizeAnonymous = await get(pending.url, {}, 303);
  const authorize = await get(pending.url, { Cookie: cookie }, 303);
  const callback = new URL(authorize.answer.headers.get("location") ?? "");
  const token = await post("/oauth2/token", {
    grant_type: "authorization_code",
    code: callback.searchParams.get("code") ?? "",
    redirect_uri: relying.client.redirectUris[0] ?? "",
    code_verifier: pending.verifier,
  });
  const tokens = await token.answer.clone().json<Tokens>();
  const userinfo = await get("/userinfo", { Authorization: `Bearer ${tokens.access_token}` });
  const refresh = await post("/oauth2/token", { grant_type: "refresh_token", refresh_token: tokens.refresh_token ?? "" });
  const introspect = await post("/oauth2/introspect", { token: tokens.access_token });
  const measured = { jwks, jwksIsolateCold, discovery, authorizeAnonymous, authorize, token, userinfo, refresh, introspect };
  return Object.fromEntries(Object.entries(measured).map(([path, { cost }]) => [path, cost]));
}
