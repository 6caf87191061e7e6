// Several databases when something is in the way: one that does not answer, a copy that has missed an edit, half a project,
// a project that is on its way.

import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { BUDGETS } from "../../bench/budgets.ts";
import { findReadinessProblem } from "../../src/domain/readiness.ts";
import { nightShift } from "../../src/jobs/night-shift.ts";
import { STRAY_AGE_MS } from "../../src/jobs/pace.ts";
import { servicesFor } from "../../src/services.ts";
import { movingSet, placeSet } from "../../src/storage/project-placement.ts";
import { lookupPaths, ssoPaths } from "../budgets/login-paths.ts";
import { createScene, person, type Scene } from "../login/scene.ts";
import { call, PASSWORD, setScene } from "../selfservice/scene.ts";
import { operatorAt } from "../support/console.ts";
import { type CountedEnv, countingEnv } from "../support/counting.ts";
import { api } from "../support/management.ts";
import { installPlaces, type Places } from "../support/places.ts";
import { createOrganization, createProject, seeding, services, systemContext } from "../support/seed.ts";
import { createVisitor } from "../support/visitor.ts";

vi.spyOn(console, "warn").mockImplementation(() => undefined);
vi.spyOn(console, "error").mockImplementation(() => undefined);

let places: Places;
let isolate: CountedEnv;
const scenes: Scene[] = [];
beforeAll(async () => {
  places = await installPlaces(3);
  await operatorAt({ all: "owner" });
});
beforeEach(() => {
  isolate = countingEnv(env);
});
afterEach(() => {
  seeding.database = undefined;
  for (const scene of scenes.splice(0)) scene.network.restore();
  vi.useRealTimers();
});

async function sceneIn(place: number): Promise<Scene> {
  seeding.database = place;
  const scene = await createScene();
  scenes.push(scene);
  seeding.database = undefined;
  return scene;
}
const database = (place: number) => places.databases[place] as D1Database;
const count = (place: number, table: string, projectId: string) =>
  database(place)
    .prepare(`SELECT count(*) AS n FROM ${table} WHERE ${table === "projects" ? "id" : "project_id"} = ?`)
    .bind(projectId)
    .first<number>("n");
const down = (place: number) => {
  isolate.faults.d1 = "overloaded";
  isolate.faults.d1Places = [place];
};
const logsIn = async (scene: Scene, visitor = createVisitor(isolate.env)) => {
  const start = await visitor.get(`${scene.origin}/sso/start?connection=${scene.a.connection.id}`);
  if (start.status !== 303) return start;
  return await visitor.get(await scene.idpA.authorize(new URL(start.headers.get("location") ?? ""), person(scene.a.domain)));
};

describe("a database that does not answer", () => {
  test("is 503 for its own projects", async () => {
    const scene = await sceneIn(1);
    down(1);
    const answer = await logsIn(scene);
    expect([answer.status, Number(answer.headers.get("retry-after")) > 0]).toEqual([503, true]);
  });

  test.each([0, 2])("takes no login of database %i with it", async (place) => {
    const scene = await sceneIn(place);
    down(1);
    expect((await logsIn(scene)).status).toBe(303);
  });

  test("is named by /readyz", async () => {
    const { runtime } = servicesFor(isolate.env);
    expect(await findReadinessProblem(runtime)).toBeUndefined();
    down(2);
    expect(await findReadinessProblem(runtime)).toBe("database_DB_2");
    const answer = await createVisitor(isolate.env).get(`${env.BASE_URL}/readyz`);
    const { error } = await answer.json<{ error: { id: string; reason: string } }>();
    expect([answer.status, error.id, error.reason]).toEqual([503, "not_ready_database", "DB_2: The database cannot answer."]);
    isolate.reset();
    await database(1).prepare("UPDATE instance_state SET value = '0' WHERE key = 'schema_version'").run();
    expect(await findReadinessProblem(runtime)).toBe("schema_DB_1");
    await database(1)
      .prepare("UPDATE instance_state SET value = ? WHERE key = 'schema_version'")
      .bind(await versionOf(0))
      .run();
  });

  test("does not stop the night shift in the others", async () => {
    const scene = await sceneIn(2);
    await database(2).prepare("INSERT INTO consumed_transactions VALUES (?, 'old', 1)").bind(scene.project.id).run();
    down(1);
    await nightShift(servicesFor(isolate.env).runtime);
    expect(await count(2, "consumed_transactions", scene.project.id)).toBe(0);
  });

  test("gets no new project, and no half of one; who names none gets another", async () => {
    down(1);
    const crowd =
      "WITH n AS (SELECT value FROM json_each(?)) INSERT INTO projects (id, slug, name, place, created_at, updated_at)";
    const many = JSON.stringify(Array.from({ length: 50 }, (_, index) => index));
    for (const place of [0, 2]) {
      const name = `'crowd' || value || '-' || ${place}`;
      await database(0).prepare(`${crowd} SELECT ${name}, ${name}, '', ${place}, 0, 0 FROM n`).bind(many).run();
    }
    const elsewhere = await api("POST", "/projects", { env: isolate.env, body: { name: "P", slug: "elsewhere" } });
    expect([elsewhere.status, elsewhere.json.database === 1]).toEqual([201, false]);
    await database(0).prepare("DELETE FROM projects WHERE id GLOB 'crowd*'").run();
    const answer = await api("POST", "/projects", { env: isolate.env, body: { name: "P", slug: "half", database: 1 } });
    expect(answer.status).toBe(503);
    isolate.reset();
    expect((await api("POST", "/projects", { env: isolate.env, body: { name: "P", slug: "half", database: 1 } })).status).toBe(
      201,
    );
  });
});

