// The night shift: what it heals, what it sweeps, and that one failing task does not stop the others.

import { env } from "cloudflare:workers";
import { beforeEach, expect, test, vi } from "vitest";
import { newId } from "../../src/crypto/random.ts";
import { createSealer } from "../../src/crypto/seal.ts";
import { firstIdAt } from "../../src/domain/events/reference.ts";
import { findReadinessProblem } from "../../src/domain/readiness.ts";
import { nightShift } from "../../src/jobs/night-shift.ts";
import { SWEEP_WINDOW, SWEEP_WINDOWS } from "../../src/jobs/pace.ts";
import { keyOf, RENEW_AFTER_MS } from "../../src/storage/domain-index.ts";
import { putConnection, putIdentity, putOrganization, putProject } from "../support/rows.ts";
import { storeRuntime } from "../support/store-runtime.ts";

const DAY = 24 * 3600 * 1000;

let lines: Record<string, unknown>[];
beforeEach(() => {
  lines = [];
  const keep = (text: string) => void lines.push(JSON.parse(text));
  vi.spyOn(console, "info").mockImplementation(keep);
  vi.spyOn(console, "error").mockImplementation(keep);
});

const line = (task: string) => lines.find((l) => l["task"] === task);
const count = async (table: string) => await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<number>("n");

test("domains whose write-through was lost are written, and their outbox rows go", async () => {
  const project = await putProject();
  const org = await putOrganization(project.id, ["a.test"]);
  await putConnection(project.id, { organizationId: org.id });
  const store = storeRuntime();
  const now = store.time.now;
  await env.DB.batch([
    env.DB.prepare("INSERT INTO domain_index_outbox VALUES (?, 'a.test', 0, ?)").bind(project.id, now - 60_000),
    env.DB.prepare("INSERT INTO domain_index_outbox VALUES (?, 'left.test', 0, ?)").bind(project.id, now - 60_000),
    env.DB.prepare("INSERT INTO domain_index_outbox VALUES (?, 'just-now.test', 0, ?)").bind(project.id, now),
  ]);
  await nightShift(store.runtime);
  expect(line("outbox")).toMatchObject({ level: "info", domains: 2 });
  expect(await store.runtime.domainIndex.get(project.id, "a.test")).toMatchObject({ state: "live", organization_id: org.id });
  expect(await store.runtime.domainIndex.get(project.id, "left.test")).toMatchObject({ state: "gone" });
  expect((await env.DB.prepare("SELECT domain FROM domain_index_outbox").all()).results).toEqual([{ domain: "just-now.test" }]);
});

test("the rolling comparison writes only what differs from D1, or is about to expire", async () => {
  const project = await putProject();
  const org = await putOrganization(project.id, ["same.test", "missing.test", "wrong.test", "old.test"]);
  const connection = await putConnection(project.id, { organizationId: org.id });
  await env.DB.prepare("INSERT INTO organization_domains VALUES (?, 'pending.test', ?, 'pending', 9, 0)")
    .bind(project.id, org.id)
    .run();
  const store = storeRuntime();
  const sound = {
    v: 0,
    project_id: project.id,
    state: "live" as const,
    organization_id: org.id,
    connections: [{ id: connection.id, label: connection.label }],
    at: store.time.now,
  };
  const index = store.runtime.domainIndex;
  await index.put({ ...sound, domain: "same.test" });
  await index.put({ ...sound, domain: "wrong.test", organization_id: "former" });
  await index.put({ ...sound, domain: "old.test", at: store.time.now - RENEW_AFTER_MS - 1 });
  await nightShift(store.runtime);
  expect(line("compare")?.["differing"]).toBeGreaterThanOrEqual(3);
  const all = await index.getMany(
    ["same.test", "missing.test", "wrong.test", "old.test"].map((domain) => ({ projectId: project.id, domain })),
  );
  expect([...(all?.values() ?? [])].map((e) => e.organization_id)).toEqual(Array(4).fill(org.id));
  expect(all?.get(keyOf(project.id, "old.test"))?.at).toBe(store.time.now);
  expect(await env.DOMAIN_INDEX.get(keyOf(project.id, "pending.test"))).toBeNull();

  store.counted.reset();
  lines.length = 0;
  await nightShift(store.runtime);
  expect(line("compare")).toMatchObject({ differing: 0 });
  expect(store.counted.domainIndex.puts).toBe(0);
});

