// A database that takes no writes, no audit events or no schema; an environment that is not set up; code that throws; a
// clock that jumps. Nothing is half done, nothing inner gets out, and what can still be answered is answered.

import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createApp } from "../../src/app.ts";
import { nightShift } from "../../src/jobs/night-shift.ts";
import { type Services, servicesFor } from "../../src/services.ts";
import { createScene, person, type Scene } from "../login/scene.ts";
import { type CountedEnv, countingEnv } from "../support/counting.ts";
import { api } from "../support/management.ts";
import { putProject } from "../support/rows.ts";
import { createApiKey, ROOT_KEY } from "../support/seed.ts";
import { createVisitor, type Visitor } from "../support/visitor.ts";

let scene: Scene;
let counted: CountedEnv;
let visitor: Visitor;

beforeEach(async () => {
  scene = await createScene();
  counted = countingEnv(env);
  visitor = createVisitor(counted.env);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  scene.network.restore();
});

const atTheIdp = async () => scene.idpA.authorize(await scene.start(scene.a.connection, visitor), person(scene.a.domain));
const sessionCount = () =>
  env.DB.prepare("SELECT count(*) AS n FROM sessions WHERE project_id = ?").bind(scene.project.id).first<number>("n");

/** Every row of every table but the events, without the note of when a key was last used. */
async function dump(): Promise<string> {
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT IN ('events', 'd1_migrations', 'sqlite_stat1')",
  ).all<{ name: string }>();
  const tables = await Promise.all(results.map(({ name }) => env.DB.prepare(`SELECT * FROM ${name}`).all()));
  return JSON.stringify(tables, (key, value) => (["last_used_at", "meta"].includes(key) ? undefined : value));
}

describe("a database that takes no writes (F9)", () => {
  test("sessions and reads go on; a login is 503 without a cookie and works when writes do", async () => {
    await visitor.get(await atTheIdp());
    const newcomer = createVisitor(counted.env);
    const callback = scene.idpA.authorize(await scene.start(scene.a.connection, newcomer), person(scene.a.domain, "bo"));
    const { key } = await createApiKey(scene.project);
    const before = await dump();
    counted.faults.d1 = "read-only";

    expect((await scene.whoami(visitor)).status).toBe(200);
    for (const bearer of [ROOT_KEY, key]) {
      expect((await api("GET", `/projects/${scene.project.id}/organizations`, { key: bearer, env: counted.env })).status).toBe(
        200,
      );
    }
    const refused = await newcomer.get(await callback);
    expect([refused.status, refused.headers.getSetCookie()]).toEqual([503, []]);
    expect(scene.idpA.to("token")).toHaveLength(1);
    const created = await api("POST", "/projects", { body: { name: "New", slug: "new-one" }, env: counted.env });
    expect([created.status, created.json.error.id]).toEqual([503, "store_unavailable"]);
    expect((await dump()) === before).toBe(true);

    counted.faults.d1 = "ok";
    expect((await newcomer.get(await callback)).status).toBe(303);
  });
});

