// What a move refuses, what it keeps others from, and what it does when the project changes under its hands.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { createMoveService } from "../../src/domain/placement/move.ts";
import type { Runtime } from "../../src/services.ts";
import { servicesFor } from "../../src/services.ts";
import { copiedTables } from "../../src/storage/project-copy.ts";
import { freezeWrites, markGuard, markPut, markRefused, thawWrites } from "../../src/storage/project-freeze.ts";
import { api } from "../support/management.ts";
import { type Places, withPlaces } from "../support/places.ts";
import { putProject } from "../support/rows.ts";
import { consoleProject, createApiKey, createProject } from "../support/seed.ts";
import { anchor, context, count, fill, finish, rowsOf } from "./crowd.ts";

const TIMES = { announced: 0, settled: 0, frozenSeconds: 30, stretches: 60, step: 20_000, hold: 60_000 };

let places: Places;
let runtime: Runtime;
let there: D1Database;
beforeAll(async () => {
  places = await withPlaces(2);
  runtime = servicesFor(places.env).runtime;
  there = places.databases[1] ?? env.DB;
});

/** A project with rows, and its move as far as `state`. */
async function movedTo(state: "copying" | "frozen" | "switched", rows = 5, times = TIMES): Promise<{ id: string }> {
  const { id } = await putProject({ slug: `m${crypto.randomUUID().slice(0, 8)}` });
  await fill(env.DB, id, rows);
  const byStep = createMoveService(runtime, times, 1);
  for (let reached = ""; reached !== state; ) reached = (await byStep.advance(id, 1, context)).state;
  return { id };
}

/** The freeze is over, as if its time had come. */
async function lapse(projectId: string): Promise<void> {
  const { meta } = await env.DB.prepare("UPDATE instance_state SET value = '1' WHERE key = ?")
    .bind(`move/${projectId}/until`)
    .run();
  expect(meta.changes).toBe(1);
}

describe("over HTTP", () => {
  const move = (id: string, body: object | undefined, key?: string) =>
    api("POST", `/projects/${id}/move`, { env: places.env, ...(body ? { body } : {}), ...(key ? { key } : {}) });

  test("a move is announced, keeps the project from being deleted or moved elsewhere, and is taken back", async () => {
    const { id } = await createProject();
    const begun = await move(id, { database: 1 });
    expect([begun.status, begun.json]).toEqual([202, expect.objectContaining({ state: "announced", from: 0, to: 1 })]);
    expect(begun.json.wait_ms).toBeGreaterThan(5000);
    const elsewhere = await move(id, { database: 0 });
    expect([elsewhere.status, elsewhere.json.error.id]).toEqual([409, "move_in_progress"]);
    const deleted = await api("DELETE", `/projects/${id}`, { env: places.env });
    expect([deleted.status, deleted.json.error.id]).toEqual([409, "project_moving"]);
    const back = await api("DELETE", `/projects/${id}/move`, { env: places.env });
    expect([back.status, back.json.state]).toEqual([200, "cancelled"]);
    expect((await api("DELETE", `/projects/${id}/move`, { env: places.env })).status).toBe(404);
    expect((await api("DELETE", `/projects/${id}`, { env: places.env })).status).toBe(204);
  });

  test("a project that is there already is done", async () => {
    const answer = await move((await createProject()).id, { database: 0 });
    expect([answer.status, answer.json.state]).toEqual([200, "done"]);
  });

  test.each([[2], [-1], [7]])("database %i, which is none, is refused by the field's name", async (database) => {
    const { id } = await createProject();
    const answer = await move(id, { database });
    expect([answer.status, answer.json.error.details.database?.code]).toEqual([422, "database_unknown"]);
    expect(await env.DB.prepare("SELECT moving FROM projects WHERE id = ?").bind(id).first("moving")).toBe(0);
  });

  test("with one database there is no other", async () => {
    const answer = await api("POST", `/projects/${(await createProject()).id}/move`, { body: { database: 1 } });
    expect([answer.status, answer.json.error.details.database?.code]).toEqual([422, "database_unknown"]);
  });

  test.each([[{}], [{ database: "1" }], [{ database: 1.5 }], [{ database: 1, fast: true }]])("%j is no move", async (body) => {
    expect((await move((await createProject()).id, body)).status).toBe(422);
  });

  test("the console project stays, and a project's own key moves nothing", async () => {
    const home = await move((await consoleProject()).id, { database: 1 });
    expect([home.status, home.json.error.id]).toEqual([409, "project_protected"]);
    const project = await createProject();
    const refused = await move(project.id, { database: 1 }, (await createApiKey(project)).key);
    expect([refused.status, refused.json.error.id]).toEqual([403, "forbidden"]);
    expect((await move(crypto.randomUUID(), { database: 1 })).status).toBe(404);
  });

  test("after the switch a move is finished, not taken back, and says so in the project's log", async () => {
    const { id } = await movedTo("switched");
    const back = await api("DELETE", `/projects/${id}/move`, { env: places.env });
    expect([back.status, back.json.error.id]).toEqual([409, "move_switched"]);
    const log = await api("GET", `/projects/${id}/events?type=project.moved`, { env: places.env });
    expect(log.json.events).toMatchObject([{ actor: { type: "root_key" }, details: { from: 0, to: 1 } }]);
    await finish(createMoveService(runtime, TIMES), id, 1);
  });
});

