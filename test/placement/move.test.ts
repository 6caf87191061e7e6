// A project moves between databases: everything of it and nothing else, in both directions, and nothing is left behind.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { createMoveService } from "../../src/domain/placement/move.ts";
import type { Runtime } from "../../src/services.ts";
import { servicesFor } from "../../src/services.ts";
import { copiedTables, deletedTables, rowsRead, windowRead } from "../../src/storage/project-copy.ts";
import { findProject } from "../../src/storage/projects.ts";
import { type Places, withPlaces } from "../support/places.ts";
import { putProject } from "../support/rows.ts";
import { anchor, count, FILLED, fill, finish, neighbours, rowsOf, triggers } from "./crowd.ts";

const TIMES = { announced: 0, settled: 0, frozenSeconds: 30, stretches: 60, step: 20_000, hold: 60_000 };

let places: Places;
let runtime: Runtime;
beforeAll(async () => {
  places = await withPlaces(2);
  runtime = servicesFor(places.env).runtime;
});

const databaseAt = (place: number) => places.databases[place] ?? env.DB;

test("every table is either copied or the directory's, and parents come before children", async () => {
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%' AND name <> 'd1_migrations'",
  ).all<{ name: string }>();
  const copied = copiedTables().map(({ name }) => name);
  const directory = [
    "api_keys",
    "instance_state",
    "operator_access",
    "operator_invitations",
    "project_hostnames",
    "project_logos",
    "project_moves",
    "projects",
  ];
  expect([...copied, ...directory].sort()).toEqual(results.map(({ name }) => name).sort());
  const groups = deletedTables().map((group) => group.map(({ name }) => name));
  const groupOf = (table: string) => groups.findIndex((group) => group.includes(table));
  expect(groups.flat().sort()).toEqual([...copied].sort());
  expect([...FILLED].sort()).toEqual([...copied].sort());
  for (const [index, name] of copied.entries()) {
    const keys = await env.DB.prepare(`SELECT DISTINCT "table" AS parent FROM pragma_foreign_key_list(?)`)
      .bind(name)
      .all<{ parent: string }>();
    for (const { parent } of keys.results.filter((key) => key.parent !== "projects")) {
      expect(copied.indexOf(parent), `${name} → ${parent}`).toBeLessThan(index);
      expect(groupOf(parent), `${name} → ${parent}`).toBeGreaterThan(groupOf(name));
    }
  }
});

test("a row fits into one json_array of SQLite's 32 arguments, and holds nothing that JSON cannot", async () => {
  for (const { name, columns } of copiedTables()) {
    expect(columns.length, name).toBeLessThanOrEqual(32);
    const blobs = await env.DB.prepare("SELECT name FROM pragma_table_info(?) WHERE type NOT IN ('TEXT', 'INTEGER')")
      .bind(name)
      .all();
    expect(blobs.results, name).toEqual([]);
  }
});

test("windows, and rows by their keys, are found by the primary key", async () => {
  const { directory: db } = runtime;
  for (const table of copiedTables().filter(({ key }) => key.length > 0)) {
    const key = JSON.stringify(table.key.map(() => "a"));
    for (const statement of [
      windowRead(db, table, "p", key),
      windowRead(db, table, "p", key, key),
      rowsRead(db, table, "p", [key]),
    ]) {
      const { sql, params } = statement.getQuery();
      const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .bind(...params)
        .all<{ detail: string }>();
      const plan = results.map(({ detail }) => detail).join("; ");
      // Not only by the project, and in its order.
      expect(plan, `${table.name}: ${plan}`).toMatch(new RegExp(`SEARCH ${table.name} USING PRIMARY KEY \\(project_id=\\? AND `));
      expect(plan, table.name).not.toMatch(/TEMP B-TREE/);
    }
  }
});

describe.each([
  ["a handful of rows in each table", 5],
  ["more rows than a window holds", 1300],
])("%s", (_, rows) => {
  test("go there and back, as they are, and neighbours do not notice", { timeout: 180_000 }, async () => {
    const project = await putProject({ slug: `mover-${rows}` });
    const stays = await putProject({ slug: `stays-${rows}` });
    const there = await putProject({ slug: `there-${rows}`, place: 1 });
    await anchor(runtime, there.id, 1);
    for (const [place, id] of [
      [0, project.id],
      [0, stays.id],
      [1, there.id],
    ] as const)
      await fill(databaseAt(place), id, place === 0 && id === project.id ? rows : 7);
    await env.DB.prepare("UPDATE projects SET index_revision = 41 WHERE id = ?").bind(project.id).run();
    const before = await rowsOf(env.DB, project.id);
    const around = [await neighbours(places, 0, project.id), await neighbours(places, 1, project.id)];
    const mover = createMoveService(runtime, TIMES);

    await finish(mover, project.id, 1);
    expect(await rowsOf(databaseAt(1), project.id)).toEqual(before);
    expect(count(await rowsOf(env.DB, project.id))).toBe(0);
    expect(await findProject(runtime.directory, project.id)).toMatchObject({ place: 1, moving: false });
    expect(
      await databaseAt(1).prepare("SELECT index_revision FROM projects WHERE id = ?").bind(project.id).first("index_revision"),
    ).toBe(41);

    await databaseAt(1).prepare("UPDATE projects SET index_revision = 43 WHERE id = ?").bind(project.id).run();
    await finish(mover, project.id, 0);
    expect(await rowsOf(env.DB, project.id)).toEqual(before);
    expect(count(await rowsOf(databaseAt(1), project.id))).toBe(0);
    expect(await findProject(runtime.directory, project.id)).toMatchObject({ place: 0, moving: false });
    expect(
      await env.DB.prepare("SELECT index_revision FROM projects WHERE id = ?").bind(project.id).first("index_revision"),
    ).toBe(43);
    expect(await databaseAt(1).prepare("SELECT 1 FROM projects WHERE id = ?").bind(project.id).first()).toBeNull();

    expect([await neighbours(places, 0, project.id), await neighbours(places, 1, project.id)]).toEqual(around);
    expect([...(await triggers(env.DB)), ...(await triggers(databaseAt(1)))]).toEqual([]);
  });
});