describe("a database that refuses the audit event alone (F10)", () => {
  beforeEach(async () => {
    await env.DB.prepare(
      "CREATE TRIGGER no_events BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no room for events'); END",
    ).run();
  });
  afterEach(async () => {
    await env.DB.prepare("DROP TRIGGER IF EXISTS no_events").run();
  });

  test("no change by a manager is made without its event", async () => {
    await env.DB.prepare("DROP TRIGGER no_events").run();
    await putProject({ slug: "console" }); // where the deletion of a project is recorded
    const at = `/projects/${scene.project.id}`;
    const origin = `http://${scene.project.slug}.localhost:8787`;
    const { key, id: keyId } = await createApiKey(scene.project);
    await visitor.get(await atTheIdp());
    const signedIn = await scene.whoami(visitor);
    const session = signedIn.body as { id: string; identity: { id: string } };
    const organization = `${at}/organizations/${scene.a.organization.id}`;
    const connection = `${at}/connections/${scene.a.connection.id}`;
    const identity = `${origin}/admin/identities/${session.identity.id}`;
    const changes: [method: string, path: string, body?: unknown][] = [
      ["POST", "/projects", { name: "New", slug: "new-project" }],
      ["PATCH", at, { name: "Renamed" }],
      ["DELETE", at],
      ["POST", `${at}/organizations`, { label: "New", domains: ["new.test"] }],
      ["PUT", organization, { label: "Renamed" }],
      ["PUT", organization, { domains: ["moved.test"] }],
      ["PUT", organization, { state: "disabled" }],
      ["DELETE", organization],
      ["POST", `${at}/connections`, { provider: "generic", issuer_url: "https://idp.test", client_id: "c", client_secret: "s" }],
      ["PATCH", connection, { client_id: "another" }],
      ["PATCH", connection, { state: "disabled" }],
      ["DELETE", connection],
      ["POST", `${at}/api-keys`, { name: "New" }],
      ["DELETE", `${at}/api-keys/${keyId}`],
      ["POST", `${origin}/admin/identities`, { schema_id: "default", traits: { email: "new@personal.test" } }],
      ["PUT", identity, { schema_id: "default", state: "inactive", traits: { email: `new@${scene.a.domain}` } }],
      ["PATCH", identity, [{ op: "replace", path: "/state", value: "inactive" }]],
      ["DELETE", identity],
      ["DELETE", `${identity}/sessions`],
      ["DELETE", `${origin}/admin/sessions/${session.id}`],
    ];
    const before = await dump();
    await env.DB.prepare("CREATE TRIGGER no_events BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'full'); END").run();
    const app = createApp();
    for (const [method, path, body] of changes) {
      const headers = {
        Authorization: `Bearer ${path.includes("/admin/") ? key : ROOT_KEY}`,
        "Content-Type": "application/json",
      };
      const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
      const answer = await app.fetch(new Request(new URL(path, env.BASE_URL), init), env);
      const text = await answer.text();
      expect([answer.status, text], `${method} ${path}`).toEqual([503, expect.stringContaining("store_unavailable")]);
      expect((await dump()) === before, `${method} ${path} changed nothing`).toBe(true);
    }
  });

  test("a refusal stands, and the log has its reason", async () => {
    const lines = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const callback = await atTheIdp();
    scene.idpA.mutate({ claims: { nonce: "another" } });
    const refused = await visitor.get(callback);
    expect(refused.status).toBe(403);
    const reference = /<code>([^<]+)<\/code>/.exec(await refused.text())?.[1];
    expect(lines.mock.calls.map(([line]) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ message: "login_refused", reason: "nonce_mismatch", reference }),
    );
    scene.idpA.mutate({});
    expect((await visitor.get(scene.idpA.deny(await scene.start(scene.a.connection, visitor)))).status).toBe(403);
    expect(await sessionCount()).toBe(0);
  });
});

test("whatever decides asks the primary: no reading of a replica in any walk (F14)", async () => {
  await visitor.get(`${scene.origin}/login`);
  await visitor.get(`${scene.origin}/self-service/sso?identifier=${encodeURIComponent(`ada@${scene.a.domain}`)}`);
  await visitor.get(await atTheIdp());
  await scene.whoami(visitor);
  await api("PATCH", `/projects/${scene.project.id}`, { body: { name: "Renamed" }, env: counted.env });
  await nightShift(servicesFor(counted.env).runtime);
  expect(counted.d1.roundTrips).toBeGreaterThan(8);
  expect(counted.d1.sessions.filter((constraint) => constraint !== "first-primary")).toEqual([]);
});

