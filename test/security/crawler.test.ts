// Every route × every method × {nobody, a session, an API key, the root key}: headers, caching, cookies, CORS, errors, and
// tricks with paths and methods. The routes come from the app itself, so that a new one is crawled without being named.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { type Scene, setScene } from "../selfservice/scene.ts";
import {
  createApiKey,
  createConnection,
  createOperator,
  putIdentity,
  putSession,
  ROOT_KEY,
  services,
  systemContext,
} from "../support/seed.ts";
import { withoutTokens } from "../support/without-tokens.ts";
import { consolePages, ROUTES, withConsoleMounts } from "./routes.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] as const;
type Method = (typeof METHODS)[number];
const BASE = "http://localhost:8787";

/**
 * What anybody may ask for; every other route is 401 without a credential, or sends to the operators' sign-in. The public
 * doors stand below `/console`, too.
 */
const PUBLIC_ROUTES = [
  "GET /",
  "GET /.well-known/jwks.json",
  "GET /.well-known/openid-configuration",
  "GET /assets/:name",
  "GET /branding/logo",
  "GET /branding/style.css",
  "GET /console/invitations/:token",
  "GET /console/setup",
  "GET /docs",
  "GET /error",
  "GET /healthz",
  "GET /login",
  "GET /oauth2/auth",
  "GET /oauth2/auth/:uid",
  "GET /oauth2/sessions/logout",
  "GET /openapi.json",
  "GET /readyz",
  "GET /registration",
  "GET /schemas",
  "GET /schemas/:id",
  "GET /self-service/errors",
  "GET /self-service/login/api",
  "GET /self-service/login/browser",
  "GET /self-service/login/flows",
  "GET /self-service/logout",
  "GET /self-service/methods/oidc/callback/:connectionId",
  "GET /self-service/methods/oidc/organization/:organizationId/callback/:connectionId",
  "GET /self-service/registration/api",
  "GET /self-service/registration/browser",
  "GET /self-service/registration/flows",
  "GET /self-service/sso",
  "GET /sessions/token-exchange",
  "GET /sso/connections/:connectionId/jwks.json",
  "GET /sso/start",
  "GET /sso/try",
  "DELETE /self-service/logout/api",
  "OPTIONS /oauth2/introspect",
  "OPTIONS /oauth2/par",
  "OPTIONS /oauth2/revoke",
  "OPTIONS /oauth2/token",
  "OPTIONS /userinfo",
  "POST /console/invitations/:token",
  "POST /console/setup",
  "POST /oauth2/auth",
  "POST /oauth2/introspect",
  "POST /oauth2/par",
  "POST /oauth2/revoke",
  "POST /oauth2/sessions/logout",
  "POST /oauth2/sessions/logout/confirm",
  "POST /oauth2/token",
  "POST /self-service/login",
  "POST /self-service/logout",
  "POST /self-service/registration",
  "POST /sso/connections/:connectionId/backchannel-logout",
];
const PUBLIC = Object.keys(withConsoleMounts(Object.fromEntries(PUBLIC_ROUTES.map((route) => [route, true]))));
const CONSOLE_PAGES = new Set(consolePages());
/** What may be kept by a browser or a proxy, and how. */
const CACHEABLE: Record<string, RegExp> = {
  "/assets/:name": /^(?:public, max-age=31536000, immutable|no-cache)$/,
  "/sso/connections/:connectionId/jwks.json": /^public, max-age=300$/,
  "/.well-known/jwks.json": /^public, max-age=300$/,
  "/.well-known/openid-configuration": /^public, max-age=300$/,
};
/** What is shown: nothing from elsewhere; a form that starts single sign-on may end at a provider over https. */
const PAGE_POLICY =
  /^default-src 'none'; ?script-src 'self'; ?style-src 'self'; ?img-src 'self' data:; ?connect-src 'self'; ?base-uri 'none'; ?object-src 'none'; ?form-action 'self'(?: https:)?; ?frame-ancestors 'none'$/;
const PAGE_PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=()";
/** What is not shown: nothing at all. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";
const OPEN_TO_OTHER_ORIGINS = [
  "/sso/connections/:connectionId/jwks.json",
  "/.well-known/jwks.json",
  "/.well-known/openid-configuration",
];
/** Where apps speak OAuth, errors are OAuth's: an error code and its description (RFC 6749, section 5.2). */
const OAUTH_ERRORS = /^[A-Z]+ (?:\/oauth2\/|\/userinfo$|(?:\/console)?\/sso\/connections\/:connectionId\/backchannel-logout$)/;

