// A bare relying party: Hono, oauth4webapi, one D1 row for the client's configuration, sealed cookies. Metadata and keys are
// remembered for as long as the isolate lives. It makes the checks that the library makes, the signature of the ID token among
// them, and none beyond: no tenants, no gate, no linking, no session table, no single use, no audit. Under /kept it has the last
// three, and still nothing else: a login that is consumed before its code is redeemed, a session that can be ended, a line of a log.

import { and, eq } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { type Context, Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import * as oauth from "oauth4webapi";
import { openCookie, sealCookie } from "./cookie.ts";
import { connections, keptEvents, keptSessions, keptTransactions } from "./tables.ts";
import type { FloorsEnv } from "./worker.ts";

const COOKIE = { path: "/", secure: true, httpOnly: true, sameSite: "Lax" } as const;
const HTTP = { [oauth.allowInsecureRequests]: true } as const;

const servers = new Map<string, oauth.AuthorizationServer>();
const keys: oauth.JWKSCacheInput = {};

type FloorsContext = Context<{ Bindings: FloorsEnv }>;

export const relyingParty = new Hono<{ Bindings: FloorsEnv }>();

for (const path of ["/start", "/kept/start"]) relyingParty.get(path, start);

relyingParty.get("/callback", async (c) => {
  const transaction = await openTransaction(c);
  const { sub, email } = await signIn(c, transaction, await configuration(c, transaction["connection"] ?? ""));
  deleteCookie(c, "transaction", COOKIE);
  setCookie(c, "session", (await sealCookie({ sub, email })).value, COOKIE);
  return c.redirect("/", 303);
});

relyingParty.get("/kept/callback", async (c) => {
  const transaction = await openTransaction(c);
  const now = Date.now();
  const db = drizzle(c.env.DB);
  const [consumed, [row]] = await db.batch([
    db
      .insert(keptTransactions)
      .values({ state: transaction["state"] ?? "", at: now })
      .onConflictDoNothing()
      .returning(),
    configured(db, c.env.PROJECT_ID, transaction["connection"] ?? ""),
  ]);
  if (consumed.length === 0 || !row) throw new Error("there is no such login");
  const { sub } = await signIn(c, transaction, row);
  const token = oauth.generateRandomState();
  const hash = Buffer.from(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token))).toString("hex");
  await db.batch([
    db.insert(keptSessions).values({ hash, sub, at: now }),
    db.insert(keptEvents).values({ id: crypto.randomUUID(), type: "login.succeeded", sub, at: now }),
  ]);
  deleteCookie(c, "transaction", COOKIE);
  setCookie(c, "session", token, COOKIE);
  return c.redirect("/", 303);
});

async function start(c: FloorsContext) {
  const row = await configuration(c, c.req.query("connection") ?? "");
  const server = await discover(row.issuerUrl);
  const [state, nonce, verifier] = [oauth.generateRandomState(), oauth.generateRandomNonce(), oauth.generateRandomCodeVerifier()];
  const url = new URL(server.authorization_endpoint ?? "");
  url.search = new URLSearchParams({
    client_id: row.clientId,
    redirect_uri: redirectUri(c),
    response_type: "code",
    scope: "openid email",
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  }).toString();
  setCookie(c, "transaction", (await sealCookie({ connection: row.id, state, nonce, verifier })).value, COOKIE);
  return c.redirect(url.href, 303);
}

async function openTransaction(c: FloorsContext) {
  return (await openCookie(getCookie(c, "transaction") ?? "")) as Record<string, string>;
}

/** Redeems the code. @returns who that is */
async function signIn(c: FloorsContext, transaction: Record<string, string>, row: typeof connections.$inferSelect) {
  const server = await discover(row.issuerUrl);
  const client: oauth.Client = { client_id: row.clientId, id_token_signed_response_alg: "ES256" };
  const params = oauth.validateAuthResponse(server, client, new URL(c.req.url), transaction["state"] ?? "");
  const answer = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.ClientSecretBasic(row.clientSecret),
    params,
    redirectUri(c),
    transaction["verifier"] ?? "",
    HTTP,
  );
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
    expectedNonce: transaction["nonce"] ?? "",
    requireIdToken: true,
  });
  await oauth.validateApplicationLevelSignature(server, answer, { ...HTTP, [oauth.jwksCache]: keys });
  const claims = oauth.getValidatedIdTokenClaims(tokens);
  return { sub: claims?.sub ?? "", email: claims?.["email"] };
}

async function configuration(c: FloorsContext, id: string) {
  const [row] = await configured(drizzle(c.env.DB), c.env.PROJECT_ID, id);
  if (!row) throw new Error("there is no such connection");
  return row;
}

function configured(db: DrizzleD1Database, projectId: string, id: string) {
  return db
    .select()
    .from(connections)
    .where(and(eq(connections.projectId, projectId), eq(connections.id, id)));
}

async function discover(issuer: string): Promise<oauth.AuthorizationServer> {
  let server = servers.get(issuer);
  if (!server) {
    const url = new URL(issuer);
    server = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, HTTP));
    servers.set(issuer, server);
  }
  return server;
}

function redirectUri(c: FloorsContext): string {
  const { origin, pathname } = new URL(c.req.url);
  return `${origin}${pathname.replace(/[^/]+$/, "callback")}`;
}