describe("a schema that is not this version's (F15)", () => {
  const readiness = async () => {
    const answer = await createApp().request(`${env.BASE_URL}/readyz`, {}, countingEnv(env).env);
    return [answer.status, ((await answer.json()) as { error?: { id: string } }).error?.id];
  };

  test.each([
    ["an older one", "UPDATE instance_state SET value = '0' WHERE key = 'schema_version'"],
    ["a newer one", "UPDATE instance_state SET value = '999' WHERE key = 'schema_version'"],
    ["one that does not say", "DELETE FROM instance_state WHERE key = 'schema_version'"],
  ])("%s is not ready", async (_name, statement) => {
    const version = await env.DB.prepare("SELECT value FROM instance_state WHERE key = 'schema_version'").first<string>("value");
    await env.DB.prepare(statement).run();
    expect(await readiness()).toEqual([503, "not_ready_schema"]);
    await env.DB.prepare("INSERT OR REPLACE INTO instance_state VALUES ('schema_version', ?)").bind(version).run();
    expect((await readiness())[0]).toBe(200);
  });

  test("a database that was never migrated is not ready, and the reason is the schema", async () => {
    await env.DB.prepare("ALTER TABLE instance_state RENAME TO not_yet").run();
    expect(await readiness()).toEqual([503, "not_ready_schema"]);
    await env.DB.prepare("ALTER TABLE not_yet RENAME TO instance_state").run();
  });
});

describe("an environment that is not set up (F28, GHSA-8fpg-xm3f-6cx3)", () => {
  test.each([
    ["no encryption key", { ENCRYPTION_KEYS: "" }],
    ["an encryption key of the wrong size", { ENCRYPTION_KEYS: "k1:c2hvcnQ=" }],
    ["no root key", { ROOT_KEY: "" }],
  ])("%s: nobody gets in, and pages say that the service is not available", async (_name, variables) => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const broken = { ...env, ...variables } as Env;
    const somebody = createVisitor(broken);
    for (const path of [
      "/login",
      "/registration",
      `/sso/start?connection=${scene.a.connection.id}`,
      "/account",
      "/sessions/whoami",
    ]) {
      const page = await somebody.get(`${scene.origin}${path}`);
      expect([page.status, page.headers.getSetCookie()], path).toEqual([503, []]);
      expect(page.headers.get("Retry-After"), path).toBe("60");
      expect(page.headers.get("Content-Security-Policy"), path).toContain("default-src 'none'");
      expect(await page.text(), path).not.toMatch(/ROOT_KEY|ENCRYPTION|type="password"/);
    }
    for (const key of ["", "undefined", ROOT_KEY]) {
      const answer = await api("GET", "/projects", { key, env: broken });
      expect([answer.status, answer.json.error.id]).toEqual([503, "not_ready_configuration"]);
    }
    expect(logged.mock.calls.join()).not.toContain("c2hvcnQ=");
  });

  test("another encryption key: not ready, no login, and no secret is sent", async () => {
    await nightShift(servicesFor(counted.env).runtime);
    const callback = await atTheIdp();
    const other = { ...env, ENCRYPTION_KEYS: `k9:${btoa("z".repeat(32))}` } as Env;
    const ready = await createApp().request(`${env.BASE_URL}/readyz`, {}, other);
    expect([ready.status, await ready.json()]).toMatchObject([503, { error: { id: "not_ready_encryption_keys" } }]);
    const elsewhere = createVisitor(other);
    for (const [host, jar] of visitor.cookies) elsewhere.cookies.set(host, new Map(jar));
    expect((await elsewhere.get(callback)).status).toBe(400);
    const begun = await elsewhere.get(`${scene.origin}/sso/start?connection=${scene.a.connection.id}`);
    if (begun.status === 303) {
      const again = scene.idpA.authorize(new URL(begun.headers.get("location") ?? ""), person(scene.a.domain));
      expect((await elsewhere.get(await again)).status).toBeGreaterThanOrEqual(400);
    }
    expect(scene.idpA.to("token")).toHaveLength(0);
    expect(elsewhere.cookies.get(new URL(scene.origin).host)?.has("__Host-orgate_session") ?? false).toBe(false);
  });
});

