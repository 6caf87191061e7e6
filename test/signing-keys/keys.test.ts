// Signing keys: made once however many ask, sealed, rotated so that no verifier meets a key it cannot know, and read from
// D1 no more often than named.

import { env } from "cloudflare:workers";
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, test, vi } from "vitest";
import { createSealer } from "../../src/crypto/seal.ts";
import {
  ACTIVATION_DELAY_MS,
  JWKS_MAX_AGE_MS,
  KEYS_STALENESS_MS,
  OVERLAP_MS,
  sealPurpose,
} from "../../src/domain/signing-keys/signing-key.ts";
import { nightShift } from "../../src/jobs/night-shift.ts";
import { createProject, systemContext } from "../support/seed.ts";
import { claims, isolate } from "./scene.ts";

const kidOf = (jwt: string) => decodeProtectedHeader(jwt).kid;
const rows = async (projectId: string) =>
  (await env.DB.prepare("SELECT * FROM signing_keys WHERE project_id = ? ORDER BY alg, generation").bind(projectId).all())
    .results;
const eventsOf = async (projectId: string) =>
  (
    await env.DB.prepare(
      "SELECT type, details FROM events WHERE project_id = ? AND type LIKE 'signing_key.%' ORDER BY created_at, type, details -> 'revoked_previous'",
    )
      .bind(projectId)
      .all<{ type: string; details: string }>()
  ).results;

async function verify(jwt: string, keys: { publicJwks(projectId: string): Promise<object[]> }, projectId: string, at?: number) {
  const jwks = createLocalJWKSet({ keys: (await keys.publicJwks(projectId)) as never });
  return await jwtVerify(jwt, jwks, at === undefined ? {} : { currentDate: new Date(at) });
}

describe("first use", () => {
  test("20 isolates that sign at once make one key, one event, and tokens that verify", async () => {
    const { id } = await createProject();
    const isolates = Array.from({ length: 20 }, () => isolate());
    const tokens = await Promise.all(isolates.map(({ keys }) => keys.sign(id, { alg: "ES256", typ: "JWT", claims: claims() })));
    expect(new Set(tokens.map(kidOf)).size).toBe(1);
    expect(await rows(id)).toHaveLength(1);
    expect((await eventsOf(id)).map((event) => event.type)).toEqual(["signing_key.created"]);
    for (const token of tokens) expect((await verify(token, isolate().keys, id)).payload.sub).toBe("someone");
  });

  test("isolates whose clocks are a little behind that of the first key's maker sign with it, too", async () => {
    const { id } = await createProject();
    const now = Date.now();
    const isolates = [
      isolate({ now: now + 200 }),
      ...Array.from({ length: 7 }, () => isolate({ now })),
      isolate({ now: now - 200 }),
    ];
    const sign = ({ keys }: (typeof isolates)[number]) => keys.sign(id, { alg: "ES256", typ: "JWT", claims: claims() });
    const tokens = await Promise.all(isolates.map(sign));
    expect(new Set([...tokens, await sign(isolate({ now: now - 200 }))].map(kidOf)).size).toBe(1);
    expect(await rows(id)).toHaveLength(1);
  });

  test("no RSA key is made until RS256 is asked for", async () => {
    const { id } = await createProject();
    const { keys } = isolate();
    await keys.privateJwks(id);
    expect((await rows(id)).map((row) => row["alg"])).toEqual(["ES256"]);
    const token = await keys.sign(id, { alg: "RS256", typ: "JWT", claims: claims() });
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: "RS256", typ: "JWT" });
    expect((await verify(token, keys, id)).payload.sub).toBe("someone");
    expect((await rows(id)).map((row) => row["alg"])).toEqual(["ES256", "RS256"]);
  });

  test("one project's keys are not another's", async () => {
    const [mine, theirs] = [await createProject(), await createProject()];
    const { keys } = isolate();
    const token = await keys.sign(mine.id, { alg: "ES256", typ: "JWT", claims: claims() });
    await keys.sign(theirs.id, { alg: "ES256", typ: "JWT", claims: claims() });
    await expect(verify(token, keys, theirs.id)).rejects.toThrow();
  });

  test("a token that would outlive its key is not signed", async () => {
    const { id } = await createProject();
    const long = { ...claims(), exp: claims().iat + 25 * 3600 };
    await expect(isolate().keys.sign(id, { alg: "ES256", typ: "JWT", claims: long })).rejects.toThrow("outlive");
  });
});

