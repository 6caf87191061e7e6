// Hostile values in everything that takes one, generated from /openapi.json and the route table: they are stored as they
// are or refused, reach no query as code and no object as a prototype, and never make a 500.

import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Project } from "../../src/domain/projects/project.ts";
import { api } from "../support/management.ts";
import { createConnection, createOrganization, createProject, putIdentity, putSession, ROOT_KEY } from "../support/seed.ts";
import { createVisitor } from "../support/visitor.ts";
import { d1AtRest } from "./contents.ts";
import { allOperations, allRoutes, fill, type Operation } from "./routes.ts";

const OPERATIONS = await allOperations();
const WITH_BODY = OPERATIONS.filter(({ body }) => body);

/** What ends a string, a statement or a comment; what LIKE and JSON take for more than a letter; what is too long. */
const INJECTIONS = [
  "' OR '1'='1",
  "'; DROP TABLE organizations; --",
  '" OR ""="',
  "') UNION SELECT client_secret FROM connections --",
  "\\'; --",
  "%",
  "_%".repeat(60),
  "?1",
  "\u0000",
  "NULL",
  '{"$ne":null}',
  "x".repeat(5000),
];

let lines: string[] = [];
let project: Project;
let ids: Record<string, string>;
let token: string;

beforeAll(async () => {
  project = await createProject();
  const organization = await createOrganization(project, { label: "Visible Secret", domains: ["injected.example"] });
  const connection = await createConnection(project, { organizationId: organization.id });
  const identity = await putIdentity(project.id, { email: "kim@injected.example", organizationId: organization.id });
  token = await putSession(project.id, identity, connection);
  ids = { project_id: project.id, organization_id: organization.id, connection_id: connection.id, id: identity };
});

beforeEach(() => {
  lines = [];
  for (const level of ["log", "info", "warn", "error"] as const) {
    vi.spyOn(console, level).mockImplementation((text: string) => void lines.push(text));
  }
  vi.spyOn(globalThis, "fetch").mockRejectedValue(new TypeError("no provider in this test"));
});

const originFor = (path: string) =>
  path.startsWith("/projects") ? "http://localhost:8787" : `http://${project.slug}.localhost:8787`;

async function send(operation: Pick<Operation, "method" | "path">, path: string, raw?: string) {
  const answer = await createVisitor(env).send(`${originFor(operation.path)}${path}`, {
    method: operation.method,
    headers: { Authorization: `Bearer ${ROOT_KEY}`, ...(raw === undefined ? {} : { "Content-Type": "application/json" }) },
    ...(raw === undefined ? {} : { body: raw }),
  });
  return { status: answer.status, text: await answer.text() };
}

/** Everything but the log of what happened. */
async function stored() {
  const { events: _, ...rest } = await d1AtRest();
  return rest;
}

