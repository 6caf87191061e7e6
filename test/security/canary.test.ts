// Canaries: every secret of a walk through the whole service is known to the test, and is then looked for in every answer,
// in every line of the log, in D1 and in KV. Each may stand in the one place it is made for, and nowhere else.

import { env } from "cloudflare:workers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { nightShift } from "../../src/jobs/night-shift.ts";
import { createScene, person, type Scene } from "../login/scene.ts";
import { countingEnv } from "../support/counting.ts";
import { ROOT_KEY, services } from "../support/seed.ts";
import { createVisitor, type Visitor } from "../support/visitor.ts";
import { d1Contents, kvContents } from "./contents.ts";
import { allOperations, allRoutes, fill } from "./routes.ts";

const CLIENT_SECRET = "canary-client-secret-vQ2x";
const SECOND_SECRET = "canary-client-secret-rotated-Zw81";
const PASSWORD = "canary password of ours 4711";
const WRONG_PASSWORD = "canary password that is wrong 0815";
const ACCESS_TOKEN = "canary-access-token-8d7f";

interface Sighting {
  /** Which request of the walk, and which part of its answer. */
  where: string;
  text: string;
}

/** Everything that went out. */
const answers: Sighting[] = [];
const log: string[] = [];
/** Secrets by name, as the walk learned them; a name may have several. */
const secrets = new Map<string, Set<string>>();
const learn = (name: string, secret: string | null | undefined) => {
  if (!secret) throw new Error(`the walk did not learn ${name}`);
  secrets.set(name, (secrets.get(name) ?? new Set()).add(secret));
};

let scene: Scene;
const counted = countingEnv(env);

/** Sends, and keeps what came back under a name. */
async function walk(visitor: Visitor, name: string, url: string | URL, init: RequestInit = {}) {
  const answer = await visitor.send(url, init);
  const body = await answer.clone().text();
  answers.push({ where: `${name}: body`, text: body });
  for (const [header, value] of answer.headers) answers.push({ where: `${name}: ${header}`, text: value });
  return { answer, body, json: () => JSON.parse(body) };
}

const json = (method: string, body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method,
  headers: { "Content-Type": "application/json", ...headers },
  body: JSON.stringify(body),
});
const root = { Authorization: `Bearer ${ROOT_KEY}` };
const management = (name: string, method: string, path: string, body?: unknown) =>
  walk(
    createVisitor(counted.env),
    name,
    `http://localhost:8787/projects/${scene.project.id}${path}`,
    body === undefined ? { method, headers: root } : json(method, body, root),
  );

beforeAll(async () => {
  for (const level of ["log", "info", "warn", "error", "debug"] as const) {
    vi.spyOn(console, level).mockImplementation((...parts: unknown[]) => void log.push(parts.map(String).join(" ")));
  }
  scene = await createScene(counted.env);
  learn("root key", ROOT_KEY);
  learn("encryption key", env.ENCRYPTION_KEYS.split(":")[1]);
  learn("client secret", CLIENT_SECRET);
  learn("client secret", SECOND_SECRET);
  learn("password", PASSWORD);
  learn("password", WRONG_PASSWORD);
  learn("access token", ACCESS_TOKEN);
  scene.idpA.client({ client_id: "client-1", client_secret: CLIENT_SECRET });
  await manage();
  await signInByProvider();
  await providerFaults();
  await signInByPassword();
  await storeFaults();
  await misplaced();
  await nightShift(services().runtime);
}, 60_000);

afterAll(() => scene.network.restore());

async function manage(): Promise<void> {
  const connection = `/connections/${scene.a.connection.id}`;
  await management("set secret", "PATCH", connection, { client_secret: CLIENT_SECRET });
  await management("create connection", "POST", "/connections", {
    issuer_url: "https://other.test",
    client_id: "x",
    client_secret: SECOND_SECRET,
  });
  await management("create connection with a key pair", "POST", "/connections", {
    issuer_url: "https://other.test",
    client_id: "x",
    token_endpoint_auth_method: "private_key_jwt",
  });
  await management("check", "POST", `${connection}/check`);
  const made = await management("create API key", "POST", "/api-keys", { name: "canary" });
  learn("API key", made.json().key);
  await apps();
  const url = `http://localhost:8787/projects/${scene.project.id}`;
  await walk(createVisitor(counted.env), "use API key", url, { headers: { Authorization: `Bearer ${made.json().key}` } });
  await management("revoke API key", "DELETE", `/api-keys/${made.json().id}`);
  await walk(createVisitor(counted.env), "use revoked key", url, { headers: { Authorization: `Bearer ${made.json().key}` } });
}

