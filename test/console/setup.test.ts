// The first start: whoever has the root key makes the first operator, once.

import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { formsOf, readable } from "../support/console.ts";
import { consoleProject, createOperator, ROOT_KEY } from "../support/seed.ts";
import { createVisitor, type Visitor } from "../support/visitor.ts";

const BASE = env.BASE_URL;
const SETUP = `${BASE}/console/setup`;
const FIELDS = {
  root_key: ROOT_KEY,
  email: "Kim@Operators.example",
  name: "Kim",
  password: "violet harbour ladder 42",
};

let networks = 0;
/** Another isolate in every test: what one remembers of a set-up console stays there. */
let isolate: Env;
const newcomer = () => createVisitor(isolate, `198.51.100.${++networks}`);

/** An installation on which nobody has been. */
beforeEach(async () => {
  const tables = ["operator_access", "sessions", "password_credentials", "identities", "events", "attempt_counters"];
  await env.DB.batch([
    ...tables.map((table) => env.DB.prepare(`DELETE FROM ${table}`)),
    env.DB.prepare("DELETE FROM projects"),
    env.DB.prepare("DELETE FROM instance_state WHERE key <> 'schema_version'"),
  ]);
  isolate = { ...env };
});

const rows = async (sql: string) => (await env.DB.prepare(sql).all<Record<string, unknown>>()).results;
const cookieOf = (visitor: Visitor) => visitor.cookies.get(new URL(BASE).host)?.get("__Host-orgate_console_session");

test("the console of an empty installation leads there, and the right root key ends at a signed-in home page", async () => {
  const visitor = newcomer();
  for (const path of ["/console", "/console/login", "/console/projects/new", "/console/registration"]) {
    const answer = await visitor.get(`${BASE}${path}`);
    expect([path, answer.status, answer.headers.get("location")]).toEqual([path, 303, "/console/setup"]);
  }
  const page = await (await visitor.get(SETUP)).text();
  expect((await formsOf(page)).map(({ fields }) => Object.keys(fields))).toEqual([["root_key", "email", "name", "password"]]);

  const answer = await visitor.post(SETUP, FIELDS);
  expect([answer.status, answer.headers.get("location")]).toEqual([303, "/console"]);
  const home = await visitor.get(`${BASE}/console`);
  expect(home.status).toBe(200);
  expect(readable(await home.text())).toContain("kim@operators.example");

  expect(await rows("SELECT slug, registration FROM projects")).toEqual([{ slug: "console", registration: 0 }]);
  expect(await rows("SELECT email, state FROM identities")).toEqual([{ email: "kim@operators.example", state: "active" }]);
  expect(await rows("SELECT role FROM operator_access")).toEqual([{ role: "owner" }]);
  expect(await rows("SELECT type, actor_type FROM events")).toEqual([{ type: "operator.joined", actor_type: "root_key" }]);
  const seen = JSON.stringify([await rows("SELECT * FROM events"), await rows("SELECT * FROM instance_state")]);
  for (const secret of [ROOT_KEY, FIELDS.password, "kim@"]) expect(seen).not.toContain(secret);
});

test("T112: of 30 at once one becomes the first operator, and the others are told so", async () => {
  await newcomer().get(SETUP);
  const visitors = Array.from({ length: 30 }, newcomer);
  const answers = await Promise.all(
    visitors.map((visitor, i) => visitor.post(SETUP, { ...FIELDS, email: `kim${i}@operators.example` })),
  );
  const winners = answers.filter(({ status }) => status === 303);
  expect(winners).toHaveLength(1);
  for (const answer of answers.filter(({ status }) => status !== 303)) {
    expect([404, 409]).toContain(answer.status);
    expect(readable(await answer.text())).toContain("This console is set up");
  }
  expect(visitors.filter((visitor) => cookieOf(visitor) !== undefined)).toHaveLength(1);
  for (const table of ["projects", "identities", "password_credentials", "operator_access", "sessions", "events"]) {
    expect([table, await rows(`SELECT count(*) AS n FROM ${table}`)]).toEqual([table, [{ n: 1 }]]);
  }
}, 60_000);

test("afterwards the page is gone, whatever is sent to it, and leads to sign-in", async () => {
  await newcomer().post(SETUP, FIELDS);
  for (const answer of [await newcomer().get(SETUP), await newcomer().post(SETUP, { ...FIELDS, email: "eve@evil.example" })]) {
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain('href="/console/login"');
  }
  expect(await rows("SELECT count(*) AS n FROM identities")).toEqual([{ n: 1 }]);
});

test("it is closed to an installation whose operators came by another way, and open while there are none", async () => {
  await consoleProject();
  const visitor = newcomer();
  expect((await visitor.get(`${BASE}/console/login`)).headers.get("location")).toBe("/console/setup");
  expect((await visitor.get(`${BASE}/console`)).headers.get("location")).toBe("/console/login?return_to=%2Fconsole");
  expect((await visitor.get(SETUP)).status).toBe(200);
  await createOperator({ all: "owner" });
  expect((await visitor.post(SETUP, FIELDS)).status).toBe(404);
  expect((await visitor.get(`${BASE}/console/login`)).status).toBe(200);
});

test("a wrong root key makes nobody, is counted, and after ten is not even compared", async () => {
  const visitor = newcomer();
  for (let attempt = 1; attempt <= 10; attempt++) {
    const answer = await visitor.post(SETUP, { ...FIELDS, root_key: `${ROOT_KEY}x` });
    expect(answer.status).toBe(422);
    const text = await answer.text();
    expect(readable(text)).toContain("This is not the root key of this installation.");
    expect((await formsOf(text))[0]?.fields).toEqual({ root_key: "", email: FIELDS.email, name: "Kim", password: "" });
  }
  const locked = await visitor.post(SETUP, FIELDS);
  expect([locked.status, Number(locked.headers.get("Retry-After")) > 0]).toEqual([429, true]);
  expect(await rows("SELECT count(*) AS n FROM identities")).toEqual([{ n: 0 }]);
});

test("what breaks a rule is said at its field, and nothing typed is lost but the secrets", async () => {
  const answer = await newcomer().post(SETUP, { ...FIELDS, email: "kim", name: "", password: "password" });
  expect(answer.status).toBe(422);
  const text = await answer.text();
  for (const name of ["email", "name", "password"]) expect(text).toContain(`id="field-${name}-error"`);
  expect((await formsOf(text))[0]?.fields).toEqual({ root_key: "", email: "kim", name: "", password: "" });
  expect(await rows("SELECT count(*) AS n FROM projects")).toEqual([{ n: 0 }]);
});

test("T80: a form of another site is refused", async () => {
  for (const headers of [{ Origin: "https://evil.example" }, { "Sec-Fetch-Site": "cross-site" }]) {
    expect((await newcomer().post(SETUP, FIELDS, headers as Record<string, string>)).status).toBe(403);
  }
  expect(await rows("SELECT count(*) AS n FROM identities")).toEqual([{ n: 0 }]);
});
