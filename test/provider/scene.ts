// A project with organizations and IdPs (test/login/scene.ts) and apps that sign people in through it, inside workerd.

import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import * as oauth from "oauth4webapi";
import { createApp } from "../../src/app.ts";
import type { Client } from "../../src/domain/clients/client.ts";
import type { ClientFields } from "../../src/domain/clients/rules.ts";
import type { Connection } from "../../src/domain/connections/connection.ts";
import { createScene, person, type Scene } from "../login/scene.ts";
import type { Idp, IdpUser } from "../support/idp/idp.ts";
import { connectNetwork } from "../support/idp/network.ts";
import { services, systemContext } from "../support/seed.ts";
import { createVisitor, type Visitor } from "../support/visitor.ts";

export const CALLBACK = "https://app.example.com/callback";

/** An app as its developers have it. */
export interface App {
  client: Client;
  secret: string;
  /** For oauth4webapi. */
  oauth: oauth.Client;
  auth: oauth.ClientAuth;
}

/** What an app keeps between its two halves of a sign-in. */
export interface Pending {
  state: string;
  nonce: string;
  verifier: string;
  url: URL;
}

export interface Tokens {
  access_token: string;
  id_token: string;
  refresh_token?: string;
  expires_in: number;
  scope: string;
  claims: oauth.IDToken;
}

export interface ProviderScene extends Scene {
  issuer: string;
  /** The network ends at this scene's IdPs again, after another scene has been made. */
  connect(): void;
  server: oauth.AuthorizationServer;
  app(fields?: ClientFields): Promise<App>;
  /** An authorization request, with everything a careful app sends. A member that is undefined is left out. */
  request(app: App, params?: Record<string, string | undefined>): Promise<Pending>;
  /** Sends the browser there and follows it through our own pages, until it leaves or has to do something. */
  follow(visitor: Visitor, url: URL | string): Promise<{ response: Response; url: URL }>;
  /** Sends the browser there, through the IdP it is sent to, and on: to the app, or to the page where it ends. */
  through(visitor: Visitor, url: URL, idp: Idp, user: IdpUser): Promise<{ response: Response; url: URL }>;
  /** Signs a person in through an IdP, without an app. */
  signIn(visitor?: Visitor, connection?: Connection, user?: IdpUser): Promise<Visitor>;
  /** The whole of a sign-in whose person is signed in already: from the request to the app's callback. */
  code(app: App, visitor: Visitor, params?: Record<string, string | undefined>): Promise<Pending & { callback: URL }>;
  /** Redeems a callback as oauth4webapi does, with all its checks. */
  redeem(app: App, callback: Pending & { callback: URL }): Promise<Tokens>;
  tokens(app: App, visitor: Visitor, params?: Record<string, string | undefined>): Promise<Tokens>;
  userinfo(accessToken: string): Promise<Response>;
  /** A request of the app's own to one of the endpoints, authenticated as it is registered. */
  post(app: App, path: string, form: Record<string, string>): Promise<Response>;
}

const app = createApp();

/** Requests that no browser makes. */
export async function send(input: string | URL, init: RequestInit = {}): Promise<Response> {
  const context = createExecutionContext();
  const answer = await app.fetch(new Request(input, { ...init, redirect: "manual" }), env, context);
  await waitOnExecutionContext(context);
  return answer;
}

export const options = {
  [oauth.customFetch]: (url: string, init: RequestInit) => send(url, init),
  [oauth.allowInsecureRequests]: true,
} as const;