test("the comparison goes on where it stopped, over all projects, and begins again at the end", async () => {
  for (let i = 0; i < 6; i += 1) {
    const project = await putProject();
    await putOrganization(
      project.id,
      Array.from({ length: 100 }, (_, j) => `d${j}.p${i}.test`),
    );
  }
  const store = storeRuntime();
  await nightShift(store.runtime);
  expect(line("compare")).toMatchObject({ compared: 500 });
  const cursor = await env.DB.prepare("SELECT value FROM instance_state WHERE key = 'cursor/domain_index'").first<string>(
    "value",
  );
  expect(JSON.parse(cursor ?? "")).toHaveLength(2);
  lines.length = 0;
  await nightShift(store.runtime);
  expect(line("compare")?.["compared"]).toBeLessThan(500);
  const end = await env.DB.prepare("SELECT value FROM instance_state WHERE key = 'cursor/domain_index'").first("value");
  expect(end).toBe("");
}, 60_000);

test("what has expired long ago goes, what may still matter stays (F34, F36)", async () => {
  const project = await putProject();
  const person = await putIdentity(project.id, null);
  const store = storeRuntime();
  const now = store.time.now;
  const transaction = env.DB.prepare("INSERT INTO consumed_transactions VALUES (?, ?, ?)");
  const session = env.DB.prepare(
    "INSERT INTO sessions (project_id, id, token_hash, identity_id, authentication_methods, authenticated_at, issued_at, expires_at) VALUES (?, ?, '', ?, '[]', 0, 0, ?)",
  );
  const counter = env.DB.prepare(
    "INSERT INTO attempt_counters (project_id, key, count, window_ends_at, locked_until) VALUES (?, ?, 1, ?, ?)",
  );
  await env.DB.batch([
    transaction.bind(project.id, "old", now - DAY - 1),
    transaction.bind(project.id, "recent", now - DAY + 3_600_000),
    transaction.bind(project.id, "open", now + 600_000),
    session.bind(project.id, "old", person.id, now - DAY - 1),
    session.bind(project.id, "alive", person.id, now + DAY),
    counter.bind(project.id, "old", now - DAY - 1, 0),
    counter.bind(project.id, "locked", now - DAY - 1, now + 1000),
    counter.bind(project.id, "counting", now + 1000, 0),
  ]);
  await nightShift(store.runtime);
  const ids = async (table: string, column: string) =>
    (await env.DB.prepare(`SELECT ${column} AS id FROM ${table} ORDER BY 1`).all<{ id: string }>()).results.map((r) => r.id);
  expect(await ids("consumed_transactions", "id")).toEqual(["open", "recent"]);
  expect(await ids("sessions", "id")).toEqual(["alive"]);
  expect(await ids("attempt_counters", "key")).toEqual(["counting", "locked"]);
  expect(line("consumed_transactions")).toMatchObject({ scanned: 3, deleted: 1 });
});

test("a sweep looks at a bounded number of rows and reaches the rest in later runs", async () => {
  const project = await putProject();
  const store = storeRuntime();
  const before = (await count("consumed_transactions")) ?? 0;
  const atOnce = SWEEP_WINDOW * SWEEP_WINDOWS;
  const bulk = atOnce + 2 * SWEEP_WINDOW;
  await env.DB.prepare("INSERT INTO consumed_transactions SELECT ?, 'bulk' || printf('%05d', value), ? FROM json_each(?)")
    .bind(project.id, 1, JSON.stringify(Array.from({ length: bulk }, (_, i) => i)))
    .run();
  const left: (number | null)[] = [];
  for (let run = 0; run < 3; run += 1) {
    await nightShift(store.runtime);
    left.push(await count("consumed_transactions"));
  }
  expect(left[0]).toBeGreaterThanOrEqual(before + bulk - atOnce);
  expect(left[2]).toBe(before);
});

