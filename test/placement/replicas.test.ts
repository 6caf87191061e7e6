// Reading from replicas: lists alone, never less than what one has written oneself, and nothing that decides.

import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createScene, person, type Scene } from "../login/scene.ts";
import { allRoutes, fill } from "../security/routes.ts";
import { CONSOLE_COOKIE, operatorAt } from "../support/console.ts";
import { type CountedEnv, countingEnv } from "../support/counting.ts";
import { api } from "../support/management.ts";
import { installPlaces } from "../support/places.ts";
import { createOrganization, putIdentity, putSession, ROOT_KEY, seeding } from "../support/seed.ts";
import { createVisitor, type Visitor } from "../support/visitor.ts";

vi.spyOn(console, "warn").mockImplementation(() => undefined);
vi.spyOn(console, "error").mockImplementation(() => undefined);

const COOKIE = "__Host-orgate_console_bookmark";

interface Described {
  parameters?: { in: string; name: string }[];
  responses: Record<string, { headers?: Record<string, unknown> }>;
}

let scene: Scene;
let isolate: CountedEnv;
let plain: CountedEnv;
beforeAll(async () => {
  await installPlaces(2);
  await operatorAt({ all: "owner" });
});
beforeEach(async () => {
  isolate = countingEnv({ ...env, READ_REPLICATION: "true" });
  plain = countingEnv(env);
  seeding.database = 1;
  scene = await createScene();
});
afterEach(() => scene.network.restore());

const organizations = () => `/projects/${scene.project.id}/organizations`;
const list = (headers: Record<string, string> = {}) => api("GET", organizations(), { env: isolate.env, headers });
const add = (label: string) => api("POST", organizations(), { env: isolate.env, body: { label } });

describe("the API", () => {
  test("without a bookmark sees what the primary has, and is given one", async () => {
    const answer = await list();
    expect(answer.json.organizations).toHaveLength(2);
    expect(isolate.d1.sessions).toEqual(["first-primary"]);
    expect(answer.headers.get("Orgate-Bookmark")).toMatch(/^1\.[0-9a-f-]+$/);
  });

  test("with the bookmark of a list or of a change sees nothing older", async () => {
    const bookmark = (await add("New")).headers.get("Orgate-Bookmark") ?? "";
    expect(bookmark).toMatch(/^1\.[0-9a-f-]+$/);
    isolate.reset();
    const answer = await list({ "Orgate-Bookmark": bookmark });
    expect(isolate.d1.sessions).toEqual([bookmark.slice(2)]);
    expect(answer.json.organizations).toHaveLength(3);
  });

  test.each(["first-unconstrained", "1.first-unconstrained", "0.abc-def", "1.", "1.ABC-DEF", "x", `1.${"a".repeat(65)}-b`])(
    "with the bookmark %s reads from the primary",
    async (bookmark) => {
      expect((await list({ "Orgate-Bookmark": bookmark })).status).toBe(200);
      expect(isolate.d1.sessions).toEqual(["first-primary"]);
    },
  );

  test("that fails to write is given none, and a project that is moving is read as always", async () => {
    expect((await add("")).headers.get("Orgate-Bookmark")).toBeNull();
    await env.DB.prepare("UPDATE projects SET moving = 1 WHERE id = ?").bind(scene.project.id).run();
    isolate = countingEnv(isolate.env);
    expect((await list()).json.organizations).toHaveLength(2);
    expect(isolate.d1.sessions).toEqual([]);
  });
});

describe("the console", () => {
  test("may lag, until its operator has changed something; then it may not lag behind that", async () => {
    const kim = await operatorAt({ all: "owner" }, isolate.env);
    const path = `/projects/${scene.project.id}`;
    isolate.reset();
    await kim.page(`${path}/organizations`);
    expect(isolate.d1.sessions).toEqual(["first-unconstrained"]);
    const jar = () => kim.visitor.cookies.get(new URL(env.BASE_URL).host)?.get(COOKIE);
    expect(jar()).toBeUndefined();

    expect((await kim.post(`${path}/settings`, { name: "Renamed" })).status).toBe(303);
    const bookmark = jar() ?? "";
    expect(bookmark).toMatch(new RegExp(`^${scene.project.id}_1\\.[0-9a-f-]+$`));
    isolate.reset();
    for (const page of ["organizations", "identities", "events"]) await kim.page(`${path}/${page}`);
    expect(isolate.d1.sessions).toEqual(Array(3).fill(bookmark.slice(bookmark.indexOf(".") + 1)));

    seeding.database = 0;
    const other = await createScene();
    other.network.restore();
    expect((await kim.post(`/projects/${other.project.id}/settings`, { name: "Renamed" })).status).toBe(303);
    expect(
      jar()
        ?.split("~")
        .map((entry) => entry.slice(0, 36)),
    ).toEqual([other.project.id, scene.project.id]);
  });
});