describe("one mover at a time", () => {
  test("of two who ask at once one is refused", async () => {
    const { id } = await movedTo("copying");
    const mover = createMoveService(runtime, TIMES, 1);
    const both = await Promise.allSettled([mover.advance(id, 1, context), mover.advance(id, 1, context)]);
    const refusals = both.filter((outcome) => outcome.status === "rejected").map(({ reason }) => reason.code);
    expect(refusals).toEqual(["move_in_progress"]);
    await finish(mover, id, 1);
  });

  test("what a mover sent that was given up is refused when it arrives, in the middle of the next one's work and after it", async () => {
    const { id } = await movedTo("copying");
    const db = runtime.placement.places.get(1);
    if (!db) throw new Error("no database");
    const late = () =>
      db.commit([markGuard(db, id, "given up"), db.query.run(`INSERT INTO consumed_transactions VALUES ('${id}', 'late', 1)`)]);
    await db.commit([markPut(db, id, "given up")]);
    const mover = createMoveService(runtime, TIMES, 1);
    await mover.advance(id, 1, context);
    expect(markRefused(await late().catch((error: unknown) => error))).toBe(true);
    await finish(mover, id, 1);
    expect(markRefused(await late().catch((error: unknown) => error))).toBe(true);
    expect(
      await there.prepare("SELECT 1 FROM consumed_transactions WHERE project_id = ? AND id = 'late'").bind(id).first(),
    ).toBeNull();
  });
});

