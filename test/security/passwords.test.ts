// Passwords from outside, over HTTP: what the answers tell about accounts (T92), how much work they cost (T93), how
// guessing is slowed down (T94, T95), and which passwords are taken (T96).

import { env } from "cloudflare:workers";
import { scryptSync } from "node:crypto";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import * as scrypt from "../../src/crypto/scrypt.ts";
import { attemptKeys, networkOf, PASSWORD_RULES } from "../../src/domain/login/attempts.ts";
import { passwordCredentials } from "../../src/storage/schema.ts";
import { browser, call, formOf, PASSWORD, type Scene, setScene, spa, values } from "../selfservice/scene.ts";
import { countingEnv } from "../support/counting.ts";
import { database, putIdentity } from "../support/rows.ts";
import { services } from "../support/seed.ts";
import { createVisitor } from "../support/visitor.ts";

/** The cost of every scrypt that ran, as `ln,r,p`. */
const spent: string[] = [];
const TODAY = "14,8,5";
let scene: Scene;
let foreign: Scene;
beforeAll(async () => {
  scene = await setScene();
  foreign = await setScene();
  const { id } = await person("acct-exists@personal.example");
  await putPassword(id, todaysHash());
  const disabled = await person("acct-offline@personal.example", { state: "inactive" });
  await putPassword(disabled.id, todaysHash());
  await person("acct-nopass.@personal.example".replace(".@", "@"));
  const imported = await person("acct-import@personal.example");
  await putPassword(imported.id, hashWith(2 ** 10, 8, 1, "ln=10,r=8,p=1"));
  const broken = await person("acct-broken@personal.example");
  await putPassword(broken.id, "$2b$12$notOurs");
  const elsewhere = await putIdentity(foreign.project.id, "acct-abroad@personal.example");
  await database.commit([
    database.query
      .insert(passwordCredentials)
      .values({ projectId: foreign.project.id, identityId: elsewhere.id, hash: todaysHash(), createdAt: 0, updatedAt: 0 }),
  ]);
});
beforeEach(() => {
  spent.length = 0;
  const { scryptKey } = scrypt;
  vi.spyOn(scrypt, "scryptKey").mockImplementation((...args) => {
    const { ln, r, p } = args[2];
    spent.push([ln, r, p].join());
    return scryptKey(...args);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** All of one length, so that not even that may differ. */
const KINDS = {
  "no account": "acct-absent@personal.example",
  "an account": "acct-exists@personal.example",
  "a deactivated account": "acct-offline@personal.example",
  "an account without a password": "acct-nopass@personal.example",
  "an account with an imported weaker hash": "acct-import@personal.example",
  "an account with an unusable hash": "acct-broken@personal.example",
  "an account of another project": "acct-abroad@personal.example",
};

describe("every public route answers the same for every kind of account (T92)", () => {
  const wrong = "not the right password";
  const routes: Record<string, (email: string) => Promise<Response>> = {
    "GET /self-service/sso": (email) => browser().get(at(`/self-service/sso?identifier=${email}`)),
    "GET /sso/start by address": (email) => browser().get(at(`/sso/start?email=${email}`)),
    "GET /login with a hint": (email) => browser().get(at(`/login?login_hint=${email}`)),
    "GET /registration with a hint": (email) => browser().get(at(`/registration?login_hint=${email}`)),
    "GET /self-service/login/browser with a hint": (email) =>
      createVisitor(env).send(at(`/self-service/login/browser?login_hint=${email}`), { headers: { Accept: "application/json" } }),
    "POST /self-service/login (api), the address": (identifier) => submit("login", { method: "identifier_first", identifier }),
    "POST /self-service/login (api), a wrong password": (identifier) =>
      submit("login", { method: "password", identifier, password: wrong }),
    "POST /self-service/login (api), no password": (identifier) =>
      submit("login", { method: "password", identifier, password: "" }),
    "POST /self-service/login (browser, JSON), a wrong password": (identifier) =>
      submitJson("login", { method: "password", identifier, password: wrong }),
    "POST /self-service/login (form), the address": (identifier) => post("/login", { method: "identifier_first", identifier }),
    "POST /self-service/login (form), a wrong password": (identifier) =>
      post("/login", { method: "password", identifier, password: wrong }),
    "POST /self-service/registration (api), the address": (email) =>
      submit("registration", { method: "profile", traits: { email } }),
    "POST /self-service/registration (api), a password that is refused": (email) =>
      submit("registration", { method: "password", traits: { email }, password: "short" }),
    "POST /self-service/registration (form), the address": (email) =>
      post("/registration", { method: "profile", "traits.email": email }),
  };

  test.each(Object.entries(routes))("%s", async (_, ask) => {
    const answers: [string, unknown][] = [];
    for (const [kind, email] of Object.entries(KINDS)) answers.push([kind, await shape(await ask(email), email)]);
    const [[, first] = ["", undefined]] = answers;
    for (const [kind, answer] of answers) expect(answer, kind).toEqual(first);
  });

  test("the right password of a deactivated account is answered like a wrong one", async () => {
    const email = KINDS["a deactivated account"];
    const [right, guess] = [PASSWORD, wrong].map((password) =>
      submit("login", { method: "password", identifier: email, password }),
    );
    expect(await shape(await (right as Promise<Response>), email)).toEqual(
      await shape(await (guess as Promise<Response>), email),
    );
  });

  test("a registration for an address that has an account is answered the same whatever that account is, and changes nothing", async () => {
    const taken = Object.entries(KINDS).filter(([kind]) => !/no account|another project/.test(kind));
    const before = await credentials();
    const answers = [];
    for (const [, email] of taken) {
      answers.push(
        await shape(await submit("registration", { method: "password", traits: { email }, password: PASSWORD }), email),
      );
    }
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await credentials()).toEqual(before);
  });

  test("what an organization's address is told depends on its domain alone", async () => {
    await person("acct-member@acme.example");
    for (const [route, ask] of Object.entries(routes).filter(
      ([name]) => !/registration \(api\), a password|sso\/start/.test(name),
    )) {
      const [known, unknown] = ["acct-member@acme.example", "acct-nobody@acme.example"];
      expect(await shape(await ask(known), known), route).toEqual(await shape(await ask(unknown), unknown));
    }
  });
});

describe("an attempt costs the same work for every kind of account (T93)", () => {
  test.each(Object.entries(KINDS))("%s: one scrypt of today's cost, and as many round trips", async (kind, identifier) => {
    const counted = countingEnv(env);
    const visitor = createVisitor(counted.env, address());
    const flow = await visitor.send(at("/self-service/login/api"));
    const { id } = (await flow.json()) as { id: string };
    counted.reset();
    const answer = await visitor.send(at(`/self-service/login?flow=${id}`), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ method: "password", identifier, password: "not the right password" }),
    });
    expect(answer.status).toBe(400);
    expect(spent.filter((cost) => cost === TODAY)).toHaveLength(1);
    // A cheaper hash is checked besides; a hundredth of the work that is done for everybody.
    expect(spent.filter((cost) => cost !== TODAY)).toEqual(kind.includes("weaker") ? ["10,8,1"] : []);
    expect([counted.d1.roundTrips, counted.d1.sql.map((sql) => sql.length)]).toEqual([2, [7, 1]]);
  });

  test("the password of an organization's address is not hashed at all, known or not", async () => {
    for (const identifier of ["acct-member@acme.example", "acct-nobody@acme.example"]) {
      expect((await submit("login", { method: "password", identifier, password: PASSWORD })).status).toBe(400);
    }
    expect(spent).toEqual([]);
  });

  test("neither is one that comes while the account is locked, right or wrong, known or not", async () => {
    for (const identifier of [KINDS["an account"], KINDS["no account"]]) {
      const from = address();
      await count(identifier, from, "accountFromNetwork", PASSWORD_RULES.accountFromNetwork.limit, Date.now() + 60_000);
      for (const password of [PASSWORD, "wrong"]) expect((await attempt(identifier, password, from)).status).toBe(429);
    }
    expect(spent).toEqual([]);
  });

  test("secrets are compared by digests of one length (T93)", async () => {
    const { equalSecrets } = await import("../../src/crypto/digest.ts");
    for (const [a, b, equal] of [
      ["", "", true],
      ["x", "", false],
      ["a".repeat(10_000), "a", false],
      ["ü", "u\u0308", false],
      ["same", "same", true],
    ] as const) {
      expect(equalSecrets(a, b)).toBe(equal);
    }
  });
});