describe("what decides", () => {
  test("a whole login, whoami, the lookup and a logout ask the primary", async () => {
    const visitor = createVisitor(isolate.env);
    expect((await scene.login(scene.a.connection, person(scene.a.domain), visitor)).status).toBe(303);
    expect((await scene.whoami(visitor)).status).toBe(200);
    await visitor.get(`${scene.origin}/self-service/sso?identifier=pat@${scene.a.domain}`);
    await visitor.get(`${scene.origin}/account`);
    expect(isolate.d1.sessions).toEqual([]);
  });

  /** Lists, and nothing else. A change asks the primary for a bookmark when it is done. */
  const LISTS = [
    "GET /admin/identities",
    "GET /admin/sessions",
    "GET /console/projects/:project_id/events",
    "GET /console/projects/:project_id/identities",
    "GET /console/projects/:project_id/organizations",
    "GET /projects/:project_id/events",
    "GET /projects/:project_id/organizations",
  ];

  test("of all routes only these lists read from replicas; without replicas none does, and no answer has a bookmark", async () => {
    const organization = await createOrganization(scene.project);
    const identity = await putIdentity(scene.project.id, { email: "pat@personal.example" });
    const token = await putSession(scene.project.id, identity);
    const kim = await operatorAt({ all: "owner" }, isolate.env);
    const ids = {
      project_id: scene.project.id,
      organization_id: organization.id,
      id: identity,
      connection_id: scene.a.connection.id,
    };
    const ask = async (of: CountedEnv, route: string) => {
      const [method = "", path = ""] = route.split(" ");
      of.reset();
      const operators = path.startsWith("/console");
      const origin = operators || path.startsWith("/projects") ? env.BASE_URL : scene.origin;
      const credential = operators
        ? { Cookie: `${CONSOLE_COOKIE}=${kim.token}` }
        : /^\/(?:projects|admin)\b/.test(path)
          ? { Authorization: `Bearer ${ROOT_KEY}` }
          : { Cookie: `__Host-orgate_session=${token}` };
      const init = { method: method === "ALL" ? "GET" : method, headers: { ...credential, "Content-Type": "application/json" } };
      const body = ["POST", "PUT", "PATCH"].includes(method) ? { body: "{}" } : {};
      const visitor: Visitor = createVisitor(of.env);
      const answer = await visitor.send(`${origin}${fill(path, ids)}`, { ...init, ...body });
      await answer.body?.cancel();
      return {
        status: answer.status,
        marked: answer.headers.has("Orgate-Bookmark") || `${answer.headers.get("set-cookie")}`.includes(COOKIE),
      };
    };
    const routes = allRoutes().sort((a, b) => Number(b.startsWith("GET")) - Number(a.startsWith("GET")));
    expect(routes.length).toBeGreaterThan(100);
    const reading: string[] = [];
    for (const route of routes) {
      const answer = await ask(plain, route);
      expect([plain.d1.sessions, answer.marked], route).toEqual([[], false]);
      if (!route.startsWith("GET ")) continue;
      await ask(isolate, route);
      if (isolate.d1.sessions.length > 0) reading.push(route);
    }
    expect(reading.sort()).toEqual(LISTS);
  });

  test("the API's description names the header where it is taken and given", async () => {
    const { paths } = (await api("GET", "/openapi.json", { key: null })).json;
    const taking: string[] = [];
    for (const [path, item] of Object.entries(paths as Record<string, Record<string, Described>>)) {
      for (const [method, { parameters = [], responses }] of Object.entries(item)) {
        const route = `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`;
        if (parameters.some(({ in: place, name }) => place === "header" && name === "Orgate-Bookmark")) taking.push(route);
        const gives = Object.entries(responses).filter(([, { headers }]) => headers?.["Orgate-Bookmark"]);
        const inside = /^\/(?:admin|projects\/\{project_id\})/.test(path);
        const wanted =
          LISTS.includes(route) || (inside && method !== "get") ? Object.keys(responses).filter((s) => s < "300") : [];
        expect([route, gives.map(([status]) => status)]).toEqual([route, wanted]);
      }
    }
    expect(taking.sort()).toEqual(LISTS.filter((route) => !route.includes("/console/")));
  });

  test("a change asks the primary alone", async () => {
    await add("New");
    expect(isolate.d1.sessions).toEqual(["first-primary"]);
    const key = { Authorization: `Bearer ${ROOT_KEY}`, "Content-Type": "application/json" };
    const body = JSON.stringify({ schema_id: "default", traits: { email: "new@personal.example" } });
    isolate.reset();
    const answer = await createVisitor(isolate.env).send(`${scene.origin}/admin/identities`, {
      method: "POST",
      headers: key,
      body,
    });
    expect([answer.status, isolate.d1.sessions, answer.headers.get("Orgate-Bookmark")]).toEqual([
      201,
      ["first-primary"],
      expect.stringMatching(/^1\.[0-9a-f-]+$/),
    ]);
  });
});