describe("the freeze", () => {
  let frozen: string;
  let free: string;
  beforeAll(async () => {
    frozen = (await putProject({ slug: "frozen" })).id;
    free = (await putProject({ slug: "free" })).id;
    for (const id of [frozen, free]) await fill(env.DB, id, 2);
    await runtime.directory.commit(freezeWrites(runtime.directory, frozen, 600));
  });

  const outcome = async (statement: D1PreparedStatement) =>
    await statement.run().then(
      () => "stored",
      (error: Error) => /project_moving/.exec(error.message)?.[0] ?? error.message,
    );

  describe.each(copiedTables())("$name", ({ name, columns }) => {
    const touch = (id: string) => env.DB.prepare(`UPDATE ${name} SET project_id = project_id WHERE project_id = ?`).bind(id);
    const remove = (id: string, some: number) =>
      env.DB.prepare(`DELETE FROM ${name} WHERE project_id = ?1 AND 1 = ?2`).bind(id, some);
    const again = (id: string) =>
      env.DB.prepare(
        `INSERT INTO ${name} (${columns.join(", ")}) SELECT ${columns.join(", ")} FROM ${name} WHERE project_id = ? ON CONFLICT DO NOTHING`,
      ).bind(id);

    test("refuses every change of the project's rows, and none of another's", async () => {
      expect([await outcome(touch(frozen)), await outcome(remove(frozen, 1)), await outcome(again(frozen))]).toEqual([
        "project_moving",
        "project_moving",
        "project_moving",
      ]);
      expect([await outcome(touch(free)), await outcome(remove(free, 0)), await outcome(again(free))]).toEqual([
        "stored",
        "stored",
        "stored",
      ]);
    });
  });

  test("lets the directory's own words about the project pass, but not what the domain index counts", async () => {
    const event = (type: string) =>
      outcome(
        env.DB.prepare(
          "INSERT INTO events (project_id, id, type, actor_type, request_id, created_at) VALUES (?, ?, ?, 'system', 'r', 0)",
        ).bind(frozen, crypto.randomUUID(), type),
      );
    expect([await event("project.updated"), await event("api_key.created"), await event("login.refused")]).toEqual([
      "stored",
      "stored",
      "project_moving",
    ]);
    const update = (set: string) => outcome(env.DB.prepare(`UPDATE projects SET ${set} WHERE id = ?`).bind(frozen));
    expect([
      await update("name = 'New'"),
      await update("index_revision = index_revision"),
      await update("index_revision = index_revision + 1"),
    ]).toEqual(["stored", "stored", "project_moving"]);
    await createApiKey({ id: frozen });
  });

  test("does not disturb what D1 counts; a trigger that writes a log would", async () => {
    const insert = async (id: string) => {
      const statement = env.DB.prepare("INSERT INTO consumed_transactions VALUES (?1, ?2, 0)").bind(free, id);
      return (await env.DB.batch([statement])).map(({ meta }) => meta.changes);
    };
    expect(await insert("counted")).toEqual([1]);
    await env.DB.prepare("CREATE TABLE log (id TEXT)").run();
    await env.DB.prepare(
      "CREATE TRIGGER logs AFTER INSERT ON consumed_transactions BEGIN INSERT INTO log VALUES (NEW.id); END",
    ).run();
    expect(await insert("logged")).toEqual([2]);
    await env.DB.batch([env.DB.prepare("DROP TRIGGER logs"), env.DB.prepare("DROP TABLE log")]);
  });

  test("ends by itself, and when it is ended", async () => {
    const insert = (id: string) => outcome(env.DB.prepare("INSERT INTO consumed_transactions VALUES (?, ?, 0)").bind(frozen, id));
    expect(await insert("a")).toBe("project_moving");
    await lapse(frozen);
    expect(await insert("a")).toBe("stored");
    await runtime.directory.commit(freezeWrites(runtime.directory, frozen, 600));
    expect(await insert("b")).toBe("project_moving");
    await runtime.directory.commit(thawWrites(runtime.directory, frozen));
    expect(await insert("b")).toBe("stored");
  });

  test("must hold for a while yet when the directory switches, or it does not switch", async () => {
    const { id } = await movedTo("frozen", 2, { ...TIMES, frozenSeconds: 9 });
    const hasty = createMoveService(runtime, { ...TIMES, frozenSeconds: 9 });
    expect(await hasty.advance(id, 1, context).catch((error: { code: string }) => error.code)).toBe("move_in_progress");
    expect(await env.DB.prepare("SELECT place FROM projects WHERE id = ?").bind(id).first("place")).toBe(0);
    await finish(createMoveService(runtime, TIMES), id, 1);
  });

  test("refuses at the old place what comes after the switch, until nothing can come any more", async () => {
    const { id } = await movedTo("switched");
    const late = env.DB.prepare("INSERT INTO consumed_transactions VALUES (?, 'late', 1)").bind(id);
    expect(await outcome(late)).toBe("project_moving");
    const waits = await createMoveService(runtime, { ...TIMES, settled: 60_000 }).advance(id, 1, context);
    expect([waits.state, waits.waitMs > 50_000]).toEqual(["switched", true]);
    expect(count(await rowsOf(env.DB, id))).toBeGreaterThan(0);
    await finish(createMoveService(runtime, TIMES), id, 1);
  });

  test("a write that meets it waits, and is stored where the project is then", async () => {
    const { id } = await movedTo("frozen");
    const db = runtime.databaseFor(id);
    const waiting = db.commit([db.query.run(`INSERT INTO consumed_transactions VALUES ('${id}', 'waits', 1)`)]);
    await finish(createMoveService(runtime, TIMES), id, 1);
    expect(await waiting).toEqual([1]);
    expect(
      await there
        .prepare("SELECT count(*) AS n FROM consumed_transactions WHERE project_id = ? AND id = 'waits'")
        .bind(id)
        .first("n"),
    ).toBe(1);
  });
});

