// What must be so whatever number of databases there are, and in every one of them: the ways in, the lists, the end of a
// project; and that nothing of a project is asked of, or left in, a database that is not its own.

import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { nightShift } from "../../src/jobs/night-shift.ts";
import { createScene, person } from "../login/scene.ts";
import { createProviderScene } from "../provider/scene.ts";
import { browser, call, PASSWORD, setScene } from "../selfservice/scene.ts";
import { operatorAt } from "../support/console.ts";
import { type CountedEnv, countingEnv } from "../support/counting.ts";
import { api } from "../support/management.ts";
import { installPlaces, type Places } from "../support/places.ts";
import { createApiKey, seeding, services } from "../support/seed.ts";
import { createVisitor } from "../support/visitor.ts";

vi.spyOn(console, "warn").mockImplementation(() => undefined);

const PROJECTS = 16;

/** The tests of one file. */
export function everywhere(count: number): void {
  const numbers = Array.from({ length: count }, (_, place) => place);
  let places: Places;
  beforeAll(async () => {
    places = await installPlaces(count);
    // Operators are people of the console project, which is always in the directory.
    await operatorAt({ all: "owner" });
  });
  afterEach(() => {
    seeding.database = undefined;
  });
  const rowsOf = async (place: number, projectId: string) =>
    Object.entries(await places.dump(place))
      .flatMap(([table, rows]) => rows.map((row) => [table, row as Record<string, unknown>] as const))
      .filter(([, row]) => row["project_id"] === projectId || row["id"] === projectId);
  const tablesOf = async (place: number, projectId: string) => [
    ...new Set((await rowsOf(place, projectId)).map(([table]) => table)),
  ];

  test(`${PROJECTS} new projects spread evenly`, async () => {
    const made: { id: string; database: number }[] = [];
    for (let index = 0; index < PROJECTS; index += 1) {
      const answer = await api("POST", "/projects", { body: { name: "P", slug: `spread-${index}` } });
      expect(answer.status).toBe(201);
      made.push(answer.json);
    }
    const counts = numbers.map((place) => made.filter((project) => project.database === place).length);
    // The console project was there before them.
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    expect((await api("GET", `/projects/${made[1]?.id}`)).json.database).toBe(made[1]?.database);
    for (const { id, database } of made) {
      const anchored = await Promise.all(numbers.slice(1).map(async (place) => (await rowsOf(place, id)).length > 0));
      expect(numbers.slice(1).filter((_, index) => anchored[index])).toEqual(database === 0 ? [] : [database]);
      expect((await api("DELETE", `/projects/${id}`)).status).toBe(204);
      for (const place of numbers) expect(await rowsOf(place, id)).toEqual([]);
    }
  });

  test("an operator may name the database, and one that is not there is refused at its field", async () => {
    for (const database of numbers) {
      const { json } = await api("POST", "/projects", { body: { name: "P", slug: `named-${database}`, database } });
      expect(json.database).toBe(database);
      await api("DELETE", `/projects/${json.id}`);
    }
    const refused = await api("POST", "/projects", { body: { name: "P", slug: "nowhere", database: count } });
    expect([refused.status, refused.json.error.details.database.code]).toEqual([422, "database_unknown"]);
    expect((await api("POST", "/projects", { body: { name: "P", slug: "nowhere", database: -1 } })).status).toBe(422);
  });

  describe.each(numbers)("in database %i", (place) => {
    const others = numbers.filter((other) => other !== place && other !== 0);
    const untouched = async <T>(act: () => Promise<T>): Promise<T> => {
      const before = await Promise.all(others.map((other) => places.dump(other)));
      const result = await act();
      expect(await Promise.all(others.map((other) => places.dump(other)))).toEqual(before);
      return result;
    };
    /** Every trip went to the directory or to the project's own place, and those to the directory read projects alone. */
    const expectOwn = ({ d1 }: CountedEnv) => {
      expect(d1.places.filter((to) => to !== 0 && to !== place)).toEqual([]);
      if (place === 0) return;
      const asked = d1.sql.filter((_, index) => d1.places[index] === 0).flat();
      for (const sql of asked) expect(sql).toMatch(/^select .* from "(?:projects|project_hostnames)"/);
    };

    test("people come in by SSO, whoami knows them, and nothing stands or is asked anywhere else", async () => {
      seeding.database = place;
      await untouched(async () => {
        const scene = await createScene();
        const isolate = countingEnv(env);
        const visitor = createVisitor(isolate.env);
        expect((await scene.login(scene.a.connection, person(scene.a.domain), visitor)).status).toBe(303);
        expect((await scene.whoami(visitor)).status).toBe(200);
        const found = await visitor.get(`${scene.origin}/self-service/sso?identifier=pat@${scene.a.domain}`, {
          Accept: "application/json",
        });
        expect(await found.json()).toMatchObject({ sso: true });
        expectOwn(isolate);
        scene.network.restore();
        if (place === 0) return;
        expect((await tablesOf(0, scene.project.id)).sort()).toEqual(["events", "projects"]);
        expect(await tablesOf(place, scene.project.id)).toEqual(
          expect.arrayContaining(["connections", "consumed_transactions", "events", "identities", "sessions"]),
        );
      });
    });

    test("people register and sign in with a password", async () => {
      seeding.database = place;
      await untouched(async () => {
        const scene = await setScene();
        const flow = await call(scene, "/self-service/registration/api");
        const traits = { email: "pat@personal.example" };
        const registration = { method: "password", traits, password: PASSWORD };
        expect((await call(scene, `/self-service/registration?flow=${flow.body.id}`, registration)).status).toBe(200);
        const login = await call(scene, "/self-service/login/api");
        const body = { method: "password", identifier: traits.email, password: PASSWORD };
        expect((await call(scene, `/self-service/login?flow=${login.body.id}`, body)).status).toBe(200);
        expect((await browser().get(`${scene.origin}/login`)).status).toBe(200);
      });
    });

    test("an app signs people in, and asks with the tokens", async () => {
      seeding.database = place;
      await untouched(async () => {
        const scene = await createProviderScene();
        const app = await scene.app();
        const tokens = await scene.tokens(app, await scene.signIn(), { scope: "openid email offline_access" });
        expect((await scene.userinfo(tokens.access_token)).status).toBe(200);
        const form = { grant_type: "refresh_token", refresh_token: tokens.refresh_token ?? "" };
        expect((await scene.post(app, "/oauth2/token", form)).status).toBe(200);
        scene.network.restore();
      });
    });

    test("its operators see its people, organizations and events, which are one log", async () => {
      seeding.database = place;
      const scene = await createScene();
      await scene.login(scene.a.connection, person(scene.a.domain));
      scene.network.restore();
      const { key } = await createApiKey(scene.project);
      const isolate = countingEnv(env);
      const path = `/projects/${scene.project.id}`;
      const read = async (list: string, query = "") =>
        (await api("GET", `${path}/${list}${query}`, { key, env: isolate.env })).json;
      expect((await read("organizations")).organizations).toHaveLength(2);
      const { events } = await read("events", "?page_size=100");
      const ids = events.map((event: { id: string }) => event.id);
      expect(ids).toEqual([...ids].sort().reverse());
      expect(events.map((event: { type: string }) => event.type)).toEqual(
        expect.arrayContaining(["project.created", "api_key.created", "organization.created", "login.succeeded"]),
      );
      const paged: string[] = [];
      for (let token = ""; ; ) {
        const page = await read("events", `?page_size=2${token}`);
        paged.push(...page.events.map((event: { id: string }) => event.id));
        if (!page.next_page_token) break;
        token = `&page_token=${page.next_page_token}`;
      }
      expect(paged).toEqual(ids);
      expect(isolate.d1.places.filter((to) => to !== 0 && to !== place)).toEqual([]);

      const kim = await operatorAt({ [scene.project.id]: "owner" });
      for (const page of ["", "/organizations", "/identities", "/connections", "/events", "/settings", "/applications"]) {
        expect((await kim.page(`/projects/${scene.project.id}${page}`)).status).toBe(200);
      }
      expect((await kim.page(`/projects/${scene.project.id}/identities`)).text).toContain(`ada@${scene.a.domain}`);
    });

    test("settings change at once, where logins are decided too", async () => {
      seeding.database = place;
      const scene = await setScene();
      const path = `/projects/${scene.project.id}`;
      expect((await api("PATCH", path, { body: { registration: false } })).status).toBe(200);
      const flow = await call(scene, "/self-service/registration/api");
      const body = { method: "password", traits: { email: "late@personal.example" }, password: PASSWORD };
      const refused = await call(scene, `/self-service/registration?flow=${flow.body.id}`, body);
      expect(refused.status).toBe(400);
      const copy = await places.databases[place]?.prepare("SELECT registration, revision FROM projects WHERE id = ?");
      expect(await copy?.bind(scene.project.id).first()).toEqual({ registration: 0, revision: 2 });
    });

    test("the night shift comes here", async () => {
      seeding.database = place;
      const scene = await createScene();
      scene.network.restore();
      const db = places.databases[place] as D1Database;
      const domain = scene.a.domain;
      await db.batch([
        db.prepare("INSERT INTO consumed_transactions VALUES (?, 'old', 1)").bind(scene.project.id),
        db.prepare("INSERT INTO domain_index_outbox VALUES (?, ?, 0, 0)").bind(scene.project.id, domain),
        db
          .prepare(
            "INSERT INTO events (project_id, id, type, actor_type, request_id, created_at) VALUES (?, '0', 't', 'system', '', 0)",
          )
          .bind(scene.project.id),
      ]);
      const { runtime } = services();
      await nightShift(runtime);
      const left = await rowsOf(place, scene.project.id);
      expect(left.filter(([table]) => ["consumed_transactions", "domain_index_outbox"].includes(table))).toEqual([]);
      expect(left.filter(([, row]) => row["id"] === "0")).toEqual([]);
      expect((await runtime.domainIndex.get(scene.project.id, domain))?.organization_id).toBe(scene.a.organization.id);
    });

    test("the end of a project leaves nothing of it anywhere, and says so in the console's log", async () => {
      seeding.database = place;
      const scene = await createScene();
      await scene.login(scene.a.connection, person(scene.a.domain));
      scene.network.restore();
      await createApiKey(scene.project);
      await untouched(async () => {
        expect((await api("DELETE", `/projects/${scene.project.id}`)).status).toBe(204);
        expect(await rowsOf(0, scene.project.id)).toEqual([]);
        expect(await rowsOf(place, scene.project.id)).toEqual([]);
      });
      expect((await api("DELETE", `/projects/${scene.project.id}`)).status).toBe(404);
      const log = (await places.dump(0))["events"] as { type: string; details: string }[];
      expect(log.filter(({ type, details }) => type === "project.deleted" && details.includes(scene.project.id))).toHaveLength(1);
    });
  });
}