describe("code that throws (F33)", () => {
  const doors = [
    "/login",
    "/registration",
    "/account",
    "/logout",
    "/sso/start?email=ada%40a.test",
    "/sessions/whoami",
    "/self-service/login/api",
    "/self-service/login/browser",
    "/self-service/sso?identifier=ada%40a.test",
    "/self-service/methods/oidc/callback/x?state=s&code=c",
    "/admin/identities",
    "/projects",
    "/projects/x/organizations",
    "/projects/x/events",
  ];

  /** Every service answers each call by throwing, but those that are named. */
  function explosive(thrown: () => unknown, except: (keyof Services)[]): Env {
    const fresh = countingEnv(env).env;
    const services = servicesFor(fresh);
    for (const [name, service] of Object.entries(services)) {
      if (name === "config" || name === "runtime" || except.includes(name as keyof Services)) continue;
      for (const method of Object.keys(service)) {
        (service as Record<string, unknown>)[method] = () => {
          throw thrown();
        };
      }
    }
    return fresh;
  }

  const error = () => new TypeError("canary-of-an-exception");
  test.each<[string, () => unknown, (keyof Services)[]]>([
    ["middleware: an error", error, []],
    ["middleware: something that is no error", () => "canary-of-an-exception", []],
    ["a handler: an error", error, ["hosts"]],
    ["a handler: something that is no error", () => ({ canary: "canary-of-an-exception" }), ["hosts"]],
  ])("%s: the last resort answers, with all headers and nothing of the inside", async (_name, thrown, except) => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const broken = createVisitor(explosive(thrown, except));
    let failures = 0;
    for (const path of doors) {
      for (const accept of ["text/html", "application/json"]) {
        const base = path.startsWith("/projects") ? env.BASE_URL : scene.origin;
        const headers = { Accept: accept, Authorization: `Bearer ${ROOT_KEY}`, "X-Session-Token": "orgate_st_x" };
        const answer = await broken.send(`${base}${path}`, { headers });
        const text = await answer.text();
        if (answer.status === 500) failures += 1;
        expect(text, path).not.toMatch(/canary|TypeError|\bat .*\.ts/);
        expect(answer.headers.getSetCookie().join(), path).not.toContain("orgate_session");
        expect(answer.headers.get("X-Request-Id"), path).toMatch(/^[0-9a-f-]{36}$/);
        expect(answer.headers.get("Cache-Control"), path).toBe("no-store");
        expect(answer.headers.get("X-Frame-Options"), path).toBe("DENY");
        expect(answer.headers.get("Content-Security-Policy"), path).toContain("frame-ancestors 'none'");
        expect(answer.headers.get("Strict-Transport-Security"), path).toContain("max-age=63072000");
      }
    }
    expect(failures).toBeGreaterThan(doors.length);
  });
});

test("a clock that jumps an hour either way opens no used callback and ends no session early (F34)", async () => {
  const callback = await atTheIdp();
  expect((await visitor.get(callback)).status).toBe(303);
  const jar = [...(visitor.cookies.get(new URL(scene.origin).host) ?? [])];
  const replay = async () => {
    const again = createVisitor(counted.env);
    again.cookies.set(new URL(scene.origin).host, new Map(jar));
    return (await again.get(callback)).status;
  };
  const now = Date.now();
  vi.useFakeTimers({ toFake: ["Date"] });
  for (const hours of [-1, 1, 2, -2, 0]) {
    vi.setSystemTime(now + hours * 3_600_000);
    await nightShift(servicesFor(counted.env).runtime);
    expect(await replay(), `${hours} h`).toBe(400);
    expect((await scene.whoami(visitor)).status, `${hours} h`).toBe(200);
  }
  vi.setSystemTime(now + 25 * 3_600_000);
  expect((await scene.whoami(visitor)).status).toBe(401);
});