describe("reading", () => {
  test("a warm isolate signs and publishes without D1 and without opening a key again, for as long as named", async () => {
    const { id } = await createProject();
    const { keys, store } = isolate();
    await keys.sign(id, { alg: "ES256", typ: "JWT", claims: claims() });
    const open = vi.spyOn(store.runtime.sealer, "open");
    store.counted.reset();
    for (let i = 0; i < 5; i++) await keys.sign(id, { alg: "ES256", typ: "JWT", claims: claims() });
    await keys.publicJwks(id);
    await keys.privateJwks(id);
    expect(store.counted.d1.roundTrips).toBe(0);
    store.time.now += KEYS_STALENESS_MS + 1;
    await keys.sign(id, { alg: "ES256", typ: "JWT", claims: claims() });
    expect(store.counted.d1.roundTrips).toBe(1);
    expect(open).not.toHaveBeenCalled();
  });

  test("T102: the private key is sealed for its project and row, and nothing private is in the published one", async () => {
    const { id } = await createProject();
    const { keys, store } = isolate();
    await keys.sign(id, { alg: "RS256", typ: "JWT", claims: claims() });
    const [row] = await rows(id);
    expect(row?.["private_key"]).toMatch(/^ey[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/);
    const key = { projectId: id, id: row?.["id"] as string };
    const opened = JSON.parse((await store.runtime.sealer.open(sealPurpose(key), row?.["private_key"] as string)) ?? "{}");
    expect(Object.keys(opened)).toContain("d");
    expect(await store.runtime.sealer.open(sealPurpose({ ...key, projectId: "other" }), row?.["private_key"] as string)).toBe(
      undefined,
    );
    for (const jwk of await keys.publicJwks(id)) expect(Object.keys(jwk).sort()).toEqual(["alg", "e", "kid", "kty", "n", "use"]);
    expect(row?.["public_key"]).not.toContain(opened.d);
  });

  test("T103: a signing key that no configured key opens is a 503, and never an unsigned token", async () => {
    const { id } = await createProject();
    await isolate().keys.sign(id, { alg: "ES256", typ: "JWT", claims: claims() });
    const { store } = isolate();
    store.runtime.sealer = createSealer([{ id: "other", secret: new Uint8Array(32).fill(9) }]);
    const { createSigningKeyService } = await import("../../src/domain/signing-keys/service.ts");
    const late = createSigningKeyService(store.runtime);
    const refused = { kind: "unavailable", code: "signing_key_unreadable" };
    await expect(late.sign(id, { alg: "ES256", typ: "JWT", claims: claims() })).rejects.toMatchObject(refused);
    await expect(late.privateJwks(id)).rejects.toMatchObject(refused);
    expect(await late.publicJwks(id)).toHaveLength(1);
  });
});

describe("rotation", () => {
  test("the new key is published before it signs, the old one until its tokens have ended", async () => {
    const { id } = await createProject();
    const time = { now: Date.now() };
    const { keys } = isolate(time);
    const sign = () => keys.sign(id, { alg: "ES256", typ: "JWT", claims: claims(time.now) });
    const published = async () => (await keys.publicJwks(id)).map((jwk) => jwk.kid);
    const old = kidOf(await sign());
    const rotated = await keys.rotate(id, {}, systemContext);
    expect(rotated.map(({ state }) => state)).toEqual(["active", "next"]);
    const next = rotated[1]?.key.id;
    expect(await published()).toEqual([old, next]);
    expect(kidOf(await sign())).toBe(old);

    time.now += ACTIVATION_DELAY_MS - 1;
    expect(kidOf(await sign())).toBe(old);
    time.now += 1;
    expect(kidOf(await sign())).toBe(next);
    expect(await published()).toEqual([next, old]);
    expect((await keys.privateJwks(id)).map((jwk) => jwk.kid)).toEqual([next, old]);

    time.now += OVERLAP_MS - 1;
    expect(await published()).toEqual([next, old]);
    time.now += 1;
    expect(await published()).toEqual([next]);
    await keys.rotate(id, {}, systemContext);
    expect((await rows(id)).map((row) => row["id"])).not.toContain(old);
  });

  test("nobody keeps a key set for longer than a new key waits", () => {
    expect(KEYS_STALENESS_MS + JWKS_MAX_AGE_MS).toBeLessThan(ACTIVATION_DELAY_MS);
  });

  test("whatever an isolate with old memory signs, every isolate can verify", async () => {
    const { id } = await createProject();
    const time = { now: Date.now() };
    const [stale, other] = [isolate(time).keys, isolate(time).keys];
    await stale.sign(id, { alg: "ES256", typ: "JWT", claims: claims(time.now) });
    await other.rotate(id, {}, systemContext);
    for (const wait of [0, KEYS_STALENESS_MS - 1, 2, ACTIVATION_DELAY_MS, KEYS_STALENESS_MS]) {
      time.now += wait;
      for (const [signer, verifier] of [
        [stale, other],
        [other, stale],
      ] as const) {
        const token = await signer.sign(id, { alg: "ES256", typ: "JWT", claims: claims(time.now) });
        await verify(token, verifier, id, time.now);
      }
    }
  });

  test("of 10 who rotate at once one does; a second rotation waits until the first has taken effect", async () => {
    const { id } = await createProject();
    const time = { now: Date.now() };
    await isolate(time).keys.sign(id, { alg: "ES256", typ: "JWT", claims: claims() });
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => isolate(time).keys.rotate(id, {}, systemContext)));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "rotation_under_way" });
    }
    expect(await rows(id)).toHaveLength(2);
    time.now += ACTIVATION_DELAY_MS;
    await isolate(time).keys.rotate(id, {}, systemContext);
    expect(await rows(id)).toHaveLength(3);
  });

  test("revoke_previous: the new key signs at once, and what earlier ones signed verifies nowhere once isolates look again", async () => {
    const { id } = await createProject();
    const time = { now: Date.now() };
    const { keys } = isolate(time);
    const other = isolate(time).keys;
    const before = await keys.sign(id, { alg: "ES256", typ: "JWT", claims: claims() });
    await verify(before, other, id);
    await keys.rotate(id, {}, systemContext);
    await keys.rotate(id, { revokePrevious: true }, systemContext);
    expect(await rows(id)).toHaveLength(1);
    await expect(verify(before, keys, id)).rejects.toThrow();
    const after = await keys.sign(id, { alg: "ES256", typ: "JWT", claims: claims() });
    await verify(after, keys, id);
    time.now += KEYS_STALENESS_MS;
    await expect(verify(before, other, id)).rejects.toThrow();
    expect((await eventsOf(id)).map(({ type, details }) => [type, JSON.parse(details).revoked_previous])).toEqual([
      ["signing_key.created", undefined],
      ["signing_key.rotated", false],
      ["signing_key.rotated", true],
    ]);
  });

  test("every algorithm that the project has is rotated, or only the one that is named", async () => {
    const { id } = await createProject();
    const { keys } = isolate();
    await keys.ensure(id, "ES256", systemContext);
    await keys.ensure(id, "RS256", systemContext);
    await keys.rotate(id, { alg: "ES256" }, systemContext);
    expect((await rows(id)).map((row) => [row["alg"], row["generation"]])).toEqual([
      ["ES256", 1],
      ["ES256", 2],
      ["RS256", 1],
    ]);
    await keys.rotate(id, { revokePrevious: true }, systemContext);
    expect((await rows(id)).map((row) => [row["alg"], row["generation"]])).toEqual([
      ["ES256", 3],
      ["RS256", 2],
    ]);
  });
});