describe("T108: injection", () => {
  const LISTS = OPERATIONS.filter(({ method, query }) => method === "GET" && query.length > 0);

  test.each(LISTS)("by a filter or cursor of $name: finds nothing, changes nothing", async (operation) => {
    const before = await stored();
    const path = fill(operation.path, ids);
    const rows = (text: string) => (text.match(/"id":"/g) ?? []).length;
    for (const name of operation.query) {
      for (const value of INJECTIONS) {
        const { status, text } = await send(operation, `${path}?${name}=${encodeURIComponent(value)}`);
        expect([name, value, status === 200 || status === 422]).toEqual([name, value, true]);
        if (status === 200) expect([name, value, rows(text)]).toEqual([name, value, 0]);
      }
    }
    expect(await stored()).toEqual(before);
  });

  test.each(OPERATIONS.filter(({ path }) => path.includes("{")))(
    "by an id in $name: a 404, changes nothing",
    async (operation) => {
      const before = await stored();
      const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
      for (const name of names) {
        for (const value of INJECTIONS.filter((text) => text.length < 500)) {
          const raw = operation.body ? JSON.stringify(bodyFor(operation)) : undefined;
          const query = operation.id === "getRouting" ? "?email=kim@elsewhere.example" : "";
          const { status } = await send(operation, fill(operation.path, { ...ids, [name]: value }) + query, raw);
          // A template that is not there is made, but not under any name.
          const expected = operation.id === "putSessionTokenTemplate" && name === "template_name" ? 422 : 404;
          expect([name, value, status]).toEqual([name, value, expected]);
        }
      }
      expect(await stored()).toEqual(before);
    },
  );

  /** A body that is complete, so that only the hostile value is at stake. */
  function bodyFor({ id }: Operation): unknown {
    if (id === "createProject") return { name: "P", slug: `p-${crypto.randomUUID().slice(0, 8)}` };
    if (id === "createConnection") return { issuer_url: "https://idp.test", client_id: "c", client_secret: "s" };
    if (id === "rotateConnectionSecret") return { client_secret: "s" };
    if (id === "updateOperator") return { role: "viewer" };
    if (id === "createIdentity") return { traits: {} };
    if (id === "updateIdentity") return { schema_id: "default", state: "active", traits: {} };
    if (id === "patchIdentity") return [{ op: "replace", path: "/state", value: "active" }];
    if (id === "patchOAuth2Client") return [{ op: "replace", path: "/client_name", value: "N" }];
    if (/OAuth2Client/.test(id)) return { client_name: "N", redirect_uris: ["https://app.example/"] };
    if (id === "rotateSigningKeys" || id === "putSessionTokenTemplate") return {};
    return /Organization|Connection/.test(id) ? { label: "L" } : { name: "N" };
  }

  test.each(WITH_BODY)("by a string of $name: kept to the letter or refused, never executed", async (operation) => {
    const before = await d1AtRest();
    const properties = Object.entries(operation.body.properties ?? {}).filter(([, schema]) =>
      /string/.test(JSON.stringify(schema)),
    );
    for (const [name] of properties) {
      for (const value of INJECTIONS) {
        for (const shaped of [value, [value], { [value]: value }]) {
          const body = { ...(bodyFor(operation) as object), [name]: shaped };
          const { status, text } = await send(operation, fill(operation.path, ids), JSON.stringify(body));
          expect([name, shaped, status < 500]).toEqual([name, shaped, true]);
          if (status < 300 && typeof shaped === "string" && name === "label") expect(JSON.parse(text).label).toBe(shaped);
        }
      }
    }
    const after = await d1AtRest();
    expect(Object.keys(after)).toEqual(Object.keys(before));
    for (const [table, rows] of Object.entries(before)) expect(after[table]?.length ?? 0).toBeGreaterThanOrEqual(rows.length);
  });

  test("by any parameter, header or cookie of a public route: no 500, changes nothing", async () => {
    const before = await stored();
    const parameters = [
      "identifier",
      "flow",
      "id",
      "email",
      "organization",
      "connection",
      "iss",
      "return_to",
      "login_hint",
      "state",
    ];
    for (const route of allRoutes().filter((name) => !/ \/(?:projects|admin)/.test(name))) {
      const [method = "", path = ""] = route.split(" ");
      for (const value of INJECTIONS) {
        const url = new URL(fill(path, { ...ids, id: value, connectionId: value, organizationId: value }), originFor(path));
        for (const name of parameters) url.searchParams.set(name, value);
        const header = encodeURIComponent(value).slice(0, 500);
        const answer = await createVisitor(env).send(url, {
          method,
          headers: { "X-Session-Token": header, "User-Agent": header, Cookie: `__Host-orgate_flow=${header}` },
        });
        await answer.text();
        expect([route, value, answer.status < 500]).toEqual([route, value, true]);
      }
    }
    const { attempt_counters: _, ...after } = await stored();
    const { attempt_counters: _b, ...rest } = before;
    expect(after).toEqual(rest);
  });
});

describe("T109: hostile JSON", () => {
  const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
  const HOSTILE: [name: string, raw: string][] = [
    ["__proto__", '{"__proto__":{"isAdmin":true}}'],
    ["constructor", '{"constructor":{"prototype":{"isAdmin":true}}}'],
    [
      "__proto__ inside a known field",
      '{"traits":{"__proto__":{"isAdmin":true}},"label":{"__proto__":1},"name":{"__proto__":1}}',
    ],
    ["__proto__ in a JSON Patch", '[{"op":"add","path":"/__proto__/isAdmin","value":true}]'],
    ["constructor in a JSON Patch", '[{"op":"add","path":"/traits/constructor/prototype/isAdmin","value":true}]'],
    ["prototype as a value of a JSON Patch", '[{"op":"add","path":"/metadata_public","value":{"__proto__":{"isAdmin":true}}}]'],
    ["20 levels", deep(20)],
    ["5,000 levels", deep(5000)],
    ["5,000 lists", `${"[".repeat(5000)}${"]".repeat(5000)}`],
    ["10,000 keys", `{${Array.from({ length: 5000 }, (_, i) => `"k${i}":1`).join()}}`],
    ["one key twice", '{"label":1,"label":2,"name":1,"name":2}'],
    ["a number beyond numbers", '{"label":1e999,"name":1e999}'],
    ["a lone surrogate", '{"label":["\\ud800"],"name":["\\ud800"]}'],
  ];

  test.each(WITH_BODY)("$name refuses it and reaches no prototype", async (operation) => {
    const before = await d1AtRest();
    for (const [name, raw] of HOSTILE) {
      const { status } = await send(operation, fill(operation.path, ids), raw);
      expect([name, status >= 400 && status < 500]).toEqual([name, true]);
    }
    expect(await d1AtRest()).toEqual(before);
    expect("isAdmin" in {}).toBe(false);
  });

  test("sign-in takes 16 KiB at most, and no body there reaches a prototype", async () => {
    for (const kind of ["login", "registration"]) {
      const flow = await createVisitor(env).get(`${originFor("/")}/self-service/${kind}/api`, { Accept: "application/json" });
      const { id } = (await flow.json()) as { id: string };
      const post = async (raw: string) => {
        const url = `${originFor("/")}/self-service/${kind}?flow=${id}`;
        const init = { method: "POST", headers: { "Content-Type": "application/json" }, body: raw };
        return (await createVisitor(env).send(url, init)).status;
      };
      expect(await post(JSON.stringify({ identifier: "x".repeat(17_000) }))).toBe(413);
      for (const [name, raw] of HOSTILE) {
        const status = await post(raw);
        expect([kind, name, status >= 400 && status < 500]).toEqual([kind, name, true]);
      }
      expect("isAdmin" in {}).toBe(false);
    }
  });
});

describe("T111: the log", () => {
  const FORGED = 'x\r\n{"level":"info","message":"forged"}\u001b[31m\u2028"}\u0007';

  test("every line is one JSON object without controls, whatever is sent", async () => {
    const visitor = createVisitor(env);
    const flow = await visitor.get(`${originFor("/")}/self-service/login/api`, { Accept: "application/json" });
    const { id } = (await flow.json()) as { id: string };
    await visitor.send(`${originFor("/")}/self-service/login?flow=${id}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "User-Agent": encodeURI(FORGED) },
      body: JSON.stringify({ method: "password", identifier: FORGED, password: FORGED }),
    });
    await visitor.send(`${originFor("/")}/self-service/login?flow=${id}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ method: "password", identifier: "kim@injected.example", password: FORGED }),
    });
    for (const path of ["/sso/start", "/self-service/methods/oidc/callback/x", "/self-service/login/flows"]) {
      await visitor.get(
        `${originFor("/")}${path}?${["email", "connection", "state", "id"].map((n) => `${n}=${encodeURIComponent(FORGED)}`).join("&")}`,
      );
    }
    await api("POST", `/projects/${project.id}/organizations`, { body: { label: FORGED, [FORGED]: FORGED } });
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), message: expect.any(String) });
      expect(line).not.toContain("forged");
    }
  });

  test("an event is changed and deleted by no route, and a label with line breaks is none", async () => {
    const routes = allRoutes().filter((route) => route.includes("/events"));
    expect(routes).toContain("GET /projects/:project_id/events");
    expect(routes.filter((route) => !route.startsWith("GET "))).toEqual([]);
    const answer = await api("POST", `/projects/${project.id}/organizations`, { body: { label: "a\r\nb" } });
    expect(answer.status).toBe(422);
    const { events } = (await api("GET", `/projects/${project.id}/events?page_size=1000`)).json;
    for (const event of events) expect(JSON.stringify(event)).not.toMatch(/\\r|\\n|\\u00[01]/);
  });
});