/** An app whose secret is made and rotated, and the keys that sign for it. */
async function apps(): Promise<void> {
  const clients = `${scene.origin}/admin/clients`;
  const body = { redirect_uris: ["https://app.example/callback"] };
  const made = (await walk(createVisitor(counted.env), "create app", clients, json("POST", body, root))).json();
  learn("app secret", made.client_secret);
  const one = `${clients}/${made.client_id}`;
  const rotate = { method: "POST", headers: root };
  learn(
    "app secret",
    (await walk(createVisitor(counted.env), "rotate app secret", `${one}/secrets/rotate`, rotate)).json().client_secret,
  );
  await walk(createVisitor(counted.env), "get app", one, { headers: root });
  await walk(createVisitor(counted.env), "list apps", clients, { headers: root });
  await walk(createVisitor(counted.env), "change app", one, json("PUT", { ...body, client_name: "Changed" }, root));
  await management("list signing keys", "GET", "/signing-keys");
  await management("rotate signing keys", "POST", "/signing-keys/rotate", {});
  await walk(createVisitor(counted.env), "key set", `${scene.origin}/.well-known/jwks.json`);
  for (const { d } of await services().signingKeys.privateJwks(scene.project.id)) learn("signing key", d);
}

/** A login up to the callback; learns what it carries. */
async function comeBack(visitor: Visitor, name: string): Promise<URL> {
  const start = await walk(visitor, `${name} start`, `${scene.origin}/sso/start?connection=${scene.a.connection.id}`);
  const location = new URL(start.answer.headers.get("location") ?? "");
  learn("state", location.searchParams.get("state"));
  learn("nonce", location.searchParams.get("nonce"));
  const callback = await scene.idpA.authorize(location, person(scene.a.domain));
  learn("code", callback.searchParams.get("code"));
  return callback;
}

function learnFromProvider(): void {
  for (const { body } of scene.idpA.to("token")) learn("verifier", new URLSearchParams(body).get("code_verifier"));
}

async function signInByProvider(): Promise<void> {
  scene.idpA.mutate({
    tokenResponse: { access_token: ACCESS_TOKEN },
    claims: { at_hash: undefined },
    idToken: (token) => {
      learn("ID token", token);
      learn("ID token", token.split(".")[2]);
      return token;
    },
  });
  const visitor = scene.visitor;
  const callback = await comeBack(visitor, "sso");
  await walk(visitor, "sso callback", callback, { headers: { Accept: "text/html" } });
  learnFromProvider();
  const token = visitor.cookies.get(callback.host)?.get("__Host-orgate_session");
  learn("session token", token);
  await walk(visitor, "sso callback again", callback, { headers: { Accept: "text/html" } });
  for (const path of ["/", "/login", "/sessions/whoami", "/sessions", "/self-service/login/browser", "/no-such-page"]) {
    await walk(visitor, path, `${scene.origin}${path}`, { headers: { Accept: "text/html" } });
  }
  const logout = await walk(visitor, "logout link", `${scene.origin}/self-service/logout/browser`);
  learn("logout token", logout.json().logout_token);
  await walk(visitor, "logout", logout.json().logout_url, { headers: { Accept: "text/html" } });
}

