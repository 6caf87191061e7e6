// Secrets in D1 when they are moved, damaged or sealed with a key that is on its way out: one connection suffers and says
// so, all others work, and a rotation is carried through by the night shift.

import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createSealer, type SealingKey } from "../../src/crypto/seal.ts";
import { type Connection, sealPurpose } from "../../src/domain/connections/connection.ts";
import { nightShift } from "../../src/jobs/night-shift.ts";
import { createScene, person, type Scene } from "../login/scene.ts";
import { api } from "../support/management.ts";
import { freshId, putProject } from "../support/rows.ts";
import { createConnection, createProject } from "../support/seed.ts";
import { type StoreRuntime, storeRuntime } from "../support/store-runtime.ts";
import { createVisitor } from "../support/visitor.ts";

/** The key of vitest.config.ts, and the one that follows it. */
const OLD_KEY = env.ENCRYPTION_KEYS;
const NEW_KEY = `t2:${btoa("fedcba9876543210fedcba9876543210")}`;
const ring: Record<"old" | "new", SealingKey> = {
  old: { id: "t1", secret: new TextEncoder().encode("0123456789abcdef0123456789abcdef") },
  new: { id: "t2", secret: new TextEncoder().encode("fedcba9876543210fedcba9876543210") },
};
/** Isolates that were deployed with these keys. */
const ROTATED = { ...env, ENCRYPTION_KEYS: `${NEW_KEY},${OLD_KEY}` };
const NEW_ONLY = { ...env, ENCRYPTION_KEYS: NEW_KEY };

let scene: Scene | undefined;
let lines: Record<string, unknown>[];
beforeEach(() => {
  lines = [];
  for (const level of ["info", "warn", "error"] as const) {
    vi.spyOn(console, level).mockImplementation((text: string) => void lines.push(JSON.parse(text)));
  }
});
afterEach(() => {
  scene?.network.restore();
  scene = undefined;
  vi.restoreAllMocks();
});

const sealedOf = async (connection: Pick<Connection, "id">, column = "client_secret") =>
  (await env.DB.prepare(`SELECT ${column} AS sealed FROM connections WHERE id = ?`)
    .bind(connection.id)
    .first<string>("sealed")) ?? "";
const store = (connection: Pick<Connection, "id">, sealed: string, column = "client_secret") =>
  env.DB.prepare(`UPDATE connections SET ${column} = ? WHERE id = ?`).bind(sealed, connection.id).run();
const kidOf = (sealed: string) => JSON.parse(atob(sealed.split(".")[0] ?? "")).kid as string;