test("a task that fails says so without values, and the others run", async () => {
  const store = storeRuntime();
  store.counted.faults.d1 = "overloaded";
  store.counted.faults.d1Only = (text) => text.includes("domain_index_outbox");
  await nightShift(store.runtime);
  expect(line("outbox")).toEqual({
    level: "error",
    message: "night_shift_failed",
    request: "night-shift",
    task: "outbox",
    cause: "D1_ERROR: D1 DB is overloaded. Requests queued for too long.",
  });
  expect(line("sessions")).toMatchObject({ level: "info" });
  store.counted.faults.d1Only = undefined;
  await expect(nightShift(store.runtime)).resolves.toBeUndefined();
});

test("KV down for a whole night loses nothing", async () => {
  const project = await putProject();
  const org = await putOrganization(project.id, ["kv-down.test"]);
  const store = storeRuntime();
  await env.DB.prepare("INSERT INTO domain_index_outbox VALUES (?, 'kv-down.test', 0, 0)").bind(project.id).run();
  store.counted.faults.kv = "throw";
  const start = (await count("domain_index_outbox")) ?? 0;
  await nightShift(store.runtime);
  expect(await count("domain_index_outbox")).toBe(start);
  store.counted.faults.kv = "ok";
  await nightShift(store.runtime);
  expect((await store.runtime.domainIndex.get(project.id, "kv-down.test"))?.organization_id).toBe(org.id);
}, 60_000);

test("keys that do not open what was sealed make the installation not ready, also after a rotation (F28)", async () => {
  const { runtime } = storeRuntime();
  await nightShift(runtime);
  expect(await findReadinessProblem(runtime)).toBeUndefined();
  const current = runtime.config.encryptionKeys;
  const other = { id: "k2", secret: new Uint8Array(32).fill(7) };
  expect(await findReadinessProblem({ ...runtime, sealer: createSealer([other]) })).toBe("encryption_keys");
  await nightShift({ ...runtime, sealer: createSealer([other]) });
  expect(await findReadinessProblem(runtime)).toBeUndefined();

  const rotated = createSealer([other, ...current]);
  expect(await findReadinessProblem({ ...runtime, sealer: rotated })).toBeUndefined();
  await nightShift({ ...runtime, sealer: rotated });
  expect(await findReadinessProblem({ ...runtime, sealer: createSealer([other]) })).toBeUndefined();
});

test("a schema of another version, or a database that does not answer, makes it not ready (F15)", async () => {
  const store = storeRuntime();
  store.counted.faults.d1 = "overloaded";
  expect(await findReadinessProblem(store.runtime)).toBe("database");
  store.counted.faults.d1 = "ok";
  await env.DB.prepare("UPDATE instance_state SET value = '0' WHERE key = 'schema_version'").run();
  expect(await findReadinessProblem(store.runtime)).toBe("schema");
  await env.DB.prepare("UPDATE instance_state SET value = '1' WHERE key = 'schema_version'").run();
});

test("the audit log is kept for as long as configured, and no event that stays is read", async () => {
  const [one, other] = [await putProject(), await putProject()];
  const store = storeRuntime();
  const now = store.time.now;
  const insert = env.DB.prepare(
    "INSERT INTO events (project_id, id, type, actor_type, request_id, created_at) VALUES (?, ?, 'login.succeeded', 'system', '', ?)",
  );
  const at = (ms: number) => insert.bind(one.id, newId(ms), ms);
  const old = Array.from({ length: 1200 }, (_, i) => at(now - 401 * DAY - i));
  const young = Array.from({ length: 60 }, (_, i) => at(now - 399 * DAY + i));
  await env.DB.batch([...old, ...young, insert.bind(other.id, newId(now - 500 * DAY), 0)]);
  await nightShift(store.runtime);
  expect(line("events")).toMatchObject({ deleted: 1201 });
  expect(await count("events")).toBe(60);

  const { meta } = await env.DB.prepare(
    "DELETE FROM events WHERE (project_id, id) IN (SELECT p.id, e.id FROM projects p CROSS JOIN events e ON e.project_id = p.id AND e.id < ? LIMIT 1000)",
  )
    .bind(firstIdAt(now - 400 * DAY))
    .run();
  // Each project and its first event, none of those that stay.
  expect(meta.rows_read).toBeLessThanOrEqual(((await count("projects")) ?? 0) * 2 + 4);
});