/** A provider that fails, and repeats what it was told while it does. */
async function providerFaults(): Promise<void> {
  const echo = (status: number) => (request: { body: string; headers: Headers }) =>
    Response.json(
      {
        error: status === 401 ? "invalid_client" : "server_error",
        error_description: `${request.body} ${request.headers.get("Authorization")} ${CLIENT_SECRET}`,
        error_uri: `https://idp.test/?${CLIENT_SECRET}`,
      },
      { status },
    );
  const faults: [name: string, mutation: Parameters<Scene["idpA"]["mutate"]>[0]][] = [
    ["token endpoint refuses", { faults: { token: echo(401) } }],
    ["token endpoint fails", { faults: { token: echo(500) } }],
    ["token endpoint answers with a page", { faults: { token: () => new Response(`<p>${CLIENT_SECRET}</p>`) } }],
    ["wrong nonce", { claims: { nonce: "another", at_hash: undefined } }],
    ["broken signature", { idToken: (token) => `${token.slice(0, -8)}AAAAAAAA` }],
    ["not a token", { idToken: () => `no.${CLIENT_SECRET}.token` }],
  ];
  for (const [name, mutation] of faults) {
    const visitor = createVisitor(counted.env);
    scene.idpA.mutate({ tokenResponse: { access_token: ACCESS_TOKEN }, claims: { at_hash: undefined }, ...mutation });
    await walk(visitor, `${name}: callback`, await comeBack(visitor, name), { headers: { Accept: "text/html" } });
  }
  learnFromProvider();
  scene.idpA.mutate({});
}

async function signInByPassword(): Promise<void> {
  const visitor = createVisitor(counted.env, "198.51.100.7");
  const begin = async (kind: string) =>
    (await walk(visitor, `${kind} flow`, `${scene.origin}/self-service/${kind}/api`)).json().id as string;
  const submit = async (name: string, kind: string, fields: object) => {
    const url = `${scene.origin}/self-service/${kind}?flow=${await begin(kind)}`;
    return await walk(visitor, name, url, json("POST", { method: "password", ...fields }));
  };
  const identifier = "canary@personal.example";
  const registered = await submit("registration", "registration", { traits: { email: identifier }, password: PASSWORD });
  learn("session token", registered.json().session_token);
  const again = await submit("registration again", "registration", { traits: { email: identifier }, password: PASSWORD });
  expect(again.answer.status).toBe(400);
  await submit("wrong password", "login", { identifier, password: WRONG_PASSWORD });
  await submit("organization's address", "login", { identifier: `ada@${scene.a.domain}`, password: PASSWORD });
  const token = (await submit("login", "login", { identifier, password: PASSWORD })).json().session_token;
  learn("session token", token);
  await walk(visitor, "whoami", `${scene.origin}/sessions/whoami`, { headers: { "X-Session-Token": token } });
  await walk(visitor, "logout api", `${scene.origin}/self-service/logout/api`, json("DELETE", { session_token: token }));
  const created = await walk(
    visitor,
    "create identity",
    `${scene.origin}/admin/identities`,
    json(
      "POST",
      { traits: { email: "made@personal.example" }, credentials: { password: { config: { password: PASSWORD } } } },
      root,
    ),
  );
  expect(created.answer.status).toBe(201);
}

/** Stores that fail while they hold a secret: a driver's error carries the values it was given. */
async function storeFaults(): Promise<void> {
  for (const fault of ["fail-before", "overloaded", "fail-after"] as const) {
    counted.faults.d1 = "ok";
    const visitor = createVisitor(counted.env);
    const callback = await comeBack(visitor, `D1 ${fault}`);
    counted.faults.d1 = fault;
    counted.faults.d1Only = (sql) => /insert into "(?:sessions|connections|password_credentials|api_keys)"/i.test(sql);
    await walk(visitor, `D1 ${fault}: callback`, callback, { headers: { Accept: "text/html" } });
    await management(`D1 ${fault}: create connection`, "POST", "/connections", {
      issuer_url: "https://other.test",
      client_id: "x",
      client_secret: SECOND_SECRET,
    });
    await management(`D1 ${fault}: create API key`, "POST", "/api-keys", { name: "canary" });
  }
  learnFromProvider();
  counted.reset();
}

