// An app on Orgate's own host that has no login code: it asks Orgate whose session the visitor's cookie is, at every request,
// or once a minute and in between by a JWT that it checks itself.

import { type Context, Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { csrf } from "hono/csrf";
import { base64url, createRemoteJWKSet, type JWTPayload, jwtVerify } from "jose";
import { html, type Person, pageHeaders, personPage, STYLE, welcomePage } from "../page.ts";

interface Bindings {
  ORGATE_URL: string;
  /** Where this app is reached, and the audience of its JWTs. */
  APP_URL: string;
  /** Name of the session token template. */
  TEMPLATE: string;
}
type App = { Bindings: Bindings };

/** What the app reads of Orgate's answer. */
interface Whoami {
  identity: { organization_id: string | null; traits: { email?: string; name?: string } };
  authentication_methods: { provider?: string }[];
  tokenized?: string;
}

const NAME = "Session-cookie app";
/** Orgate's cookie, which comes here because the host is the same. */
const SESSION_COOKIE = "__Host-orgate_session";
const JWT_COOKIE = "__Host-session_app_jwt";

const app = new Hono<App>();

app.use(csrf());
app.use(async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(pageHeaders(c.env.ORGATE_URL))) c.res.headers.set(name, value);
});

app.get("/style.css", (c) => c.body(STYLE, 200, { "Content-Type": "text/css" }));

/** First way: every request asks Orgate. A session that has ended is over at once. */
app.get("/", async (c) => {
  const session = await whoami(c);
  if (!session) return c.html(welcomePage(NAME, signIn(c.env)));
  const { traits, organization_id } = session.identity;
  const person = { ...traits, organization: organization_id ?? undefined, idp: session.authentication_methods[0]?.provider };
  return c.html(personPage(NAME, person, html`<p class="note">Orgate was asked. <a href="/edge">With a JWT instead</a></p>`));
});

/** Second way: a JWT of the session, valid for a minute, is checked here. The end of a session is seen when it has run out. */
app.get("/edge", async (c) => {
  const kept = await readJwt(c);
  const claims = kept ?? (await fetchJwt(c));
  if (!claims) return c.html(welcomePage(NAME, signIn(c.env)));
  const { name, email, org_id: organization, idp } = claims as Omit<Person, "organization"> & { org_id?: string };
  const how = kept ? "The JWT was checked here; nobody was asked." : "Orgate was asked for a JWT.";
  return c.html(
    personPage(NAME, { name, email, organization, idp }, html`<p class="note">${how} <a href="/">Ask every time instead</a></p>`),
  );
});

/** Orgate ends its session, which is this app's as well, and sends the browser back. */
app.post("/logout", async (c) => {
  deleteCookie(c, JWT_COOKIE, { path: "/", secure: true });
  const returnTo = new URLSearchParams({ return_to: `${c.env.APP_URL}/` });
  const answer = await ask(c, `/self-service/logout/browser?${returnTo}`);
  return c.redirect(answer ? ((await answer.json()) as { logout_url: string }).logout_url : "/", 303);
});

export default app;

async function whoami(c: Context<App>, query = ""): Promise<Whoami | undefined> {
  return (await (await ask(c, `/sessions/whoami${query}`))?.json()) as Whoami | undefined;
}

/** Asks with the visitor's session cookie and no other. Undefined when it is nobody's. */
async function ask(c: Context<App>, path: string): Promise<Response | undefined> {
  const token = getCookie(c, SESSION_COOKIE);
  if (token === undefined) return undefined;
  const headers = { accept: "application/json", cookie: `${SESSION_COOKIE}=${token}` };
  const response = await fetch(`${c.env.ORGATE_URL}${path}`, { headers, redirect: "manual" });
  if (response.status === 401) return undefined;
  if (!response.ok) throw new Error(`Orgate answered ${response.status}`);
  return response;
}

/** Beside the JWT stands which session it was made for, so that the next person at this browser is never taken for the last. */
async function fetchJwt(c: Context<App>): Promise<JWTPayload | undefined> {
  const jwt = (await whoami(c, `?tokenize_as=${c.env.TEMPLATE}`))?.tokenized;
  if (jwt === undefined) return undefined;
  const claims = await verify(c.env, jwt);
  const maxAge = Math.max(1, (claims.exp ?? 0) - (claims.iat ?? 0));
  const options = { path: "/", secure: true, httpOnly: true, sameSite: "Lax", maxAge } as const;
  setCookie(c, JWT_COOKIE, `${await sessionDigest(c)}.${jwt}`, options);
  return claims;
}

async function readJwt(c: Context<App>): Promise<JWTPayload | undefined> {
  const [digest, ...jwt] = (getCookie(c, JWT_COOKIE) ?? "").split(".");
  if (getCookie(c, SESSION_COOKIE) === undefined || digest !== (await sessionDigest(c))) return undefined;
  return await verify(c.env, jwt.join(".")).catch(() => undefined);
}

let keys: ReturnType<typeof createRemoteJWKSet> | undefined;

async function verify({ ORGATE_URL, APP_URL }: Bindings, jwt: string): Promise<JWTPayload> {
  keys ??= createRemoteJWKSet(new URL(`${ORGATE_URL}/.well-known/jwks.json`));
  const checks = { issuer: ORGATE_URL, audience: APP_URL, typ: "JWT", algorithms: ["ES256"] };
  return (await jwtVerify(jwt, keys, checks)).payload;
}

async function sessionDigest(c: Context<App>): Promise<string> {
  const token = new TextEncoder().encode(getCookie(c, SESSION_COOKIE));
  return base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", token)));
}

function signIn({ ORGATE_URL, APP_URL }: Bindings): string {
  return `${ORGATE_URL}/login?${new URLSearchParams({ return_to: `${APP_URL}/` })}`;
}