const versionOf = (place: number) =>
  database(place).prepare("SELECT value FROM instance_state WHERE key = 'schema_version'").first<string>("value");

describe("the copy of a project's row", () => {
  test("that has missed an edit decides nothing once the request knows better, and is mended at night", async () => {
    seeding.database = 1;
    const scene = await setScene();
    isolate.faults.d1 = "overloaded";
    isolate.faults.d1Places = [1];
    const path = `/projects/${scene.project.id}`;
    expect((await api("PATCH", path, { env: isolate.env, body: { registration: false } })).status).toBe(503);
    const copied = () =>
      database(1).prepare("SELECT registration FROM projects WHERE id = ?").bind(scene.project.id).first("registration");
    expect(await copied()).toBe(1);

    services().hosts.forget(scene.project.id);
    const flow = await call(scene, "/self-service/registration/api");
    const body = { method: "password", traits: { email: "late@personal.example" }, password: PASSWORD };
    expect((await call(scene, `/self-service/registration?flow=${flow.body.id}`, body)).status).toBe(400);
    await nightShift(services().runtime);
    expect(await copied()).toBe(0);
  });

  test("is mended by repeating the edit", async () => {
    seeding.database = 1;
    const project = await createProject();
    down(1);
    const edit = () => api("PATCH", `/projects/${project.id}`, { env: isolate.env, body: { session_lifespan: "1h" } });
    expect((await edit()).status).toBe(503);
    isolate.reset();
    expect((await edit()).status).toBe(200);
    expect(
      await database(1).prepare("SELECT session_lifespan FROM projects WHERE id = ?").bind(project.id).first("session_lifespan"),
    ).toBe("1h");
  });

  test("that is missing comes back at night, and the project can be used and deleted before and after", async () => {
    seeding.database = 2;
    const project = await createProject();
    await database(2).prepare("DELETE FROM projects WHERE id = ?").bind(project.id).run();
    const organizations = `/projects/${project.id}/organizations`;
    expect((await api("GET", organizations)).json.organizations).toEqual([]);
    expect((await api("POST", organizations, { body: { label: "A" } })).json.error.id).toBe("reference_gone");
    await nightShift(services().runtime);
    expect((await api("POST", organizations, { body: { label: "A" } })).status).toBe(201);
    expect((await api("DELETE", `/projects/${project.id}`)).status).toBe(204);

    seeding.database = 2;
    const other = await createProject();
    await database(2).prepare("DELETE FROM projects WHERE id = ?").bind(other.id).run();
    expect((await api("DELETE", `/projects/${other.id}`)).status).toBe(204);
  });

  test("of a project that the directory refused goes, at once or at night; one with data stays", async () => {
    const taken = await api("POST", "/projects", { body: { name: "P", slug: "taken-slug", database: 1 } });
    const copies = () => database(1).prepare("SELECT count(*) AS n FROM projects").first<number>("n");
    const before = await copies();
    expect((await api("POST", "/projects", { body: { name: "P", slug: "taken-slug", database: 1 } })).status).toBe(409);
    expect(await copies()).toBe(before);

    // The directory's answer is lost: the project may be there.
    isolate.faults.d1 = "fail-before";
    isolate.faults.d1Only = (sql) => /^insert into "projects"/.test(sql);
    isolate.faults.d1Places = [0];
    expect((await api("POST", "/projects", { env: isolate.env, body: { name: "P", slug: "lost", database: 1 } })).status).toBe(
      503,
    );
    expect(await copies()).toBe((before ?? 0) + 1);
    await nightShift(services().runtime);
    expect(await copies(), "it may be somebody's work in progress").toBe((before ?? 0) + 1);

    await database(1)
      .prepare("UPDATE projects SET created_at = created_at - ?")
      .bind(STRAY_AGE_MS + 1000)
      .run();
    await database(0).prepare("DELETE FROM events WHERE project_id = ?").bind(taken.json.id).run();
    await createOrganization(taken.json, { label: "kept" });
    await database(0).prepare("DELETE FROM projects WHERE id = ?").bind(taken.json.id).run();
    await nightShift(services().runtime);
    expect(await copies()).toBe(before);
    expect(await count(1, "organizations", taken.json.id)).toBe(1);
  });

  test("and everything else is gone first: a deletion that the directory missed is repeated", async () => {
    seeding.database = 1;
    const project = await createProject();
    await createOrganization(project);
    isolate.faults.d1 = "fail-before";
    isolate.faults.d1Only = (sql) => /^delete from "projects"/.test(sql);
    isolate.faults.d1Places = [0];
    expect((await api("DELETE", `/projects/${project.id}`, { env: isolate.env })).status).toBe(503);
    expect(await count(1, "organizations", project.id)).toBe(0);
    isolate.reset();
    expect((await api("DELETE", `/projects/${project.id}`, { env: isolate.env })).status).toBe(204);
  });
});

