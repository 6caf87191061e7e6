// A Worker that signs people in with OpenID Connect. Of Orgate it knows the address, and nothing else.

import { type Context, Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { csrf } from "hono/csrf";
import { base64url, EncryptJWT, jwtDecrypt } from "jose";
import * as oauth from "oauth4webapi";
import { type Person, pageHeaders, personPage, refusalPage, STYLE, welcomePage } from "../page.ts";

interface Bindings {
  /** Orgate's address. */
  ISSUER: string;
  CLIENT_ID: string;
  CLIENT_SECRET: string;
  /** Where this app is reached; taken from here and never from a request's headers. */
  APP_URL: string;
  /** 32 random bytes, base64url. */
  COOKIE_KEY: string;
}
type App = { Bindings: Bindings };

/** What has to be remembered between leaving for Orgate and coming back. */
type Login = { state: string; nonce: string; verifier: string };
/** The ID token proves at sign-out whose session is to end. */
type Session = { person: Person; idToken: string };

const NAME = "Hono app";
const LOGIN_COOKIE = "__Host-hono_app_login";
const SESSION_COOKIE = "__Host-hono_app_session";
/** Seconds. */
const LOGIN_LIFE = 600;
const SESSION_LIFE = 3600;

const app = new Hono<App>();

app.use(csrf());
app.use(async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(pageHeaders(c.env.ISSUER))) c.res.headers.set(name, value);
});

app.get("/style.css", (c) => c.body(STYLE, 200, { "Content-Type": "text/css" }));

app.get("/", async (c) => {
  const session = await unseal<Session>(c, SESSION_COOKIE);
  return c.html(session ? personPage(NAME, session.person) : welcomePage(NAME, "/login"));
});

app.get("/login", async (c) => {
  const server = await discover(c.env);
  const [state, nonce, verifier] = [oauth.generateRandomState(), oauth.generateRandomNonce(), oauth.generateRandomCodeVerifier()];
  await seal(c, LOGIN_COOKIE, { state, nonce, verifier }, LOGIN_LIFE);
  const url = new URL(server.authorization_endpoint ?? "");
  const parameters = {
    client_id: c.env.CLIENT_ID,
    redirect_uri: `${c.env.APP_URL}/callback`,
    response_type: "code",
    scope: "openid profile email",
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    ...(c.req.query("account") === "other" ? { prompt: "select_account" } : {}),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return c.redirect(url.href, 303);
});

app.get("/callback", async (c) => {
  const login = await unseal<Login>(c, LOGIN_COOKIE);
  deleteCookie(c, LOGIN_COOKIE, { path: "/", secure: true });
  if (!login) return refuse(c, "This sign-in was begun elsewhere, or too long ago.");
  try {
    await seal(c, SESSION_COOKIE, await redeem(c, login), SESSION_LIFE);
    return c.redirect("/", 303);
  } catch (error) {
    if (error instanceof oauth.AuthorizationResponseError && error.error === "access_denied") {
      return refuse(c, `You were not let in: ${error.error_description ?? "the sign-in was refused"}.`);
    }
    console.error("sign-in failed", error);
    return refuse(c, "The sign-in could not be completed.");
  }
});

/** Signs out here and at Orgate. */
app.post("/logout", async (c) => {
  const session = await unseal<Session>(c, SESSION_COOKIE);
  deleteCookie(c, SESSION_COOKIE, { path: "/", secure: true });
  const endpoint = (await discover(c.env)).end_session_endpoint;
  if (!session || endpoint === undefined) return c.redirect("/", 303);
  const url = new URL(endpoint);
  url.searchParams.set("id_token_hint", session.idToken);
  url.searchParams.set("client_id", c.env.CLIENT_ID);
  url.searchParams.set("post_logout_redirect_uri", `${c.env.APP_URL}/`);
  return c.redirect(url.href, 303);
});

export default app;

/** Answer -> code -> tokens. Throws when state, issuer, nonce, signature or anything else is not as it must be. */
async function redeem(c: Context<App>, { state, nonce, verifier }: Login): Promise<Session> {
  const server = await discover(c.env);
  const client = { client_id: c.env.CLIENT_ID };
  const answer = oauth.validateAuthResponse(server, client, new URL(c.req.url), state);
  const proof = oauth.ClientSecretBasic(c.env.CLIENT_SECRET);
  const uri = `${c.env.APP_URL}/callback`;
  const response = await oauth.authorizationCodeGrantRequest(server, client, proof, answer, uri, verifier, options(c.env));
  const checks = { expectedNonce: nonce, requireIdToken: true };
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, checks);
  await oauth.validateApplicationLevelSignature(server, response, options(c.env));
  const claims = oauth.getValidatedIdTokenClaims(tokens) as (oauth.IDToken & Record<string, string | undefined>) | undefined;
  if (!claims || tokens.id_token === undefined) throw new Error("no ID token");
  const { name, email, org_name: organization, idp } = claims;
  return { person: { name, email, organization, idp }, idToken: tokens.id_token };
}

let known: oauth.AuthorizationServer | undefined;

async function discover(env: Bindings): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(env.ISSUER);
  known ??= await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options(env)));
  return known;
}

/** Plain http is for an Orgate on this machine. */
function options({ ISSUER }: Bindings) {
  return { [oauth.allowInsecureRequests]: new URL(ISSUER).hostname === "localhost" };
}

function refuse(c: Context<App>, reason: string) {
  return c.html(refusalPage(NAME, reason, { label: "Try another account", href: "/login?account=other" }), 403);
}

/** The audience keeps a cookie from being used as another. */
async function seal(c: Context<App>, cookie: string, value: Login | Session, life: number): Promise<void> {
  const jwt = new EncryptJWT(value).setProtectedHeader({ alg: "dir", enc: "A256GCM" }).setAudience(cookie);
  const sealed = await jwt.setExpirationTime(`${life}s`).encrypt(base64url.decode(c.env.COOKIE_KEY));
  setCookie(c, cookie, sealed, { path: "/", secure: true, httpOnly: true, sameSite: "Lax", maxAge: life });
}

async function unseal<T>(c: Context<App>, cookie: string): Promise<T | undefined> {
  const checks = { audience: cookie, keyManagementAlgorithms: ["dir"], contentEncryptionAlgorithms: ["A256GCM"] };
  try {
    return (await jwtDecrypt<T>(getCookie(c, cookie) ?? "", base64url.decode(c.env.COOKIE_KEY), checks)).payload;
  } catch {
    return undefined;
  }
}