export async function createProviderScene(): Promise<ProviderScene> {
  const scene = await createScene();
  const issuer = scene.origin;
  const discovered = await oauth.discoveryRequest(new URL(issuer), { ...(options as object) });
  const server = await oauth.processDiscoveryResponse(new URL(issuer), discovered);

  async function registerApp(fields: ClientFields = {}): Promise<App> {
    const { client, secret } = await services().clients.create(
      scene.project.id,
      { name: "App", redirectUris: [CALLBACK], grantTypes: ["authorization_code", "refresh_token"], ...fields },
      systemContext,
    );
    const auth = secret === undefined ? oauth.None() : authOf(client, secret);
    const known = { client_id: client.id, id_token_signed_response_alg: client.idTokenSignedResponseAlg };
    return { client, secret: secret ?? "", oauth: known, auth };
  }

  const request: ProviderScene["request"] = async (asking, params = {}) => {
    const [state, nonce, verifier] = [
      oauth.generateRandomState(),
      oauth.generateRandomNonce(),
      oauth.generateRandomCodeVerifier(),
    ];
    const url = new URL(server.authorization_endpoint ?? "");
    const all: Record<string, string | undefined> = {
      client_id: asking.client.id,
      redirect_uri: asking.client.redirectUris[0],
      response_type: "code",
      scope: "openid profile email",
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      ...params,
    };
    for (const [name, value] of Object.entries(all)) if (value !== undefined) url.searchParams.set(name, value);
    return { state, nonce, verifier, url };
  };

  const follow: ProviderScene["follow"] = async (visitor, start) => {
    let url = new URL(start);
    for (let hop = 0; hop < 10; hop += 1) {
      const response = await visitor.get(url);
      const location = response.headers.get("location");
      if (location === null) return { response, url };
      url = new URL(location, url);
      if (url.origin !== issuer) return { response, url };
    }
    throw new Error(`sent around for ever, at last to ${url}`);
  };

  const through: ProviderScene["through"] = async (visitor, start, idp, user) => {
    const asked = await follow(visitor, start);
    if (asked.url.origin !== idp.issuer) throw new Error(`not sent to the IdP but to ${asked.url}`);
    return follow(visitor, await idp.authorize(asked.url, user));
  };

  const signIn: ProviderScene["signIn"] = async (
    visitor = createVisitor(env),
    connection = scene.a.connection,
    user = person(connection.id === scene.a.connection.id ? scene.a.domain : scene.b.domain),
  ) => {
    const answer = await scene.login(connection, user, visitor);
    if (answer.status !== 303) throw new Error(`login answered ${answer.status}: ${await answer.text()}`);
    return visitor;
  };

  const code: ProviderScene["code"] = async (asking, visitor, params) => {
    const pending = await request(asking, params);
    const { url, response } = await follow(visitor, pending.url);
    if (url.origin === issuer) throw new Error(`no code: ${response.status} at ${url}: ${await response.text()}`);
    return { ...pending, callback: url };
  };

  const redeem: ProviderScene["redeem"] = async (asking, { callback, state, nonce, verifier }) => {
    const params = oauth.validateAuthResponse(server, asking.oauth, callback, state);
    const redirectUri = asking.client.redirectUris[0] ?? "";
    const answer = await oauth.authorizationCodeGrantRequest(
      server,
      asking.oauth,
      asking.auth,
      params,
      redirectUri,
      verifier,
      options as object,
    );
    const result = await oauth.processAuthorizationCodeResponse(server, asking.oauth, answer, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    // A copy, because the library remembers keys by the object.
    await oauth.validateApplicationLevelSignature({ ...server }, answer, options as object);
    return { ...(result as unknown as Tokens), claims: oauth.getValidatedIdTokenClaims(result) as oauth.IDToken };
  };

  return {
    ...scene,
    issuer,
    connect: () => void connectNetwork(scene.idpA, scene.idpB),
    server,
    app: registerApp,
    request,
    follow,
    through,
    signIn,
    code,
    redeem,
    tokens: async (asking, visitor, params) => redeem(asking, await code(asking, visitor, params)),
    userinfo: (accessToken) => send(`${issuer}/userinfo`, { headers: { Authorization: `Bearer ${accessToken}` } }),
    async post(asking, path, form) {
      const headers = new Headers({ "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" });
      const body = new URLSearchParams(form);
      await asking.auth(server, asking.oauth, body, headers);
      return send(`${issuer}${path}`, { method: "POST", headers, body: body.toString() });
    },
  };
}

function authOf(client: Client, secret: string): oauth.ClientAuth {
  return client.tokenEndpointAuthMethod === "client_secret_post"
    ? oauth.ClientSecretPost(secret)
    : oauth.ClientSecretBasic(secret);
}
