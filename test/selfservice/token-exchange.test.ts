// A native app signs a person in through the browser and fetches the session: two codes, one session, once.

import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { EXCHANGE_LIFESPAN_MS } from "../../src/domain/session-exchange/exchange.ts";
import { createSessionExchangeService } from "../../src/domain/session-exchange/service.ts";
import { createSessionService } from "../../src/domain/sessions/service.ts";
import { nightShift } from "../../src/jobs/night-shift.ts";
import { createScene, person, type Scene } from "../login/scene.ts";
import { d1Contents } from "../security/contents.ts";
import { countingEnv } from "../support/counting.ts";
import { putProject } from "../support/rows.ts";
import { services, systemContext } from "../support/seed.ts";
import { storeRuntime } from "../support/store-runtime.ts";
import { createVisitor, type Visitor } from "../support/visitor.ts";

vi.spyOn(console, "warn").mockImplementation(() => undefined);

const RETURN_TO = "https://app.example/signed-in?tab=1";

let scene: Scene;
beforeAll(async () => {
  scene = await createScene();
});
afterAll(() => scene.network.restore());

interface Native {
  initCode: string;
  /** Where the app has to send a browser. */
  link: URL;
}

const json = async (url: string | URL, init: RequestInit = {}) => {
  const headers = { Accept: "application/json", "Content-Type": "application/json", ...init.headers };
  const answer = await createVisitor(env, "198.51.100.9").send(url, { ...init, headers });
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  return { status: answer.status, body: (await answer.json()) as any };
};

/** The app's half: a flow with an init_code, submitted up to the point where a browser is needed. */
async function beginInApp(query = `&return_to=${encodeURIComponent(RETURN_TO)}`, kind = "login"): Promise<Native> {
  const flow = await json(`${scene.origin}/self-service/${kind}/api?return_session_token_exchange_code=true${query}`);
  const submit = { method: "oidc", provider: scene.a.connection.id };
  const answer = await json(flow.body.ui.action, { method: "POST", body: JSON.stringify(submit) });
  expect([answer.status, answer.body.error?.id]).toEqual([422, "browser_location_change_required"]);
  return { initCode: flow.body.session_token_exchange_code, link: new URL(answer.body.redirect_browser_to) };
}

/** The browser's half, up to where it goes in the end. */
async function signInWith(visitor: Visitor, link: URL, name = "ada"): Promise<Response> {
  const start = await visitor.get(link);
  expect(start.status).toBe(303);
  const callback = await scene.idpA.authorize(new URL(start.headers.get("location") ?? ""), person(scene.a.domain, name));
  return await visitor.get(callback);
}

async function returnToCode(native: Native, visitor = createVisitor(env)): Promise<string> {
  const end = await signInWith(visitor, native.link);
  return new URL(end.headers.get("location") ?? "").searchParams.get("code") ?? "";
}

const exchange = (initCode: string, code: string, origin = scene.origin) =>
  json(`${origin}/sessions/token-exchange?init_code=${initCode}&return_to_code=${code}`);