const app = createApp();
const routes = routesOf();
const paths = [...new Set(routes.map(({ path }) => path))];
let scene: Scene;
let session: string;
let apiKey: string;
let operator: string;
let siblingKey: string;
let siblingId: string;
let ids: Record<string, string>;

beforeAll(async () => {
  scene = await setScene();
  const { project, acme } = scene;
  const identityId = await putIdentity(project.id, { email: "ada@acme.example", organizationId: acme.id });
  session = await putSession(project.id, identityId, acme.connection);
  const own = await createApiKey(project);
  apiKey = own.key;
  operator = await createOperator({ all: "owner" });
  const sibling = await setScene();
  siblingId = sibling.project.id;
  siblingKey = (await createApiKey(sibling.project)).key;
  const redirectUris = ["https://app.example/callback"];
  const { client } = await services().clients.create(project.id, { redirectUris }, systemContext);
  await services().sessionTokens.put(project.id, "crawled", {}, systemContext);
  const signing = await createConnection(project, { tokenEndpointAuthMethod: "private_key_jwt", clientSecret: null });
  ids = {
    project_id: project.id,
    organization_id: acme.id,
    organizationId: acme.id,
    connection_id: acme.connection.id,
    connectionId: acme.connection.id,
    api_key_id: own.id,
    client_id: client.id,
    template_name: "crawled",
    name: "orgate.css",
    "/sso/connections/:connectionId/jwks.json": signing.id,
    "/schemas/:id": "default",
    "/admin/identities/:id": identityId,
    "/admin/identities/:id/sessions": identityId,
    "/admin/clients/:id": client.id,
    "/projects/:project_id/session-token-templates/:template_name": "crawled",
  };
});

const PRINCIPALS = {
  nobody: (): Record<string, string> => ({}),
  "a session": () => ({ Cookie: `__Host-orgate_session=${session}` }),
  "an operator": () => ({ Cookie: `__Host-orgate_console_session=${operator}` }),
  "an API key": () => ({ Authorization: `Bearer ${apiKey}` }),
  "the root key": () => ({ Authorization: `Bearer ${ROOT_KEY}` }),
};

describe.each(Object.keys(PRINCIPALS) as (keyof typeof PRINCIPALS)[])("crawled by %s", (principal) => {
  test.each(METHODS)("%s: headers, caching, cookies, CORS and errors (T83, T84, T87, T88, T123)", async (method) => {
    for (const path of paths) {
      for (const accept of ["application/json", "text/html"]) {
        const answer = await ask(method, path, { ...PRINCIPALS[principal](), Accept: accept });
        const where = `${principal}: ${method} ${path} as ${accept} → ${answer.status}`;
        expectHeaders(answer, where);
        expectCaching(answer, path, where);
        expectCors(answer, path, where);
        await expectBody(answer, method, path, where);
      }
    }
  });
});