describe("guessing one account's password (T94)", () => {
  const target = KINDS["an account"];

  test("the tenth wrong try locks it for that network; the right password is then answered like a wrong one", async () => {
    const from = address();
    await count(target, from, "accountFromNetwork", PASSWORD_RULES.accountFromNetwork.limit - 1);
    expect((await attempt(target, "wrong", from)).status).toBe(400);
    const [right, wrong] = [await attempt(target, PASSWORD, from), await attempt(target, "wrong", from)];
    expect(right.status).toBe(429);
    expect(Number(right.headers.get("Retry-After"))).toBeGreaterThan(0);
    expect(await shape(right, target)).toEqual(await shape(wrong, target));
  });

  test("no header and no spelling of the address gets around the lock", async () => {
    const from = "2001:db8:7:7::1";
    await count(target, from, "accountFromNetwork", PASSWORD_RULES.accountFromNetwork.limit, Date.now() + 60_000);
    const networks = ["2001:DB8:0007:0007:0:0:0:1", "2001:db8:7:7:ffff:ffff:ffff:ffff", "2001:db8:7:7::"];
    for (const same of networks) expect((await attempt(target, PASSWORD, same)).status, same).toBe(429);
    for (const header of ["X-Forwarded-For", "X-Real-IP", "True-Client-IP", "Forwarded", "X-Client-IP", "Fastly-Client-IP"]) {
      expect((await attempt(target, PASSWORD, from, { [header]: "198.51.100.200" })).status, header).toBe(429);
    }
    for (const spelling of [
      target.toUpperCase(),
      ` ${target} `,
      target.replace("@personal", "@PERSONAL"),
      "acct-exists@personal.example.",
    ]) {
      expect((await attempt(spelling, PASSWORD, from)).status, spelling).not.toBe(200);
    }
    expect((await attempt(target, PASSWORD, "2001:db8:7:8::1")).status).toBe(200);
  });

  test("IPv4 inside IPv6 is that IPv4", async () => {
    await count(target, "198.51.100.77", "accountFromNetwork", PASSWORD_RULES.accountFromNetwork.limit, Date.now() + 60_000);
    for (const same of ["::ffff:198.51.100.77", "::FFFF:c633:644d"])
      expect((await attempt(target, PASSWORD, same)).status).toBe(429);
  });

  test("after fifty tries from everywhere it is locked for strangers, and never for networks that it has signed in from", async () => {
    const [known, stranger] = [address(), address()];
    expect((await attempt(target, PASSWORD, known)).status).toBe(200);
    await count(target, stranger, "account", PASSWORD_RULES.account.limit, Date.now() + 60_000);
    expect((await attempt(target, PASSWORD, stranger)).status).toBe(429);
    expect((await attempt(target, PASSWORD, address())).status).toBe(429);
    expect((await attempt(target, PASSWORD, known)).status).toBe(200);
    await forgetCounters();
  });

  test("time opens it again: no lock is for ever", async () => {
    const from = address();
    await count(target, from, "accountFromNetwork", 10_000, Date.now() - 1);
    expect((await attempt(target, PASSWORD, from)).status).toBe(200);
    await count(target, from, "accountFromNetwork", 1_000_000, Date.now() - 1);
    const again = await attempt(target, "wrong", from);
    expect(again.status).toBe(400);
    const locked = Number((await attempt(target, PASSWORD, from)).headers.get("Retry-After"));
    expect(locked).toBeGreaterThan(0);
    expect(locked * 1000).toBeLessThanOrEqual(PASSWORD_RULES.accountFromNetwork.maxLockMs);
  });

  test("twenty at once are twenty: no burst slips through", async () => {
    const from = address();
    await count(target, from, "accountFromNetwork", PASSWORD_RULES.accountFromNetwork.limit - 2);
    const answers = await Promise.all(Array.from({ length: 20 }, () => attempt(target, "wrong", from)));
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(2);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(18);
  });
});