/** Secrets in requests that are refused: an error never repeats them. */
async function misplaced(): Promise<void> {
  const ids = { project_id: scene.project.id, organization_id: scene.a.organization.id, connection_id: scene.a.connection.id };
  for (const { method, path, body, name } of await allOperations()) {
    if (!body) continue;
    const origin = path.startsWith("/admin") ? scene.origin : "http://localhost:8787";
    for (const hostile of [
      { client_secret: [CLIENT_SECRET], password: PASSWORD, session_token: CLIENT_SECRET },
      { credentials: { password: { config: { password: { text: PASSWORD } } } }, label: 1, name: 1 },
      { client_secret: `${CLIENT_SECRET}\n`, issuer_url: 1 },
    ]) {
      const sent = await walk(createVisitor(env), name, `${origin}${fill(path, ids)}`, json(method, hostile, root));
      expect([name, sent.answer.status < 500 && sent.answer.status >= 400]).toEqual([name, true]);
    }
  }
  for (const route of allRoutes()) {
    const [method = "", path = ""] = route.split(" ");
    const url = `${scene.origin}${fill(path, ids)}?password=${encodeURIComponent(PASSWORD)}&client_secret=${CLIENT_SECRET}`;
    const headers = { Authorization: `Basic ${CLIENT_SECRET}`, "X-Session-Token": CLIENT_SECRET };
    const sent = method === "GET" ? { headers } : json(method, { password: PASSWORD, client_secret: CLIENT_SECRET }, headers);
    // A page repeats the path's own query nowhere, but a link of a list may: those need a key.
    await walk(createVisitor(env), route, url, sent);
  }
}

/** Where a secret may stand. Everything else is a disclosure. */
const MADE_FOR: Record<string, RegExp> = {
  "API key": /^create API key: body$/,
  "app secret": /^(?:create app|rotate app secret): body$/,
  state: / start: location$/,
  nonce: / start: location$/,
  "session token": /^(?:(?:sso callback|D1 fail-after: callback): set-cookie|(?:login|registration): body)$/,
  "logout token": /^(?:logout link|\/): body$/,
};

const NAMES = [
  "root key",
  "encryption key",
  "client secret",
  "password",
  "access token",
  "ID token",
  "code",
  "verifier",
  "state",
  "nonce",
  "session token",
  "logout token",
  "API key",
  "app secret",
  "signing key",
];

test("T101: the walk met every kind of secret, and every kind is looked for", () => {
  expect([...secrets.keys()].sort()).toEqual([...NAMES].sort());
  expect(answers.length).toBeGreaterThan(500);
  expect(log.length).toBeGreaterThan(10);
});

test.each(NAMES)("T101: %s stands in no answer but the one that it is made for", (name) => {
  const found = answers.filter(({ text }) => holds(text, name)).map(({ where }) => where);
  expect(found.filter((where) => !MADE_FOR[name]?.test(where))).toEqual([]);
});

test("T101: what the walk should find, it finds: the search is not blind", () => {
  for (const name of Object.keys(MADE_FOR)) expect([name, answers.some(({ text }) => holds(text, name))]).toEqual([name, true]);
});

test.each(NAMES)("T101: %s stands in no line of the log", (name) => {
  expect(log.filter((line) => holds(line, name))).toEqual([]);
});

test("T101, T102: none stands in D1 or KV in a form that can be read", async () => {
  const rows = Object.entries(await d1Contents()).flatMap(([table, all]) => all.map((row) => `${table}: ${row}`));
  const stored = [...rows, ...(await kvContents())];
  expect(rows.length).toBeGreaterThan(50);
  for (const name of NAMES) expect([name, stored.filter((text) => holds(text, name))]).toEqual([name, []]);
});

test("T101: e-mail addresses stand in no line of the log and in no event", async () => {
  const { events } = await d1Contents();
  for (const text of [...log, ...(events ?? [])]) expect(text).not.toMatch(/canary@|made@|ada@/);
});

/** Whether the text has a secret of this kind, as it is or as encodings leave it. */
function holds(text: string, name: string): boolean {
  return [...(secrets.get(name) ?? [])].some((secret) =>
    [secret, encodeURIComponent(secret), secret.replaceAll(" ", "+"), btoa(secret).replaceAll("=", "")].some((form) =>
      text.includes(form),
    ),
  );
}