describe("who may", () => {
  test("without a credential everything that is not declared public is 401, whatever the method (T88)", async () => {
    const open: string[] = [];
    for (const { method, path } of routes) {
      const answer = await ask(method, path, {});
      await answer.body?.cancel();
      const isPage = CONSOLE_PAGES.has(`${method} ${path}`);
      const sentAway = isPage && answer.status === 303 && answer.headers.get("Location")?.startsWith("/console/login?");
      if (answer.status !== 401 && !sentAway) open.push(`${method} ${path}`);
    }
    const declared = new Set(PUBLIC);
    expect(open.filter((route) => !declared.has(route))).toEqual([]);
    expect(PUBLIC.filter((route) => !routes.some(({ method, path }) => `${method} ${path}` === route))).toEqual([]);
    for (const path of paths.filter((p) => p.startsWith("/projects") || p.startsWith("/admin"))) {
      for (const method of METHODS) expect((await ask(method, path, {})).status, `${method} ${path}`).toBe(401);
    }
  });

  test("every described operation is a route, and every management and admin route is described (T88)", async () => {
    const document = (await (await ask("GET", "/openapi.json", {})).json()) as { paths: Record<string, object> };
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(.+?)\}/g, ":$1")}`),
    );
    const mounted = routes
      .filter(({ path }) => path.startsWith("/projects") || path.startsWith("/admin"))
      .map(({ method, path }) => `${method} ${path}`);
    expect(described.sort()).toEqual(mounted.sort());
  });

  test("HEAD is answered like GET, without a body, or not at all (T88)", async () => {
    for (const path of paths) {
      const asked = { ...PRINCIPALS["the root key"](), Accept: "application/json" };
      const [head, get] = [await ask("HEAD", path, asked), await ask("GET", path, asked)];
      expect(await head.text(), path).toBe("");
      await get.body?.cancel();
      if (head.status === 405) continue;
      expect(head.status, path).toBe(get.status);
      expect(head.headers.get("Content-Type"), path).toBe(get.headers.get("Content-Type"));
    }
  });
});

describe("tricks with paths and methods (T88, CVE-2026-47676, CVE-2026-29045)", () => {
  /** Spellings of `/projects…` and `/admin…` that are not the plain path. */
  const spellings = (path: string) => {
    const [, first = "", ...rest] = path.split("/");
    const tail = rest.length > 0 ? `/${rest.join("/")}` : "";
    return [
      `//${first}${tail}`,
      `/${first}/${tail}`,
      `/${first}${tail}/`,
      `/${first}${tail}//`,
      `/${first.toUpperCase()}${tail}`,
      `/${first}/..;${path}`,
      `/..;${path}`,
      `/.;${path}`,
      `/login/..;${path}`,
      `/login/../${first}${tail}`,
      `/login/%2e%2e${path}`,
      `/./${first}${tail}`,
      `/${first}%2f${tail.slice(1)}`,
      `/${first}%2F${tail.slice(1)}`,
      `/%2f${first}${tail}`,
      `/%5c${first}${tail}`,
      `/\\${first}${tail}`,
      `/%${first.charCodeAt(0).toString(16)}${first.slice(1)}${tail}`,
      `/%25${first.charCodeAt(0).toString(16)}${first.slice(1)}${tail}`,
      `/${first};x=1${tail}`,
      `/${first}%00${tail}`,
      `/${first}%20${tail}`,
      `/${first}.json${tail}`,
      `/${first}${tail}?x=/login`,
      `/${first}${tail}#/login`,
      `/login?/${first}${tail}`,
    ];
  };
  /** Each with a body that the route would take. */
  const targets = () => [
    { url: BASE, path: "/projects", body: { name: "taken over", slug: "taken-over" } },
    { url: BASE, path: `/projects/${scene.project.id}`, body: { name: "taken over" } },
    { url: BASE, path: `/projects/${scene.project.id}/connections/${scene.acme.connection.id}`, body: { label: "taken over" } },
    { url: scene.origin, path: "/admin/identities", body: { schema_id: "default", traits: { email: "eve@evil.example" } } },
    {
      url: scene.origin,
      path: `/admin/identities/${ids["/admin/identities/:id"]}`,
      body: { schema_id: "default", traits: { email: "eve@evil.example" }, state: "active" },
    },
  ];
  const outsiders = () => ({
    nobody: PRINCIPALS.nobody(),
    "a session": PRINCIPALS["a session"](),
    "a session as a key": { Authorization: `Bearer ${session}` },
    "another project's key": { Authorization: `Bearer ${siblingKey}` },
  });

  test.each(["GET", "POST", "PUT", "PATCH", "DELETE"] as const)("%s by no spelling gets an outsider in", async (method) => {
    const before = await dump();
    for (const { url, path, body } of targets()) {
      for (const spelling of [path, ...spellings(path)]) {
        for (const [who, headers] of Object.entries(outsiders())) {
          const answer = await app.fetch(
            new Request(`${url}${spelling}`, {
              method,
              headers: { ...headers, ...(method === "GET" || method === "DELETE" ? {} : { "Content-Type": "application/json" }) },
              ...(method === "GET" || method === "DELETE" ? {} : { body: JSON.stringify(body) }),
            }),
            env,
          );
          const text = await answer.text();
          const where = `${method} ${spelling} by ${who} → ${answer.status}`;
          for (const theirs of [scene.acme.id, "Acme", "ada@acme.example"])
            expect(withoutTokens(text), where).not.toContain(theirs);
          const isOwnListing = who === "another project's key" && /"projects"/.test(text);
          const isPage = new URL(`${url}${spelling}`).pathname === "/login";
          if (!isOwnListing && !isPage) expect(answer.status, where).toBeGreaterThanOrEqual(400);
          expect(answer.status, where).toBeLessThan(500);
        }
      }
    }
    expect(await dump()).toEqual(before);
  });

  test.each([
    "X-HTTP-Method-Override",
    "X-HTTP-Method",
    "X-Method-Override",
    "X-Original-Method",
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-Forwarded-Host",
    "X-Forwarded-Prefix",
    "Forwarded",
  ])("%s changes neither method, path nor host, not even with the root key", async (header) => {
    const project = `/projects/${scene.project.id}`;
    const values = ["DELETE", project, "/projects", `host=${new URL(scene.origin).host}`, new URL(scene.origin).host];
    for (const value of values) {
      const read = await app.fetch(
        new Request(`${BASE}${project}?_method=DELETE`, { headers: { ...PRINCIPALS["the root key"](), [header]: value } }),
        env,
      );
      expect([read.status, (await read.json<{ id: string }>()).id]).toEqual([200, scene.project.id]);
      for (const method of ["GET", "POST"]) {
        const bare = await app.fetch(new Request(`${BASE}/healthz`, { method, headers: { [header]: value } }), env);
        expect(bare.status).toBe(method === "GET" ? 200 : 404);
      }
    }
    const still = await app.fetch(new Request(`${BASE}${project}`, { headers: PRINCIPALS["the root key"]() }), env);
    expect(still.status).toBe(200);
  });

  test("a credential in another place than its own is none", async () => {
    const misplaced: Record<string, string>[] = [
      { Cookie: `Authorization=Bearer ${ROOT_KEY}` },
      { Cookie: `ory_session_ory=${ROOT_KEY}` },
      { "X-Api-Key": ROOT_KEY },
      { "X-Session-Token": ROOT_KEY },
      { "Proxy-Authorization": `Bearer ${ROOT_KEY}` },
      { Authorization: `Basic ${btoa(`root:${ROOT_KEY}`)}` },
      { Authorization: ROOT_KEY },
      { Authorization: `Bearer ${ROOT_KEY}, Bearer x` },
      { Authorization: `Bearer ${ROOT_KEY.toUpperCase()}` },
    ];
    for (const headers of misplaced) {
      for (const path of ["/projects", `/projects/${siblingId}`, "/admin/identities"]) {
        expect((await ask("GET", path, headers)).status, JSON.stringify(headers)).toBe(401);
      }
    }
    expect((await ask("GET", `/projects?access_token=${ROOT_KEY}&key=${ROOT_KEY}`, {})).status).toBe(401);
  });
});

