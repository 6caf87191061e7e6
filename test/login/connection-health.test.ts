// What logins tell about the connection they go through, and the rotation of a client secret without a gap.

import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Connection, sealPurpose } from "../../src/domain/connections/connection.ts";
import { nightShift } from "../../src/jobs/night-shift.ts";
import { countingEnv } from "../support/counting.ts";
import { api } from "../support/management.ts";
import { services, systemContext } from "../support/seed.ts";
import { createVisitor } from "../support/visitor.ts";
import { createScene, person, type Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  scene = await createScene();
});
afterEach(() => {
  scene.network.restore();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const row = (): Promise<Connection> => services().connections.get(scene.project.id, scene.a.connection.id);
const path = () => `/projects/${scene.project.id}/connections/${scene.a.connection.id}`;
const login = (environment: Env = env) => scene.login(scene.a.connection, person(scene.a.domain), createVisitor(environment));

describe("when a connection last worked", () => {
  test("is known to ten minutes, and costs no row in between", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    await login();
    const first = await row();
    expect(first.lastSucceededAt).toBe(Date.now());
    const counted = countingEnv(env, { measureRows: true });
    vi.setSystemTime(Date.now() + 9 * 60_000);
    await login(counted.env);
    expect((await row()).lastSucceededAt).toBe(first.lastSucceededAt);
    const before = counted.d1.rowsWritten;
    vi.setSystemTime(Date.now() + 60_000);
    await login(counted.env);
    expect((await row()).lastSucceededAt).toBe(Date.now());
    expect(counted.d1.rowsWritten - before).toBeLessThanOrEqual(5);
  });

  test("is in the API, read-only, and changes no revision", async () => {
    await login();
    const { json } = await api("GET", path());
    expect(json).toMatchObject({ last_succeeded_at: expect.any(String), last_failure: null, revision: 1 });
    expect(json.updated_at).toBe(json.created_at);
    expect((await api("PATCH", path(), { body: { last_succeeded_at: null } })).status).toBe(422);
  });
});

describe("when a connection last failed", () => {
  test.each<[string, () => Promise<unknown>, string]>([
    [
      "the provider does not know the client",
      () => {
        scene.idpA.client({ client_id: "client-1", client_secret: "another" });
        return login();
      },
      "invalid_client",
    ],
    [
      "the token is for somebody else",
      () => {
        scene.idpA.mutate({ claims: { aud: "other" } });
        return login();
      },
      "aud_mismatch",
    ],
    ["the address is outside", () => scene.login(scene.a.connection, person("elsewhere.test")), "email_outside_organization"],
    [
      "the metadata is gone",
      () => {
        scene.idpA.mutate({ faults: { discovery: "reset" } });
        return scene.visitor.get(`${scene.origin}/sso/start?connection=${scene.a.connection.id}`);
      },
      "discovery_unreachable",
    ],
  ])("%s: why, and which event, in the API", async (_name, fail, reason) => {
    await fail();
    const event = await env.DB.prepare("SELECT id, reason FROM events WHERE project_id = ? AND type = 'login.refused'")
      .bind(scene.project.id)
      .first<{ id: string; reason: string }>();
    expect(event?.reason).toBe(reason);
    const { json } = await api("GET", path());
    expect(json.last_failure).toEqual({ at: expect.any(String), reason, event_id: event?.id });
    expect(json).toMatchObject({ last_succeeded_at: null, revision: 1 });
  });

  test.each<[string, (callback: URL) => void]>([
    ["a code that is made up", (u) => u.searchParams.set("code", "made-up")],
    ["another issuer", (u) => u.searchParams.set("iss", scene.idpB.issuer)],
    ["an error that nobody sent", (u) => u.searchParams.set("error", "server_error")],
    ["no code", (u) => u.searchParams.delete("code")],
  ])("a stranger's own callback with %s says nothing about the connection", async (_name, forge) => {
    const callback = await scene.idpA.authorize(await scene.start(scene.a.connection), person(scene.a.domain));
    forge(callback);
    expect((await scene.visitor.get(callback)).status).toBeGreaterThanOrEqual(400);
    expect((await row()).lastFailedAt).toBeNull();
  });
});

describe("a client secret that is rotated", () => {
  const rotate = (secret: string) => api("POST", `${path()}/rotate-secret`, { body: { client_secret: secret } });
  const atProvider = (secret: string) => scene.idpA.client({ client_id: "client-1", client_secret: secret });
  const opened = async (column: "client_secret" | "previous_client_secret") => {
    const stored = await row();
    const sealed = column === "client_secret" ? stored.clientSecret : stored.previousClientSecret;
    return sealed && (await services().runtime.sealer.open(sealPurpose(stored, column), sealed));
  };

  test("logs nobody out, works before and after the provider has changed, and forgets the old one when the new one has worked", async () => {
    const person1 = createVisitor(env);
    await scene.login(scene.a.connection, person(scene.a.domain), person1);
    const rotated = await rotate("secret-2");
    expect(rotated.json).toMatchObject({ has_client_secret: true, has_previous_client_secret: true, revision: 2 });
    expect((await scene.whoami(person1)).status).toBe(200);

    scene.network.clear();
    expect((await login()).status).toBe(303);
    expect(scene.idpA.to("token")).toHaveLength(2);
    expect(await scene.lastEvent()).toMatchObject({ details: expect.stringContaining('"client_secret":"old"') });
    expect((await api("GET", path())).json.has_previous_client_secret).toBe(true);
    const waiting = await row();
    expect(waiting.lastSucceededAt).toBeGreaterThan(waiting.updatedAt);

    atProvider("secret-2");
    scene.network.clear();
    expect((await login()).status).toBe(303);
    expect(scene.idpA.to("token")).toHaveLength(1);
    expect((await api("GET", path())).json).toMatchObject({ has_previous_client_secret: false, revision: 2 });
    expect(await opened("client_secret")).toBe("secret-2");
  });

  test("costs no further D1 trip", async () => {
    await rotate("secret-2");
    const counted = countingEnv(env);
    const callback = await scene.idpA.authorize(await scene.start(scene.a.connection), person(scene.a.domain));
    const jar = scene.visitor.cookies.get(new URL(scene.origin).host) ?? new Map<string, string>();
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const visitor = createVisitor(counted.env);
    await visitor.get(`${scene.origin}/login`);
    counted.reset();
    expect((await visitor.send(callback, { headers: { Cookie: cookie, Accept: "text/html" } })).status).toBe(303);
    expect(counted.d1.roundTrips).toBe(3);
  });

  test("T102: each is sealed for its own column, and the night shift seals both again", async () => {
    await rotate("secret-2");
    const { clientSecret, previousClientSecret } = await row();
    const { sealer } = services().runtime;
    expect(await opened("client_secret")).toBe("secret-2");
    expect(await opened("previous_client_secret")).toBe("secret-1");
    expect(await sealer.open(sealPurpose(await row(), "client_secret"), previousClientSecret ?? "")).toBeUndefined();
    const keys = `t9:${btoa("fedcba9876543210fedcba9876543210")},${env.ENCRYPTION_KEYS}`;
    const { servicesFor } = await import("../../src/services.ts");
    vi.spyOn(console, "info").mockImplementation(() => undefined);
    await nightShift(servicesFor({ ...env, ENCRYPTION_KEYS: keys }).runtime);
    const after = await row();
    expect(after.clientSecret).not.toBe(clientSecret);
    expect(after.previousClientSecret).not.toBe(previousClientSecret);
    expect(after.revision).toBe(2);
  });

  test("a second rotation keeps the secret that has worked, not the one that never did", async () => {
    await rotate("typo");
    await rotate("secret-2");
    expect(await opened("previous_client_secret")).toBe("secret-1");
    expect(await opened("client_secret")).toBe("secret-2");
  });

  test("the stored secret once more changes nothing; the old one typed again is the only one", async () => {
    expect((await rotate("secret-1")).json).toMatchObject({ revision: 1, has_previous_client_secret: false });
    await rotate("secret-2");
    expect((await rotate("secret-1")).json).toMatchObject({ revision: 3, has_previous_client_secret: false });
  });

  test("goes back to the old one, or gives it up, and says so when there is none", async () => {
    await rotate("secret-2");
    expect((await api("POST", `${path()}/restore-secret`)).json).toMatchObject({ has_previous_client_secret: false });
    expect(await opened("client_secret")).toBe("secret-1");
    await rotate("secret-2");
    expect((await api("DELETE", `${path()}/previous-secret`)).status).toBe(204);
    expect(await opened("client_secret")).toBe("secret-2");
    for (const [method, what] of [
      ["DELETE", "previous-secret"],
      ["POST", "restore-secret"],
    ] as const) {
      const { status, json } = await api(method, `${path()}/${what}`);
      expect([status, json.error.id]).toEqual([409, "no_previous_client_secret"]);
    }
    const { events } = (await api("GET", `/projects/${scene.project.id}/events`)).json;
    const types = events.map(({ type }: { type: string }) => type).filter((type: string) => type.includes("secret"));
    expect(types.reverse()).toEqual([
      "connection.secret_rotated",
      "connection.old_secret_restored",
      "connection.secret_rotated",
      "connection.old_secret_deleted",
    ]);
  });

  test("PATCH with a client secret replaces it at once, and a new client or server starts without the old one (T35)", async () => {
    await rotate("secret-2");
    await api("PATCH", path(), { body: { client_secret: "secret-3" } });
    expect(await row()).toMatchObject({ previousClientSecret: null });
    await rotate("secret-4");
    await api("PATCH", path(), { body: { client_id: "client-2" } });
    expect(await row()).toMatchObject({ previousClientSecret: null });
    await rotate("secret-5");
    await api("PATCH", path(), { body: { issuer_url: scene.idpB.issuer } });
    expect(await row()).toMatchObject({ clientSecret: null, previousClientSecret: null });
  });

  test("a change of the label meanwhile does not bring the forgotten one back", async () => {
    await rotate("secret-2");
    const { connections } = services();
    atProvider("secret-2");
    await Promise.all([
      login(),
      connections.update(scene.project.id, scene.a.connection.id, { label: "New name" }, undefined, systemContext),
    ]);
    await login();
    expect(await row()).toMatchObject({ label: "New name", previousClientSecret: null });
  });

  test("neither goes to a token endpoint that has moved (T72)", async () => {
    await login();
    await rotate("secret-2");
    const callback = await scene.idpA.authorize(await scene.start(scene.a.connection), person(scene.a.domain));
    await env.DB.prepare("UPDATE connections SET pinned_token_endpoint = 'https://old-home.test/token' WHERE id = ?")
      .bind(scene.a.connection.id)
      .run();
    scene.network.clear();
    expect((await scene.visitor.get(callback)).status).toBe(403);
    expect(scene.idpA.to("token")).toHaveLength(0);
  });

  test("is tried after `invalid_client` alone: any other answer stands", async () => {
    await rotate("secret-2");
    scene.idpA.mutate({ faults: { token: () => Response.json({ error: "invalid_grant" }, { status: 400 }) } });
    await login();
    expect(scene.idpA.to("token")).toHaveLength(1);
  });

  test("the check tells which of the two works", async () => {
    const authentication = async () => {
      const { json } = await api("POST", `${path()}/check`);
      return json.steps.find(({ step }: { step: string }) => step === "client_authentication");
    };
    vi.useFakeTimers({ toFake: ["Date"] });
    await rotate("secret-2");
    expect(await authentication()).toMatchObject({
      result: "failed",
      reason: "invalid_client",
      detail: "the provider takes the old secret and refuses the new one",
    });
    vi.setSystemTime(Date.now() + 6000);
    atProvider("secret-2");
    expect(await authentication()).toMatchObject({ result: "passed", detail: expect.stringContaining("the new secret works") });
    vi.setSystemTime(Date.now() + 6000);
    atProvider("secret-9");
    expect(await authentication()).toMatchObject({ result: "failed", detail: expect.stringContaining("and the old one") });
  });

  test("needs a connection that has secrets", async () => {
    await api("PATCH", path(), { body: { token_endpoint_auth_method: "private_key_jwt" } });
    const { status, json } = await rotate("secret-2");
    expect([status, Object.keys(json.error.details)]).toEqual([422, ["client_secret"]]);
    expect((await rotate("")).status).toBe(422);
  });
});
