// An Express app that signs people in with OpenID Connect, and is told by Orgate when their session ends.

import express, { type Request, type Response } from "express";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as client from "openid-client";
import { type Person, pageHeaders, personPage, refusalPage, STYLE, welcomePage } from "../page.ts";
import { createStore } from "./store.ts";

const ISSUER = variable("ISSUER");
const CLIENT_ID = variable("CLIENT_ID");
/** Where this app is reached; taken from here and never from a request's headers. */
const APP_URL = variable("APP_URL");
const REDIRECT_URI = `${APP_URL}/callback`;

const NAME = "Express app";
const LOGIN_COOKIE = "__Host-express_app_login";
const SESSION_COOKIE = "__Host-express_app_session";
/** Milliseconds. */
const LOGIN_LIFE = 600_000;
const SESSION_LIFE = 8 * 3_600_000;
/** OpenID Connect Back-Channel Logout 1.0, section 2.4. */
const LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout";

/** What has to be remembered between leaving for Orgate and coming back. */
const logins = createStore<{ state: string; nonce: string; verifier: string }>(LOGIN_LIFE, 10_000);
/** `sub` and `sid` are what a logout token names; the ID token proves at sign-out whose session is to end. */
const sessions = createStore<{ person: Person; sub: string; sid: unknown; idToken: string }>(SESSION_LIFE, 100_000);

// Plain http is for an Orgate on this machine.
const local = /(^|\.)localhost$/.test(new URL(ISSUER).hostname) ? [client.allowInsecureRequests] : [];
const proof = client.ClientSecretBasic(variable("CLIENT_SECRET"));
const execute = [...local, client.enableNonRepudiationChecks];
const orgate = await client.discovery(new URL(ISSUER), CLIENT_ID, undefined, proof, { execute });
const keys = createRemoteJWKSet(new URL(orgate.serverMetadata().jwks_uri ?? ""));

const app = express();
app.disable("x-powered-by");
app.use((_request, response, next) => {
  response.set(pageHeaders(ISSUER));
  next();
});

app.get("/style.css", (_request, response) => response.type("css").send(STYLE));

app.get("/", (request, response) => {
  const session = sessions.get(cookie(request, SESSION_COOKIE));
  response.send(session ? personPage(NAME, session.person) : welcomePage(NAME, "/login"));
});

app.get("/login", async (request, response) => {
  const [state, nonce, verifier] = [client.randomState(), client.randomNonce(), client.randomPKCECodeVerifier()];
  setCookie(response, LOGIN_COOKIE, logins.add({ state, nonce, verifier }), LOGIN_LIFE);
  const parameters = {
    redirect_uri: REDIRECT_URI,
    scope: "openid profile email",
    state,
    nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    ...(request.query["account"] === "other" ? { prompt: "select_account" } : {}),
  };
  response.redirect(303, client.buildAuthorizationUrl(orgate, parameters).href);
});

app.get("/callback", async (request, response) => {
  const login = logins.take(cookie(request, LOGIN_COOKIE));
  setCookie(response, LOGIN_COOKIE, "", 0);
  if (!login) return refuse(response, "This sign-in was begun elsewhere, or too long ago.");
  try {
    const tokens = await client.authorizationCodeGrant(orgate, new URL(request.originalUrl, APP_URL), {
      pkceCodeVerifier: login.verifier,
      expectedState: login.state,
      expectedNonce: login.nonce,
      idTokenExpected: true,
    });
    const claims = tokens.claims() as client.IDToken & Record<string, string | undefined>;
    const { name, email, org_name: organization, idp, sub, sid } = claims;
    const session = { person: { name, email, organization, idp }, sub, sid, idToken: tokens.id_token ?? "" };
    setCookie(response, SESSION_COOKIE, sessions.add(session), SESSION_LIFE);
    response.redirect(303, "/");
  } catch (error) {
    if (error instanceof client.AuthorizationResponseError && error.error === "access_denied") {
      return refuse(response, `You were not let in: ${error.error_description ?? "the sign-in was refused"}.`);
    }
    console.error("sign-in failed", error);
    refuse(response, "The sign-in could not be completed.");
  }
});

/** Signs out here and at Orgate. */
app.post("/logout", (request, response) => {
  if (request.get("Origin") !== APP_URL) return response.sendStatus(403);
  const session = sessions.take(cookie(request, SESSION_COOKIE));
  setCookie(response, SESSION_COOKIE, "", 0);
  if (!session) return response.redirect(303, "/");
  const parameters = { id_token_hint: session.idToken, post_logout_redirect_uri: `${APP_URL}/` };
  response.redirect(303, client.buildEndSessionUrl(orgate, parameters).href);
});

/** Orgate says that a session has ended, or all of a person's (OpenID Connect Back-Channel Logout 1.0, section 2.6). */
app.post("/backchannel-logout", express.urlencoded({ extended: false, limit: "16kb" }), async (request, response) => {
  try {
    const checks = { issuer: ISSUER, audience: CLIENT_ID, maxTokenAge: "2m", clockTolerance: 10, algorithms: ["ES256", "RS256"] };
    const { payload } = await jwtVerify(String(request.body?.logout_token), keys, { ...checks, typ: "logout+jwt" });
    const { events, nonce, sub, sid } = payload as { events?: object; nonce?: unknown; sub?: string; sid?: string };
    if (!events || !(LOGOUT_EVENT in events) || nonce !== undefined || !(sub || sid)) throw new Error("not a logout token");
    sessions.deleteWhere((session) => (sid ? session.sid === sid : session.sub === sub));
    response.sendStatus(200);
  } catch (error) {
    console.error("logout token refused", error);
    response.status(400).json({ error: "invalid_request" });
  }
});

app.listen(Number(new URL(APP_URL).port), "127.0.0.1", (error) => {
  if (error) throw error;
});

function refuse(response: Response, reason: string): void {
  response.status(403).send(refusalPage(NAME, reason, { label: "Try another account", href: "/login?account=other" }));
}

function setCookie(response: Response, name: string, value: string, maxAge: number): void {
  response.cookie(name, value, { path: "/", secure: true, httpOnly: true, sameSite: "lax", maxAge });
}

function cookie(request: Request, name: string): string | undefined {
  const pairs = (request.get("Cookie") ?? "").split(/; */).map((pair) => pair.split("="));
  return pairs.find(([key]) => key === name)?.[1];
}

function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}