function expectHeaders(answer: Response, where: string): void {
  const header = (name: string) => answer.headers.get(name);
  expect(answer.status, where).toBeLessThan(500);
  expect(header("X-Content-Type-Options"), where).toBe("nosniff");
  expect(header("X-Frame-Options"), where).toBe("DENY");
  expect(header("Strict-Transport-Security"), where).toBe("max-age=63072000; includeSubDomains");
  expect(header("Cross-Origin-Resource-Policy"), where).toBe("same-origin");
  expect(header("Referrer-Policy"), where).toMatch(/^(?:no-referrer|same-origin)$/);
  for (const name of ["Server", "X-Powered-By", "Via"]) expect(header(name), where).toBeNull();
  const location = header("Location");
  const isRedirect = answer.status >= 300 && answer.status < 400;
  const isPage = !isRedirect && !/^application\/json\b/.test(header("Content-Type") ?? "application/json");
  expect(header("Cross-Origin-Opener-Policy"), where).toBe(isPage || isRedirect ? "same-origin" : null);
  expect(header("Permissions-Policy"), where).toBe(isPage ? PAGE_PERMISSIONS : null);
  if (isPage) expect(header("Content-Security-Policy"), where).toMatch(PAGE_POLICY);
  else expect(header("Content-Security-Policy"), where).toBe(DATA_POLICY);
  if (!/ \/(?:healthz|readyz) /.test(where)) expect(header("X-Request-Id"), where).toMatch(/^[0-9a-f-]{36}$/);
  if (location !== null) {
    const target = new URL(location, scene.origin);
    expect([scene.origin, BASE], where).toContain(target.origin);
  }
}