describe("the way there and back", () => {
  test("the app gets the person's session, and the browser gets a code and nothing else", async () => {
    const native = await beginInApp();
    const visitor = createVisitor(env);
    const end = await signInWith(visitor, native.link);
    expect(end.status).toBe(303);
    const location = new URL(end.headers.get("location") ?? "");
    expect([location.origin, location.pathname, location.searchParams.get("tab")]).toEqual([
      "https://app.example",
      "/signed-in",
      "1",
    ]);
    expect(end.headers.getSetCookie().join()).not.toContain("orgate_session=");

    const { status, body } = await exchange(native.initCode, location.searchParams.get("code") ?? "");
    expect(status).toBe(200);
    expect(body.session_token).toMatch(/^orgate_st_/);
    expect(body.session).toMatchObject({ active: true, identity: { organization_id: scene.a.organization.id } });
    const whoami = await json(`${scene.origin}/sessions/whoami`, { headers: { "X-Session-Token": body.session_token } });
    expect([whoami.status, whoami.body.id]).toEqual([200, body.session.id]);
    expect(await scene.lastEvent()).toMatchObject({ type: "session.token_exchanged" });
  });

  test("so does a registration, and a browser that was signed in stays so", async () => {
    const visitor = createVisitor(env);
    await signInWith(visitor, new URL(`${scene.origin}/sso/start?connection=${scene.a.connection.id}`));
    const before = await scene.whoami(visitor);
    const native = await beginInApp(undefined, "registration");
    const code = await returnToCode(native, visitor);
    expect((await scene.whoami(visitor)).body["id"]).toBe(before.body["id"]);
    const { body } = await exchange(native.initCode, code);
    expect(body.session.id).not.toBe(before.body["id"]);
  });

  test("an app of its own scheme is told the code there", async () => {
    const allowedReturnUrls = ["https://app.example", "com.example.app:/signed-in"];
    await services().projects.update(scene.project.id, { allowedReturnUrls }, undefined, systemContext);
    services().hosts.forget(scene.project.id);
    const native = await beginInApp(`&return_to=${encodeURIComponent("com.example.app:/signed-in")}`);
    const end = await signInWith(createVisitor(env), native.link);
    const location = new URL(end.headers.get("location") ?? "");
    expect([location.protocol, location.pathname]).toEqual(["com.example.app:", "/signed-in"]);
    expect((await exchange(native.initCode, location.searchParams.get("code") ?? "")).status).toBe(200);
  });

  test("until the person has signed in nothing is stored", async () => {
    const before = await d1Contents();
    const { link } = await beginInApp();
    await createVisitor(env).get(link);
    expect(await d1Contents()).toEqual(before);
  });

  test("a returning person's callback still writes four rows, and one for the exchange, in three round trips", async () => {
    const counted = countingEnv(env, { measureRows: true });
    const visitor = createVisitor(counted.env);
    await returnToCode(await beginInApp(), visitor);
    const native = await beginInApp();
    const start = await visitor.get(native.link);
    const callback = await scene.idpA.authorize(new URL(start.headers.get("location") ?? ""), person(scene.a.domain));
    counted.reset();
    await visitor.get(callback);
    expect(counted.d1.roundTrips).toBe(3);
    expect(counted.d1.rowsWritten).toBeLessThanOrEqual(5);
  });

  test("without the parameter a flow has no code, and a browser's flow never has one", async () => {
    expect((await json(`${scene.origin}/self-service/login/api`)).body).not.toHaveProperty("session_token_exchange_code");
    const url = `${scene.origin}/self-service/login/browser?return_session_token_exchange_code=true`;
    expect((await json(url)).body).not.toHaveProperty("session_token_exchange_code");
  });
});