describe("T112: nothing comes along that nobody put there", () => {
  test("debug, metrics, setup and editor paths do not exist on any host", async () => {
    const paths = [
      "/debug",
      "/debug/pprof",
      "/metrics",
      "/env",
      "/.env",
      "/config",
      "/.git/config",
      "/server-status",
      "/actuator/health",
      "/setup",
      "/bootstrap",
      "/admin",
      "/admin/debug",
      "/graphql",
      "/__scheduled",
      "/cdn-cgi/handler/scheduled",
      "/_test",
      "/wrangler.toml",
      "/.dev.vars",
    ];
    for (const path of paths) {
      for (const origin of ["http://localhost:8787", originFor("/")]) {
        for (const headers of [{}, { Authorization: `Bearer ${ROOT_KEY}` }, { "X-Session-Token": token }] as Record<
          string,
          string
        >[]) {
          const { status } = await createVisitor(env).send(`${origin}${path}`, { headers });
          expect([origin, path, status === 404 || (status === 401 && path.startsWith("/admin"))]).toEqual([origin, path, true]);
        }
      }
    }
  });

  test("a migrated installation has no project, identity, key or operator of its own", async () => {
    const migrations = env.TEST_MIGRATIONS.flatMap(({ queries }) => queries);
    const inserts = migrations.filter((query) => /\binsert\s+into\s+(?!sqlite_stat1)/i.test(query));
    expect(inserts.map((query) => /insert\s+into\s+"?(\w+)/i.exec(query)?.[1])).toEqual(["instance_state"]);
  });
});