describe("guessing over many accounts (T95)", () => {
  test.each([
    ["one IPv4 address", () => "198.51.100.88"],
    ["addresses all over one /64", (n: number) => `2001:db8:5:5:${(n * 4099).toString(16)}::${n}`],
  ])("from %s is stopped by the network's own counter", async (_, from) => {
    await count("sprayed-0@personal.example", from(0), "network", PASSWORD_RULES.network.limit - 1);
    expect((await attempt("sprayed-1@personal.example", "wrong", from(1))).status).toBe(400);
    for (let n = 2; n < 6; n += 1) {
      const answer = await attempt(`sprayed-${n}@personal.example`, "wrong", from(n), { "X-Forwarded-For": `198.51.100.${n}` });
      expect(answer.status).toBe(429);
    }
    expect((await attempt(KINDS["an account"], PASSWORD, from(9))).status).toBe(429);
    expect((await attempt(KINDS["an account"], PASSWORD, address())).status).toBe(200);
  });

  test("other projects are not counted together", async () => {
    const from = "198.51.100.89";
    await count("x@personal.example", from, "network", PASSWORD_RULES.network.limit, Date.now() + 60_000);
    expect((await attempt(KINDS["an account"], PASSWORD, from)).status).toBe(429);
    const flow = await call(foreign, "/self-service/login/api");
    const body = { method: "password", identifier: KINDS["an account of another project"], password: PASSWORD };
    expect((await call(foreign, `/self-service/login?flow=${flow.body.id}`, body, {}, from)).status).toBe(200);
  });
});

