// The budgets of a login, counted: D1 round trips, rows written (D1's own count, indexes included), outbound requests.
// They must not depend on how many organizations there are.

import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { type CountedEnv, countingEnv } from "../support/counting.ts";
import { createVisitor } from "../support/visitor.ts";
import { createScene, person, type Scene } from "./scene.ts";

const FORM = { Accept: "application/json", "Content-Type": "application/json" };

/** Everything one login costs, step by step, the second time a person comes. */
async function costs(scene: Scene, counted: CountedEnv) {
  const visitor = createVisitor(counted.env);
  const step = async (act: () => Promise<Response>) => {
    const d1 = { ...counted.d1 };
    const requests = scene.network.requests.length;
    const response = await act();
    return {
      response,
      roundTrips: counted.d1.roundTrips - d1.roundTrips,
      rowsRead: counted.d1.rowsRead - d1.rowsRead,
      rowsWritten: counted.d1.rowsWritten - d1.rowsWritten,
      requests: scene.network.requests.slice(requests).map((r) => r.path),
    };
  };
  const login = async () => {
    const start = await step(() => visitor.get(`${scene.origin}/sso/start?connection=${scene.a.connection.id}`));
    const callback = await scene.idpA.authorize(new URL(start.response.headers.get("location") ?? ""), person(scene.a.domain));
    const finish = await step(() => visitor.get(callback));
    expect(finish.response.status).toBe(303);
    return { start, finish };
  };
  await visitor.get(`${scene.origin}/healthz`);
  await visitor.get(`${scene.origin}/login`); // the host is known to the isolate
  const cold = await login();
  visitor.cookies.clear();
  const warm = await login();
  const whoami = await step(() => visitor.get(`${scene.origin}/sessions/whoami`, FORM));
  return { cold, warm, whoami };
}

let scene: Scene;
afterEach(() => scene.network.restore());

describe("a login's budget", () => {
  test("SSO start: one D1 round trip, no row written; callback: three and four; whoami: one (T74)", async () => {
    scene = await createScene();
    const { cold, warm, whoami } = await costs(scene, countingEnv(env, { measureRows: true }));
    expect(cold.start).toMatchObject({ roundTrips: 1, rowsWritten: 0, requests: ["discovery"] });
    expect(cold.finish.roundTrips).toBeLessThanOrEqual(3);
    expect(cold.finish.requests).toEqual(["token", "jwks"]);
    expect(warm.start).toMatchObject({ roundTrips: 1, rowsWritten: 0, requests: [] });
    expect(warm.finish.roundTrips).toBe(3);
    expect(warm.finish.rowsWritten).toBeLessThanOrEqual(4);
    expect(warm.finish.requests).toEqual(["token"]);
    expect(whoami).toMatchObject({ roundTrips: 1, rowsWritten: 0, requests: [] });
  });

  test("rows read are the same with 10 and with 2,000 organizations in the project", async () => {
    scene = await createScene();
    const few = await costs(scene, countingEnv(env, { measureRows: true }));
    const id = scene.project.id;
    const numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)";
    await env.DB.batch([
      env.DB.prepare(
        `${numbers} INSERT INTO organizations (project_id, id, label, created_at, updated_at) SELECT ?, 'o' || i, 'O', 0, 0 FROM n`,
      ).bind(id),
      env.DB.prepare(
        `${numbers} INSERT INTO organization_domains (project_id, domain, organization_id, position, created_at) SELECT ?, 'd' || i || '.test', 'o' || i, 0, 0 FROM n`,
      ).bind(id),
    ]);
    const many = await costs(scene, countingEnv(env, { measureRows: true }));
    const rows = (c: Awaited<ReturnType<typeof costs>>) => [c.warm.start.rowsRead, c.warm.finish.rowsRead, c.whoami.rowsRead];
    expect(rows(many)).toEqual(rows(few));
  });
});

describe("a password login's budget", () => {
  beforeAll(async () => {
    scene = await createScene();
  });
  test("two D1 round trips, right or wrong", async () => {
    const counted = countingEnv(env);
    const visitor = createVisitor(counted.env);
    const flow = async (kind: "login" | "registration", body: Record<string, unknown>) => {
      const begun = await visitor.send(`${scene.origin}/self-service/${kind}/api`, { headers: { Accept: "application/json" } });
      const { ui } = (await begun.json()) as { ui: { action: string } };
      counted.reset();
      return await visitor.send(ui.action, { method: "POST", headers: FORM, body: JSON.stringify(body) });
    };
    const password = "correct horse battery";
    const traits = { email: "pat@personal.example", name: "Pat" };
    expect((await flow("registration", { method: "password", traits, password })).status).toBe(200);
    expect(counted.d1.roundTrips).toBe(2);
    expect((await flow("login", { method: "password", identifier: traits.email, password })).status).toBe(200);
    expect(counted.d1.roundTrips).toBe(2);
    expect((await flow("login", { method: "password", identifier: traits.email, password: "wrong" })).status).toBe(400);
    expect(counted.d1.roundTrips).toBe(2);
  });
});