describe("a project that changes under the mover's hands", () => {
  const changes: [string, (id: string) => D1PreparedStatement[]][] = [
    [
      "an organization goes with everything of it, and its domain comes to another",
      (id) =>
        [
          "DELETE FROM sessions WHERE project_id = ?1 AND identity_id = 'i3'",
          "DELETE FROM oidc_credentials WHERE project_id = ?1 AND organization_id = 'o3'",
          "DELETE FROM password_credentials WHERE project_id = ?1 AND identity_id = 'i3'",
          "DELETE FROM identities WHERE project_id = ?1 AND organization_id = 'o3'",
          "DELETE FROM connections WHERE project_id = ?1 AND organization_id = 'o3'",
          "UPDATE organization_domains SET organization_id = 'o1' WHERE project_id = ?1 AND organization_id = 'o3'",
          "DELETE FROM organizations WHERE project_id = ?1 AND id = 'o3'",
        ].map((text) => env.DB.prepare(text).bind(id)),
    ],
    [
      "two people exchange their addresses",
      (id) =>
        [
          "UPDATE identities SET email = 'between' WHERE project_id = ?1 AND id = 'i1'",
          "UPDATE identities SET email = 'p1@x.test' WHERE project_id = ?1 AND id = 'i2'",
          "UPDATE identities SET email = 'p2@x.test' WHERE project_id = ?1 AND id = 'i1'",
        ].map((text) => env.DB.prepare(text).bind(id)),
    ],
    ["all sessions are ended", (id) => [env.DB.prepare("DELETE FROM sessions WHERE project_id = ?1").bind(id)]],
    [
      "more comes than is brought over in a freeze",
      (id) => [
        env.DB.prepare(
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000) INSERT INTO consumed_transactions SELECT ?1, 'more' || i, 1 FROM n",
        ).bind(id),
      ],
    ],
    [
      "rows of a megabyte come",
      (id) =>
        Array.from({ length: 3 }, (_, i) =>
          env.DB.prepare("UPDATE identities SET metadata_public = ?2 WHERE project_id = ?1 AND id = ?3").bind(
            id,
            JSON.stringify("ü".repeat(400_000)),
            `i${i + 1}`,
          ),
        ),
    ],
  ];

  test.each(changes)("%s, while it is copied", async (_, statements) => {
    const { id } = await movedTo("copying");
    const byStep = createMoveService(runtime, { ...TIMES, stretches: 3 }, 1);
    for (let step = 0; step < 4; step += 1) await byStep.advance(id, 1, context);
    await env.DB.batch(statements(id));
    await arrivesWhole(id);
  });

  test.each(changes)("%s, while nobody kept the freeze up", async (_, statements) => {
    const { id } = await movedTo("frozen");
    await lapse(id);
    await env.DB.batch(statements(id));
    await arrivesWhole(id);
  });

  test.each(changes)("%s, in a project that is compared in many steps", async (_, statements) => {
    const { id } = await movedTo("frozen", 1100);
    await lapse(id);
    await env.DB.batch(statements(id));
    const truth = await rowsOf(env.DB, id);
    const said = await finish(createMoveService(runtime, { ...TIMES, stretches: 7 }, 1), id, 1);
    expect(said.filter(({ state }) => state === "frozen").length).toBeGreaterThan(3);
    expect(await rowsOf(there, id)).toEqual(truth);
  });

  test("a large project is gone through until little differs, before its writes are refused", async () => {
    const { id } = await putProject({ slug: "large" });
    await fill(env.DB, id, 200);
    const said = await finish(createMoveService(runtime, TIMES, 1), id, 1);
    expect(said.map(({ state, pass }) => `${state} ${pass}`)).toEqual([
      "copying 1",
      "copying 2",
      "frozen 2",
      "switched 2",
      "done 2",
    ]);
  });

  test("what a target keeps of an earlier attempt goes", async () => {
    const { id } = await putProject({ slug: "leftovers" });
    await fill(env.DB, id, 4);
    await anchor(runtime, id, 1);
    await fill(there, id, 9);
    await there.prepare("UPDATE identities SET state = 'inactive' WHERE project_id = ?").bind(id).run();
    await arrivesWhole(id);
  });

  async function arrivesWhole(id: string): Promise<void> {
    const truth = await rowsOf(env.DB, id);
    await finish(createMoveService(runtime, TIMES), id, 1);
    expect(await rowsOf(there, id)).toEqual(truth);
    expect(count(await rowsOf(env.DB, id))).toBe(0);
  }
});

describe("a target that is down", () => {
  test("leaves the project where it is, in use, and the move goes on when it is back", async () => {
    const { id } = await movedTo("copying");
    const down = { prepare: () => down, bind: () => down, batch: lost, run: lost, all: lost, raw: lost };
    const without = servicesFor({ ...places.env, DB_1: down } as unknown as Env).runtime;
    const refused = await createMoveService(without, TIMES)
      .advance(id, 1, context)
      .catch((error: { kind: string; retryAfter: number }) => error);
    expect(refused).toMatchObject({ kind: "unavailable", retryAfter: 5 });
    const db = without.databaseFor(id);
    expect(await db.commit([db.query.run(`INSERT INTO consumed_transactions VALUES ('${id}', 'meanwhile', 1)`)])).toEqual([1]);
    const truth = await rowsOf(env.DB, id);
    await finish(createMoveService(runtime, TIMES), id, 1);
    expect(await rowsOf(there, id)).toEqual(truth);
  });

  function lost(): Promise<never> {
    return Promise.reject(new Error("D1_ERROR: Network connection lost."));
  }
});