describe("two projects in two databases with the same domain, address, issuer and ids", () => {
  test("never meet", async () => {
    seeding.database = 1;
    const one = await setScene();
    seeding.database = 2;
    const two = await setScene();
    const traits = { email: "pat@personal.example" };
    const register = async (scene: typeof one, password: string) => {
      const flow = await call(scene, "/self-service/registration/api");
      const body = { method: "password", traits, password };
      return (
        await call<{ session: { identity: { id: string } } }>(scene, `/self-service/registration?flow=${flow.body.id}`, body)
      ).body;
    };
    const ids = [await register(one, PASSWORD), await register(two, `${PASSWORD} too`)].map(({ session }) => session.identity.id);
    expect(new Set(ids).size).toBe(2);
    const login = async (scene: typeof one, password: string) => {
      const flow = await call(scene, "/self-service/login/api");
      return (
        await call(scene, `/self-service/login?flow=${flow.body.id}`, { method: "password", identifier: traits.email, password })
      ).status;
    };
    expect([await login(one, PASSWORD), await login(two, PASSWORD)]).toEqual([200, 400]);
    // The same id in both: a row copied by hand.
    const { results } = await database(1).prepare("SELECT * FROM organizations WHERE project_id = ?").bind(one.project.id).all();
    const row = results[0] as Record<string, unknown>;
    const columns = Object.keys(row);
    await database(2)
      .prepare(`INSERT INTO organizations (${columns.join()}) VALUES (${columns.map(() => "?").join()})`)
      .bind(...columns.map((name) => (name === "project_id" ? two.project.id : name === "label" ? "twin" : row[name])))
      .run();
    const organization = async (scene: typeof one) =>
      (await api("GET", `/projects/${scene.project.id}/organizations/${row["id"]}`)).json.organization.label;
    expect([await organization(one), await organization(two)]).toEqual([row["label"], "twin"]);
  });
});

describe("a project that nobody knows", () => {
  test("is answered as with one database", async () => {
    const { runtime, organizations } = servicesFor(isolate.env);
    expect(await runtime.placement.locate("nobody")).toBeUndefined();
    expect((await organizations.list("nobody", { after: undefined, limit: 5 })).items).toEqual([]);
    await expect(organizations.create("nobody", { label: "x" }, systemContext)).rejects.toMatchObject({ kind: "foreign_key" });
    expect(new Set(isolate.d1.places)).toEqual(new Set([0]));
  });

  test("and one whose database has no binding any more is 503, not empty", async () => {
    const project = await createProject();
    await database(0).prepare("UPDATE projects SET place = 7 WHERE id = ?").bind(project.id).run();
    const answer = await api("GET", `/projects/${project.id}/organizations`, { env: isolate.env });
    expect([answer.status, Number(answer.headers.get("retry-after")) > 0]).toEqual([503, true]);
    expect((await api("DELETE", `/projects/${project.id}`, { env: isolate.env })).status).toBe(503);
  });
});