/** Changes one bit inside a base64url part of a JWE. */
function flipBit(jwe: string, part: number): string {
  const parts = jwe.split(".");
  const bytes = Uint8Array.from(atob((parts[part] ?? "").replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  parts[part] = btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
  return parts.join(".");
}

const damages: [name: string, damage: (scene: Scene) => Promise<string>][] = [
  ["another connection's ciphertext", ({ b }) => sealedOf(b.connection)],
  [
    "another project's ciphertext",
    async () => sealedOf(await createConnection(await createProject(), { clientSecret: "secret-1" })),
  ],
  ["another column's ciphertext", ({ a }) => createSealer([ring.old]).seal(sealPurpose(a.connection, "private_key"), "secret-1")],
  ["a bit flipped in the header", async ({ a }) => flipBit(await sealedOf(a.connection), 0)],
  ["a bit flipped in the nonce", async ({ a }) => flipBit(await sealedOf(a.connection), 2)],
  ["a bit flipped in the ciphertext", async ({ a }) => flipBit(await sealedOf(a.connection), 3)],
  ["a bit flipped in the tag", async ({ a }) => flipBit(await sealedOf(a.connection), 4)],
  ["plain text", async () => "secret-1"],
];

test.each(damages)("T102: %s makes one connection unhealthy, by name, and no other", async (_name, damage) => {
  scene = await createScene();
  await store(scene.a.connection, await damage(scene));
  const refused = await scene.login(scene.a.connection, person(scene.a.domain));
  expect(refused.status).toBeGreaterThanOrEqual(400);
  expect(refused.headers.getSetCookie().join()).not.toContain("orgate_session=");
  expect(await scene.lastEvent()).toMatchObject({ type: "login.refused", reason: "secret_unreadable" });
  expect(scene.idpA.to("token")).toHaveLength(0);
  const other = await scene.login(scene.b.connection, person(scene.b.domain), createVisitor(env));
  expect(other.status).toBe(303);

  const check = await api("POST", `/projects/${scene.project.id}/connections/${scene.a.connection.id}/check`);
  const step = check.json.steps.find((s: { step: string }) => s.step === "client_authentication");
  expect(step).toMatchObject({ result: "failed", reason: "secret_unreadable", fix: expect.stringContaining("ENCRYPTION_KEYS") });
  expect(check.text).not.toContain("secret-1");
});

test("T102: every seal has a nonce of its own", async () => {
  const sealer = createSealer([ring.old]);
  const nonces = new Set<string>();
  for (let i = 0; i < 2000; i += 1) nonces.add((await sealer.seal("x", "same text")).split(".")[2] ?? "");
  expect(nonces.size).toBe(2000);
});

test("T103: with a new key in front, old secrets sign in, new ones are sealed with it, and logins under way go through", async () => {
  scene = await createScene();
  const { a, b, project, visitor } = scene;
  const callback = await scene.idpA.authorize(await scene.start(a.connection), person(a.domain));
  const rotated = createVisitor(ROTATED);
  rotated.cookies.set(callback.host, new Map(visitor.cookies.get(callback.host)));
  expect((await rotated.get(callback)).status).toBe(303);
  expect((await scene.login(b.connection, person(b.domain), createVisitor(ROTATED))).status).toBe(303);
  const path = `/projects/${project.id}/connections/${b.connection.id}`;
  await api("PATCH", path, { body: { client_secret: "secret-1" }, env: ROTATED });
  expect(kidOf(await sealedOf(b.connection))).toBe("t2");
  // An isolate that still has only the old key says so by name and refuses nothing else.
  await scene.login(b.connection, person(b.domain, "bea"), createVisitor(env));
  expect(await scene.lastEvent()).toMatchObject({ reason: "secret_unreadable" });
  expect((await scene.login(a.connection, person(a.domain, "abe"), createVisitor(env))).status).toBe(303);
});

test("T103: with the old key gone, what it sealed is refused by name, and a login under way begins again", async () => {
  scene = await createScene();
  const { a, visitor } = scene;
  const callback = await scene.idpA.authorize(await scene.start(a.connection), person(a.domain));
  const late = createVisitor(NEW_ONLY);
  late.cookies.set(callback.host, new Map(visitor.cookies.get(callback.host)));
  expect((await late.get(callback)).status).toBe(400);
  const refused = await scene.login(a.connection, person(a.domain), createVisitor(NEW_ONLY));
  expect(refused.headers.getSetCookie().join()).not.toContain("orgate_session=");
  expect(await scene.lastEvent()).toMatchObject({ type: "login.refused", reason: "secret_unreadable" });
});

/** A night shift with these keys. */
function nightWith(...keys: SealingKey[]): StoreRuntime {
  const shift = storeRuntime();
  shift.runtime.sealer = createSealer(keys);
  return shift;
}
const report = () => lines.findLast((line) => line["task"] === "reseal");

type Row = Pick<Connection, "projectId" | "id">;

/** Connections as an installation with this key made them, every other one with a key pair instead of a secret. */
async function sealedConnections(count: number, key: SealingKey): Promise<Row[]> {
  const { id: projectId } = await putProject();
  const sealer = createSealer([key]);
  const made = Array.from({ length: count }, (): Row => ({ projectId, id: freshId() }));
  const rows: (string | null)[][] = [];
  for (const [i, row] of made.entries()) {
    const sealed = await sealer.seal(sealPurpose(row, columnOf(i)), `hush-${i}`);
    rows.push(columnOf(i) === "client_secret" ? [row.id, sealed, null] : [row.id, null, sealed]);
  }
  const insert = `INSERT INTO connections (project_id, id, client_secret, private_key, provider, label, issuer_url, client_id,
    token_endpoint_auth_method, id_token_signed_response_alg, redirect_uri, created_at, updated_at)
    SELECT ?1, value ->> 0, value ->> 1, value ->> 2, 'generic', 'IdP', 'https://idp-a.test', 'client', 'client_secret_basic',
    'RS256', 'https://sso.test/', 0, 0 FROM json_each(?2)`;
  await env.DB.prepare(insert).bind(projectId, JSON.stringify(rows)).run();
  return made;
}

const columnOf = (i: number) => (i % 2 === 0 ? "client_secret" : "private_key");

test("T103: the night shift seals everything again with the newest key, in bounded runs, and then finds nothing to do", async () => {
  await env.DB.prepare("DELETE FROM connections").run();
  const made = await sealedConnections(130, ring.old);
  const shift = nightWith(ring.new, ring.old);
  const resealed: unknown[] = [];
  for (let run = 0; run < 4; run += 1) {
    await nightShift(shift.runtime);
    resealed.push([report()?.["scanned"], report()?.["resealed"]]);
  }
  expect(resealed).toEqual([
    [100, 100],
    [30, 30],
    [100, 0],
    [30, 0],
  ]);
  const newest = createSealer([ring.new]);
  for (const [i, connection] of made.entries()) {
    const column = columnOf(i);
    expect(await newest.open(sealPurpose(connection, column), await sealedOf(connection, column))).toBe(`hush-${i}`);
  }
  const touched = await env.DB.prepare("SELECT count(*) AS n FROM connections WHERE revision <> 1 OR trust_revision <> 1").first(
    "n",
  );
  expect(touched).toBe(0);
});

test("T103: a run that is cut off before, or after, its writes leaves every secret readable", async () => {
  await env.DB.prepare("DELETE FROM connections").run();
  const made = await sealedConnections(6, ring.old);
  for (const fault of ["fail-before", "fail-after"] as const) {
    const shift = nightWith(ring.new, ring.old);
    shift.counted.faults.d1 = fault;
    shift.counted.faults.d1Only = (sql) => /update "connections"/.test(sql);
    await nightShift(shift.runtime);
    expect(lines.findLast((line) => line["task"] === "reseal")).toMatchObject({ message: "night_shift_failed" });
    const both = createSealer([ring.new, ring.old]);
    for (const [i, connection] of made.entries()) {
      const column = columnOf(i);
      expect(await both.open(sealPurpose(connection, column), await sealedOf(connection, column))).toBe(`hush-${i}`);
    }
  }
  await nightShift(nightWith(ring.new, ring.old).runtime);
  expect(report()).toMatchObject({ scanned: 6, resealed: 0, unreadable: 0 });
});

test("T103: a secret that is changed while the night shift holds the old one keeps the change", async () => {
  await env.DB.prepare("DELETE FROM connections").run();
  const [connection] = await sealedConnections(1, ring.old);
  if (!connection) throw new Error("no connection");
  const changed = await createSealer([ring.old]).seal(sealPurpose(connection, "client_secret"), "changed meanwhile");
  const shift = nightWith(ring.new, ring.old);
  const { sealer } = shift.runtime;
  shift.runtime.sealer = {
    ...sealer,
    async seal(purpose, text) {
      if (purpose.includes(connection.id)) await store(connection, changed);
      return await sealer.seal(purpose, text);
    },
  };
  await nightShift(shift.runtime);
  expect(report()).toMatchObject({ scanned: 1, resealed: 0 });
  expect(await sealedOf(connection)).toBe(changed);
});

test("T103: secrets whose key is gone are counted and named, stay as they are, and open again when the key is back", async () => {
  await env.DB.prepare("DELETE FROM connections").run();
  const lost = await sealedConnections(2, ring.old);
  const fine = await sealedConnections(2, ring.new);
  const before = await sealedOf(lost[0] as Row);
  await nightShift(nightWith(ring.new).runtime);
  expect(report()).toMatchObject({
    level: "info",
    scanned: 4,
    resealed: 0,
    unreadable: 2,
    unreadable_connections: lost.map((connection) => connection.id),
  });
  expect(JSON.stringify(lines)).not.toContain("hush");
  expect(await sealedOf(lost[0] as Row)).toBe(before);
  await nightShift(nightWith(ring.new, ring.old).runtime);
  expect(report()).toMatchObject({ resealed: 2, unreadable: 0 });
  expect(kidOf(await sealedOf(fine[0] as Row))).toBe("t2");
});