test("T103: the night shift seals signing keys again with the newest key, and then finds nothing to do", async () => {
  vi.spyOn(console, "info").mockImplementation(() => undefined);
  const { id } = await createProject();
  const { keys, store } = isolate();
  const token = await keys.sign(id, { alg: "ES256", typ: "JWT", claims: claims() });
  const newest = { id: "t2", secret: new Uint8Array(32).fill(3) };
  store.runtime.sealer = createSealer([newest, ...store.runtime.config.encryptionKeys]);
  await nightShift(store.runtime);
  const sealed = async () => ((await rows(id)) as unknown as { private_key: string }[])[0]?.private_key ?? "";
  const resealed = await sealed();
  expect(decodeProtectedHeader(resealed).kid).toBe("t2");
  await nightShift(store.runtime);
  expect(await sealed()).toBe(resealed);

  const { createSigningKeyService } = await import("../../src/domain/signing-keys/service.ts");
  store.runtime.sealer = createSealer([newest]);
  const later = createSigningKeyService(store.runtime);
  expect(kidOf(await later.sign(id, { alg: "ES256", typ: "JWT", claims: claims() }))).toBe(kidOf(token));
});

test("a project that is deleted takes its keys along", async () => {
  const project = await createProject();
  const { keys } = isolate();
  await keys.ensure(project.id, "ES256", systemContext);
  const { services } = await import("../support/seed.ts");
  await services().projects.delete(project.id, systemContext);
  expect(await rows(project.id)).toEqual([]);
});