describe("which passwords are taken (T96)", () => {
  test.each<[string, string, number]>([
    ["seven characters", "vmq7rtz", 400],
    ["eight characters", "vmq7rtzk", 200],
    ["eight characters of four bytes", "🦊🐢🦉🐙🦀🐝🐞🦋", 200],
    ["256 characters", "lantern sky ".repeat(22).slice(0, 256), 200],
    ["257 characters", "lantern sky ".repeat(22).slice(0, 257), 400],
    ["no digit, no capital, no sign", "lanternskyharbour", 200],
    ["spaces at both ends", "  lantern sky  ", 200],
    ["a control character", "lantern\u0000sky\u0007", 200],
    ["one of the most used", "iloveyou1", 400],
    ["one of the most used, in capitals", "ILOVEYOU1", 400],
    ["one character over and over", "zzzzzzzzzzzz", 400],
  ])("%s", async (name, password, status) => {
    const email = `policy-${[...name].length}-${password.length}-${status}@personal.example`;
    const answer = await submit("registration", { method: "password", traits: { email }, password });
    expect(answer.status, await answer.clone().text()).toBe(status);
    if (status === 200) expect((await attempt(email, password, address())).status).toBe(200);
  });

  test("the address and its parts are no password for it", async () => {
    for (const password of ["quinn.hartley", "quinn.hartley@personal.example", "Quinn.Hartley7", "personal1"]) {
      const traits = { email: "quinn.hartley@personal.example" };
      expect((await submit("registration", { method: "password", traits, password })).status, password).toBe(400);
    }
  });

  test("every byte counts: no trimming, no folding, no composing, no cutting off", async () => {
    const email = "exact@personal.example";
    const password = ` Längs ${"x y".repeat(60)}\u0000end`;
    expect((await submit("registration", { method: "password", traits: { email }, password })).status).toBe(200);
    const near = [
      password.trim(),
      password.toLowerCase(),
      password.normalize("NFD"),
      password.slice(0, 72),
      password.slice(0, -4),
      password.slice(0, -1),
      `${password} `,
      password.split("\u0000")[0] ?? "",
    ];
    for (const [n, guess] of near.entries()) expect((await attempt(email, guess, address())).status, `${n}`).toBe(400);
    expect((await attempt(email, password, address())).status).toBe(200);
  });

  test.each([
    ["a number", 12345678901],
    ["a list", ["vmq7rtzkw"]],
    ["an object", { toString: "vmq7rtzkw" }],
    ["nothing", null],
  ])("%s instead of text makes no account", async (name, password) => {
    const email = `typed-${name.length}@personal.example`;
    expect((await submit("registration", { method: "password", traits: { email }, password })).status).toBe(400);
    expect(await env.DB.prepare("SELECT 1 FROM identities WHERE email = ?").bind(email).first()).toBeNull();
  });
});

const at = (path: string) => new URL(path, scene.origin);
let addresses = 0;
const address = () => `198.19.${(addresses >> 8) & 255}.${addresses++ & 255}`;
const person = (email: string, over: Parameters<typeof putIdentity>[2] = {}) => putIdentity(scene.project.id, email, over);
const todaysHash = () => hashWith(2 ** 14, 8, 5, "ln=14,r=8,p=5");