function expectCaching(answer: Response, path: string, where: string): void {
  const policy = answer.headers.get("Cache-Control") ?? "";
  const mayBeKept = answer.status === 200 && path in CACHEABLE;
  if (mayBeKept) expect(policy, where).toMatch(CACHEABLE[path] as RegExp);
  else expect(policy, where).toBe("no-store");
  if (policy !== "no-store") expect(answer.headers.getSetCookie(), where).toEqual([]);
  for (const line of answer.headers.getSetCookie()) {
    expect(line, where).toMatch(/^__Host-orgate_\w+=[^;]*;/);
    for (const part of ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"]) expect(line, where).toContain(`; ${part}`);
    expect(line, where).not.toMatch(/domain=/i);
  }
}

function expectCors(answer: Response, path: string, where: string): void {
  const granted = [...answer.headers].filter(([name]) => name.startsWith("access-control-"));
  const open = OPEN_TO_OTHER_ORIGINS.includes(path) && answer.status === 200;
  expect(granted, where).toEqual(open ? [["access-control-allow-origin", "*"]] : []);
}

async function expectBody(answer: Response, method: Method, path: string, where: string): Promise<void> {
  const route = `${method} ${path}`;
  const text = await answer.text();
  const type = answer.headers.get("Content-Type") ?? "";
  for (const secret of [ROOT_KEY, apiKey, session, operator, "client-secret-of-the-seed"])
    expect(text, where).not.toContain(secret);
  if (answer.status < 400 || method === "HEAD") return;
  if (type.startsWith("text/html")) {
    expect(where).toContain("text/html");
    expect(text, where).toMatch(/^<!doctype html>/);
    return;
  }
  expect(type, where).toMatch(/^application\/json(?:; charset=utf-8)?$/);
  const body = JSON.parse(text) as { error: Record<string, unknown> };
  if (OAUTH_ERRORS.test(route) && typeof body.error === "string") {
    expect(
      Object.keys(body).filter((key) => !["error", "error_description"].includes(key)),
      where,
    ).toEqual([]);
    return;
  }
  expect(Object.keys(body), where).toEqual(["error"]);
  expect(body.error, where).toMatchObject({ code: answer.status, request: answer.headers.get("X-Request-Id") });
  for (const field of ["id", "status", "reason", "message"]) expect(typeof body.error[field], where).toBe("string");
  expect(text, where).not.toMatch(/node_modules|\.ts:\d|SQLITE|D1_ERROR|ZodError|\bat \w+ \(/);
}

/** A request to a route of the app, its parameters filled in; what would destroy the scene or call a provider names things
 * that are not there. */
async function ask(method: Method, path: string, headers: Record<string, string>): Promise<Response> {
  const destroys = headers["Authorization"] !== undefined && (method === "DELETE" || path.endsWith("/check"));
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) =>
    destroys && name !== "project_id" ? crypto.randomUUID() : (ids[path] ?? ids[name] ?? crypto.randomUUID()),
  );
  const target = destroys && path === "/projects/:project_id" ? `/projects/${crypto.randomUUID()}` : filled;
  const url = `${/^\/(?:projects|console|docs|openapi)/.test(target) ? BASE : scene.origin}${target}`;
  // As a browser without cookies of another site would: with an Origin of its own.
  const origin = headers["Origin"] === undefined && method === "OPTIONS" ? { Origin: "https://evil.example" } : {};
  return app.fetch(new Request(url, { method, headers: { ...origin, ...headers }, redirect: "manual" }), env);
}

/** The routes that answer a method; middleware and "every other method" stand under ALL. */
function routesOf(): { method: Method; path: string }[] {
  const found = new Map<string, { method: Method; path: string }>();
  for (const { method, path } of ROUTES) {
    if (method !== "ALL") found.set(`${method} ${path}`, { method: method as Method, path });
  }
  return [...found.values()];
}

/** Every row that an outsider could have changed; that a key was used is written down too. */
async function dump(): Promise<Record<string, unknown>> {
  const tables = ["projects", "organizations", "connections", "identities", "sessions", "api_keys"];
  const rows = await env.DB.batch<Record<string, unknown>>(
    tables.map((table) => env.DB.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`)),
  );
  return Object.fromEntries(
    tables.map((table, i) => [table, rows[i]?.results.map(({ last_used_at: _, ...columns }) => columns)]),
  );
}