describe("what is remembered of a place", () => {
  test("comes for free with the project's row, for ten seconds, and never of a project that is moving", async () => {
    const scene = await sceneIn(1);
    const visitor = createVisitor(isolate.env);
    await visitor.get(`${scene.origin}/sessions/whoami`, { Accept: "application/json", "X-Session-Token": "x" });
    const start = () => visitor.get(`${scene.origin}/sso/start?connection=${scene.a.connection.id}`);
    isolate.reset();
    expect((await start()).status).toBe(303);
    expect(isolate.d1.places).toEqual([1]);

    const { directory } = services().runtime;
    await directory.commit([movingSet(directory, scene.project.id, true)]);
    servicesFor(isolate.env).runtime.placement.forget(scene.project.id);
    for (let i = 0; i < 2; i += 1) {
      isolate.reset();
      expect((await start()).status).toBe(303);
      expect(isolate.d1.places).toEqual([0, 1]);
    }
    await directory.commit([placeSet(directory, scene.project.id, 1)]);
    await start();
    isolate.reset();
    expect((await start()).status).toBe(303);
    expect(isolate.d1.places).toEqual([1]);
  });

  test("a write that meets a move waits for it, and goes where the project is then", async () => {
    seeding.database = 1;
    const project = await createProject();
    await createOrganization(project, { label: "warm" });
    await freeze(1, project.id);
    const written = createOrganization(project, { label: "moved" });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { directory } = services().runtime;
    await database(2)
      .prepare("INSERT INTO projects (id, slug, name, created_at, updated_at) VALUES (?, ?, '', 0, 0)")
      .bind(project.id, project.id)
      .run();
    await directory.commit([placeSet(directory, project.id, 2)]);
    expect((await written).label).toBe("moved");
    expect([await count(1, "organizations", project.id), await count(2, "organizations", project.id)]).toEqual([1, 1]);
    await thaw(1);
  });

  test("a write that meets a move without an end is 503 with Retry-After; reads go on", async () => {
    seeding.database = 1;
    const project = await createProject();
    await freeze(1, project.id);
    const path = `/projects/${project.id}/organizations`;
    const answer = await api("POST", path, { body: { label: "A" } });
    expect([answer.status, Number(answer.headers.get("retry-after")) > 0]).toEqual([503, true]);
    expect((await api("GET", path)).status).toBe(200);
    await thaw(1);
    expect((await api("POST", path, { body: { label: "A" } })).status).toBe(201);
  });

  test("a project that is being moved is not deleted", async () => {
    seeding.database = 1;
    const project = await createProject();
    await database(0)
      .prepare(
        "INSERT INTO project_moves (project_id, source, target, state, entered_at, created_at) VALUES (?, 1, 2, 'announced', 0, 0)",
      )
      .bind(project.id)
      .run();
    const refused = await api("DELETE", `/projects/${project.id}`);
    expect([refused.status, refused.json.error.id]).toEqual([409, "project_moving"]);
    await database(0).prepare("DELETE FROM project_moves").run();
    expect((await api("DELETE", `/projects/${project.id}`)).status).toBe(204);
  });
});

async function freeze(place: number, projectId: string): Promise<void> {
  await database(place)
    .prepare(
      `CREATE TRIGGER frozen BEFORE INSERT ON organizations WHEN NEW.project_id = '${projectId}' BEGIN SELECT RAISE(ABORT, 'project_moving'); END`,
    )
    .run();
}

async function thaw(place: number): Promise<void> {
  await database(place).prepare("DROP TRIGGER frozen").run();
}

describe("a second database costs no trip", () => {
  test("lookups, logins and whoami ask D1 as often as with one", async () => {
    const scene = await sceneIn(1);
    const costs = { ...(await lookupPaths(scene)), ...(await ssoPaths(scene, "several")) };
    const trips = (of: Record<string, { d1RoundTrips: number }>) =>
      Object.fromEntries(Object.keys(costs).map((path) => [path, of[path]?.d1RoundTrips]));
    expect(trips(costs)).toEqual(trips(BUDGETS));
  });
});