function hashWith(N: number, r: number, p: number, cost: string): string {
  const salt = Buffer.alloc(16, 3);
  const text = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");
  return `$scrypt$${cost}$${text(salt)}$${text(scryptSync(PASSWORD, salt, 32, { N, r, p, maxmem: 128 * 2 ** 20 }))}`;
}

async function putPassword(identityId: string, hash: string): Promise<void> {
  const row = { projectId: scene.project.id, identityId, hash, createdAt: 0, updatedAt: 0 };
  await database.commit([database.query.insert(passwordCredentials).values(row)]);
}

const credentials = async () => (await env.DB.prepare("SELECT * FROM password_credentials ORDER BY identity_id").all()).results;

/** Submits to a fresh flow as a program. */
async function submit(kind: "login" | "registration", body: object, from = address()): Promise<Response> {
  const flow = await call(scene, `/self-service/${kind}/api`);
  return createVisitor(env, from).send(at(`/self-service/${kind}?flow=${flow.body.id}`), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** Submits to a fresh flow as a script of the page. */
async function submitJson(kind: "login" | "registration", body: object): Promise<Response> {
  const visitor = browser();
  const flow = (await spa(visitor, scene, `/self-service/${kind}/browser`)).body;
  return visitor.send(at(`/self-service/${kind}?flow=${flow.id}`), {
    method: "POST",
    headers: { "Content-Type": "application/json", Origin: scene.origin, "Sec-Fetch-Site": "same-origin" },
    body: JSON.stringify({ ...body, csrf_token: values(flow, "csrf_token")[0] }),
  });
}

/** Posts the form of a page; the answer is the page after the redirect, with the redirect's cookies on it. */
async function post(page: string, fields: Record<string, string>): Promise<Response> {
  const visitor = browser();
  const form = formOf(await (await visitor.get(at(page))).text());
  const answer = await visitor.post(at(form.action), { ...form.fields, ...fields });
  expect(answer.status).toBe(303);
  const next = await visitor.get(at(answer.headers.get("Location") ?? ""));
  const headers = new Headers(next.headers);
  for (const line of answer.headers.getSetCookie()) headers.append("Set-Cookie", line);
  return new Response(next.body, { status: next.status, headers });
}

async function attempt(
  identifier: string,
  password: string,
  from: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  const flow = await call(scene, "/self-service/login/api");
  return createVisitor(env, from).send(at(`/self-service/login?flow=${flow.body.id}`), {
    method: "POST",
    headers: { ...headers, "Content-Type": "application/json" },
    body: JSON.stringify({ method: "password", identifier, password }),
  });
}

/** Puts a counter where many attempts would have put it. */
async function count(
  email: string,
  from: string,
  key: "accountFromNetwork" | "account" | "network",
  attempts: number,
  lockedUntil = 0,
): Promise<void> {
  const keys = attemptKeys(services().runtime.sealer.macKey("attempts"), email, networkOf(from));
  await env.DB.prepare("INSERT OR REPLACE INTO attempt_counters VALUES (?, ?, ?, ?, ?)")
    .bind(scene.project.id, keys[key], attempts, lockedUntil, Date.now() + 3_600_000)
    .run();
}

const forgetCounters = () => env.DB.prepare("DELETE FROM attempt_counters").run();

/** An answer without what is random in it, and without the address that was asked for. */
async function shape(answer: Response, email: string) {
  const unify = (text: string) =>
    text
      .replaceAll(email, "ADDRESS")
      .replaceAll(encodeURIComponent(email), "ADDRESS")
      .replaceAll(/(flow=|"id":"|use_flow_id":"|csrf_token" value="|__Host-orgate_\w+=)[\w.=-]+/g, "$1RANDOM")
      .replaceAll(/("name":"csrf_token","type":"hidden","disabled":false,"value":")[\w-]+/g, "$1RANDOM")
      .replaceAll(/(value":")[\w-]{43}(")/g, "$1RANDOM$2")
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
      .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "UUID")
      .replaceAll(/\b[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}\b/g, "REFERENCE");
  const headers = [...answer.headers].map(([name, value]) => `${name}: ${unify(value)}`).sort();
  return { status: answer.status, headers, body: unify(await answer.text()) };
}