describe("what is refused", () => {
  test("a second exchange, and of 20 at once one wins", async () => {
    const native = await beginInApp();
    const code = await returnToCode(native);
    const answers = await Promise.all(Array.from({ length: 20 }, () => exchange(native.initCode, code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(19);
    expect((await exchange(native.initCode, code)).status).toBe(404);
    const [won] = answers.filter(({ status }) => status === 200);
    const headers = { "X-Session-Token": won?.body.session_token };
    expect((await json(`${scene.origin}/sessions/whoami`, { headers })).status).toBe(200);
  });

  test("one code without the other, or with another flow's; and what was tried uses nothing up", async () => {
    const native = await beginInApp();
    const other = await beginInApp();
    const code = await returnToCode(native);
    const otherCode = await returnToCode(other);
    for (const [init, back] of [
      [other.initCode, code],
      [native.initCode, otherCode],
      [code, native.initCode],
      ["x", code],
      [native.initCode, "x"],
    ] as const) {
      expect((await exchange(init, back)).status).toBe(404);
    }
    const missing = await json(`${scene.origin}/sessions/token-exchange?init_code=${native.initCode}`);
    expect([missing.status, Object.keys(missing.body.error.details)]).toEqual([422, ["return_to_code"]]);
    expect((await exchange(native.initCode, code)).status).toBe(200);
  });

  test("T104: both codes on another project's host", async () => {
    const native = await beginInApp();
    const code = await returnToCode(native);
    const { slug } = await putProject();
    expect((await exchange(native.initCode, code, `http://${slug}.localhost:8787`)).status).toBe(404);
    expect((await exchange(native.initCode, code)).status).toBe(200);
  });

  test("HEAD, which would use it up unseen", async () => {
    const native = await beginInApp();
    const code = await returnToCode(native);
    const url = `${scene.origin}/sessions/token-exchange?init_code=${native.initCode}&return_to_code=${code}`;
    expect((await createVisitor(env).send(url, { method: "HEAD" })).status).toBe(405);
    expect((await exchange(native.initCode, code)).status).toBe(200);
  });

  test("T76: a link whose return address was changed, or whose ticket was changed, dropped from another project, or is over", async () => {
    const { link } = await beginInApp();
    const elsewhere = new URL(link);
    elsewhere.searchParams.set("return_to", "https://app.example/other");
    const broken = new URL(link);
    broken.searchParams.set("exchange", `${link.searchParams.get("exchange")?.slice(0, -4)}AAAA`);
    const flow = new URL(link);
    flow.searchParams.set("exchange", "");
    for (const url of [elsewhere, broken, flow]) {
      const answer = await json(url);
      expect([answer.status, answer.body.error.id]).toEqual([400, "session_token_exchange_invalid"]);
    }
  });

  test("an exchange that nobody came for in five minutes, which the night shift sweeps", async () => {
    vi.spyOn(console, "info").mockImplementation(() => undefined);
    const native = await beginInApp();
    const code = await returnToCode(native);
    const { runtime, time } = storeRuntime();
    time.now += EXCHANGE_LIFESPAN_MS + 60_000;
    const late = createSessionExchangeService(runtime, createSessionService(runtime));
    const codes = { initCode: native.initCode, returnToCode: code };
    await expect(late.exchange(scene.project.id, codes, systemContext)).rejects.toMatchObject({
      kind: "gone",
      code: "session_token_exchange_expired",
    });
    time.now += 48 * 3_600_000;
    await nightShift(runtime);
    expect(await env.DB.prepare("SELECT count(*) AS n FROM session_token_exchanges").first("n")).toBe(0);
  });

  const LOSSES: [name: string, lose: () => Promise<unknown>, restore: () => Promise<unknown>][] = [
    [
      "whose organization was disabled",
      () => env.DB.prepare("UPDATE organizations SET state = 'disabled' WHERE id = ?").bind(scene.a.organization.id).run(),
      () => env.DB.prepare("UPDATE organizations SET state = 'enabled' WHERE id = ?").bind(scene.a.organization.id).run(),
    ],
    [
      "whose connection was re-pointed",
      () => env.DB.prepare("UPDATE connections SET trust_revision = 9 WHERE id = ?").bind(scene.a.connection.id).run(),
      () => env.DB.prepare("UPDATE connections SET trust_revision = 1 WHERE id = ?").bind(scene.a.connection.id).run(),
    ],
  ];
  test.each(LOSSES)("T65: a session %s while it waited", async (_name, lose, restore) => {
    const native = await beginInApp();
    const code = await returnToCode(native);
    await lose();
    const { status, body } = await exchange(native.initCode, code);
    await restore();
    expect([status, body.error.id, body.session_token]).toEqual([401, "session_inactive", undefined]);
  });

  test("T65: a session that was revoked while it waited", async () => {
    const native = await beginInApp();
    const code = await returnToCode(native);
    const { results } = await env.DB.prepare("SELECT identity_id AS id FROM sessions WHERE project_id = ? LIMIT 1")
      .bind(scene.project.id)
      .all<{ id: string }>();
    await services().sessions.revokeAll(scene.project.id, results[0]?.id ?? "", systemContext);
    expect((await exchange(native.initCode, code)).status).toBe(404);
  });
});

test("T101: neither code stands in D1", async () => {
  const native = await beginInApp();
  const code = await returnToCode(native);
  const contents = JSON.stringify(await d1Contents());
  for (const secret of [native.initCode, code]) expect(contents).not.toContain(secret);
});
