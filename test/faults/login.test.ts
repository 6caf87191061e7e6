// Faults on the way of a login: what fails must fail whole, say so calmly, and leave a second try possible where it can.

import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createScene, person, type Scene } from "../login/scene.ts";
import { type CountedEnv, countingEnv } from "../support/counting.ts";
import type { Fault } from "../support/idp/idp.ts";
import { createConnection } from "../support/seed.ts";
import { createVisitor, type Visitor } from "../support/visitor.ts";

let scene: Scene;
let counted: CountedEnv;
let visitor: Visitor;

beforeEach(async () => {
  scene = await createScene();
  counted = countingEnv(env);
  visitor = createVisitor(counted.env);
});
afterEach(() => scene.network.restore());

const rows = async (table: string) =>
  (await env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE project_id = ?`).bind(scene.project.id).first<{ n: number }>())
    ?.n;
const atTheIdp = async () => scene.idpA.authorize(await scene.start(scene.a.connection, visitor), person(scene.a.domain));
const expectUnavailable = (answer: Response) => {
  expect(answer.status).toBe(503);
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(answer.headers.getSetCookie().join()).not.toContain("orgate_session");
};

describe("KV", () => {
  test.each(["throw", "hang", "garbage", "frozen"] as const)("%s: logins work (F1, F2, F3)", async (fault) => {
    counted.faults.kv = fault;
    expect((await visitor.get(await atTheIdp())).status).toBe(303);
    expect((await scene.whoami(visitor)).status).toBe(200);
  });
});

describe("D1", () => {
  test("overloaded before the transaction is consumed: 503, and the same callback works afterwards (F5)", async () => {
    const callback = await atTheIdp();
    counted.faults.d1 = "overloaded";
    expectUnavailable(await visitor.get(callback));
    expect(scene.idpA.to("token")).toHaveLength(0);
    counted.faults.d1 = "ok";
    expect((await visitor.get(callback)).status).toBe(303);
  });

  test("lost before the commit of the session: 503, nothing stored, and a new login works (F6)", async () => {
    const callback = await atTheIdp();
    counted.faults.d1 = "fail-before";
    counted.faults.d1Only = (sql) => /insert into "sessions"/i.test(sql);
    expectUnavailable(await visitor.get(callback));
    expect([await rows("identities"), await rows("sessions"), await rows("oidc_credentials")]).toEqual([0, 0, 0]);
    counted.reset();
    expect((await visitor.get(await atTheIdp())).status).toBe(303);
  });

  test("lost after the commit: 503, one identity, and a new login finds it (F7)", async () => {
    const callback = await atTheIdp();
    counted.faults.d1 = "fail-after";
    counted.faults.d1Only = (sql) => /insert into "sessions"/i.test(sql);
    expectUnavailable(await visitor.get(callback));
    counted.reset();
    expect((await visitor.get(await atTheIdp())).status).toBe(303);
    expect(await rows("identities")).toBe(1);
  });

  test("never answers: 503 within the budget, not a hanging page (F8)", async () => {
    const callback = await atTheIdp();
    counted.faults.d1 = "hang";
    expectUnavailable(await visitor.get(callback));
  });

  test("down when an address is typed: 503 and no password field (F4)", async () => {
    await visitor.get(`${scene.origin}/login`);
    counted.faults.d1 = "overloaded";
    const begun = await visitor.get(`${scene.origin}/sso/start?email=ada%40${scene.a.domain}`);
    expectUnavailable(begun);
    expect(await begun.text()).not.toMatch(/type="password"/);
  });

  test("down at the sign-in by password: 503, never a look at the password (F11)", async () => {
    const begun = await visitor.send(`${scene.origin}/self-service/login/api`, { headers: { Accept: "application/json" } });
    const { ui } = (await begun.json()) as { ui: { action: string } };
    counted.faults.d1 = "overloaded";
    const answer = await visitor.send(ui.action, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json" },
      body: JSON.stringify({ method: "password", identifier: `ada@${scene.a.domain}`, password: "x" }),
    });
    expectUnavailable(answer);
  });

  test("down at a session check: 503, not a sign-out (F12)", async () => {
    await visitor.get(await atTheIdp());
    counted.faults.d1 = "overloaded";
    expect((await scene.whoami(visitor)).status).toBe(503);
    counted.faults.d1 = "ok";
    expect((await scene.whoami(visitor)).status).toBe(200);
  });
});

describe("the IdP", () => {
  const answer =
    (body: BodyInit | null, init: ResponseInit): Fault =>
    () =>
      new Response(body, init);
  const json = (body: unknown, status: number, headers = {}) =>
    answer(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });

  test.each<[string, Fault, string, number]>([
    ["discovery 404", answer("no", { status: 404 }), "discovery_unreachable", 502],
    ["discovery 500", answer("no", { status: 500 }), "discovery_unreachable", 502],
    ["discovery as HTML", answer("<html>", { headers: { "content-type": "text/html" } }), "discovery_unreachable", 502],
    [
      "discovery redirecting",
      answer(null, { status: 302, headers: { location: "https://evil.test/" } }),
      "discovery_unreachable",
      502,
    ],
    ["discovery reset", "reset", "discovery_unreachable", 502],
    ["discovery never answering", "hang", "discovery_unreachable", 502],
    ["discovery naming another issuer (F18)", json({ issuer: "https://other.test" }, 200), "issuer_mismatch", 403],
  ])("%s (F17)", async (_name, fault, reason, status) => {
    scene.idpA.mutate({ faults: { discovery: fault } });
    const begun = await visitor.get(`${scene.origin}/sso/start?connection=${scene.a.connection.id}`);
    expect(begun.status).toBe(status);
    expect(await scene.lastEvent()).toMatchObject({ reason });
  });

  test.each<[string, Fault, string, number]>([
    ["reset", "reset", "token_endpoint_unreachable", 502],
    ["500", answer("oops", { status: 500 }), "idp_unavailable", 502],
    ["429", json({ error: "slow_down" }, 429, { "retry-after": "7" }), "idp_rate_limited", 502],
    ["invalid_client", json({ error: "invalid_client" }, 401), "invalid_client", 403],
    ["invalid_grant", json({ error: "invalid_grant" }, 400), "invalid_grant", 403],
    ["HTML with 200", answer("<html>", { headers: { "content-type": "text/html" } }), "token_response_invalid", 502],
  ])("token endpoint: %s: one request, a reason for the operator, a bland page (F21)", async (_name, fault, reason, status) => {
    const callback = await atTheIdp();
    scene.idpA.mutate({ faults: { token: fault } });
    const ended = await visitor.get(callback);
    expect(ended.status).toBe(status);
    expect(await ended.text()).not.toContain(reason);
    expect(scene.idpA.to("token")).toHaveLength(1);
    expect(await scene.lastEvent()).toMatchObject({ type: "login.refused", reason });
    expect([await rows("identities"), await rows("sessions")]).toEqual([0, 0]);
    expect((await scene.lastEvent())?.details).not.toContain("secret-1");
  });

  test("keys unreachable: cold the login is refused and nothing is stored, warm it works (F19)", async () => {
    const callback = await atTheIdp();
    scene.idpA.mutate({ faults: { jwks: "reset" } });
    expect((await visitor.get(callback)).status).toBe(502);
    expect(await scene.lastEvent()).toMatchObject({ reason: "jwks_unreachable" });
    expect(await rows("sessions")).toBe(0);
    scene.idpA.mutate({});
    expect((await visitor.get(await atTheIdp())).status).toBe(303);
    scene.idpA.mutate({ faults: { jwks: "reset", discovery: "reset" } });
    expect((await visitor.get(await atTheIdp())).status).toBe(303);
  });

  test("keys that change at every request: one login costs at most two looks, and nothing is stored (F20)", async () => {
    const callback = await atTheIdp();
    let looks = 0;
    scene.idpA.mutate({
      jwks: (keys) => {
        looks += 1;
        return { keys: keys.map((key) => ({ ...key, kid: `look-${looks}` })) };
      },
    });
    expect((await visitor.get(callback)).status).toBe(403);
    expect(looks).toBeLessThanOrEqual(2);
    expect(await rows("sessions")).toBe(0);
    scene.idpA.mutate({});
  });

  test("one of an organization's two providers down: the other lets the same organization in (F25)", async () => {
    const second = await createConnection(scene.project, {
      organizationId: scene.a.organization.id,
      issuerUrl: scene.idpB.issuer,
      clientId: "client-1",
      clientSecret: "secret-1",
    });
    scene.idpA.mutate({ faults: { discovery: "reset", token: "reset" } });
    expect((await visitor.get(`${scene.origin}/sso/start?connection=${scene.a.connection.id}`)).status).toBe(502);
    expect((await visitor.get(`${scene.origin}/sso/start?email=ada%40${scene.a.domain}`)).headers.get("location")).toContain(
      `organization=${scene.a.organization.id}`,
    );
    const callback = scene.idpB.authorize(await scene.start(second, visitor), person(scene.a.domain));
    expect((await visitor.get(await callback)).status).toBe(303);
  });

  test("userinfo down: refused when the connection reads it, not even asked when it does not (F22)", async () => {
    scene.idpA.mutate({ faults: { userinfo: "reset" } });
    expect((await visitor.get(await atTheIdp())).status).toBe(303);
    expect(scene.idpA.to("userinfo")).toHaveLength(0);
    await env.DB.prepare("UPDATE connections SET claims_source = 'userinfo' WHERE id = ?").bind(scene.a.connection.id).run();
    const before = await rows("sessions");
    expect((await visitor.get(await atTheIdp())).status).toBe(502);
    expect(await scene.lastEvent()).toMatchObject({ reason: "userinfo_unreachable" });
    expect(await rows("sessions")).toBe(before);
  });

  test("two hundred logins at once, half at a provider that hangs: the other half all get in (F32, T75)", async () => {
    // At most eight logins may be under way in one browser, so everybody has their own.
    const people = Array.from({ length: 200 }, (_, i) => ({ i, browser: createVisitor(counted.env) }));
    const callbacks: { browser: Visitor; url: URL; hangs: boolean }[] = [];
    for (const { i, browser } of people) {
      const [side, idp] = i % 2 === 0 ? [scene.a, scene.idpA] : [scene.b, scene.idpB];
      const url = await idp.authorize(await scene.start(side.connection, browser), person(side.domain, `p${i % 20}`));
      callbacks.push({ browser, url, hangs: i % 2 === 1 });
    }
    scene.idpB.mutate({ faults: { token: "hang" } });
    const statuses = await Promise.all(
      callbacks.map(async ({ browser, url, hangs }) => ({ hangs, status: (await browser.get(url)).status })),
    );
    const of = (hangs: boolean) => [...new Set(statuses.filter((s) => s.hangs === hangs).map(({ status }) => status))];
    expect(of(false)).toEqual([303]);
    expect(of(true)).toEqual([502]);
    expect(await rows("sessions")).toBe(100);
    expect(await rows("identities")).toBe(10);
  });
});

test("who leaves in the middle of the callback leaves nothing half made, wherever it was (F31)", async () => {
  const leavers = await Promise.all(
    [1, 2, 3, 4, 5].map(async (step) => {
      const own = countingEnv(env);
      const browser = createVisitor(own.env);
      const who = person(scene.a.domain, `leaver-${step}`);
      const callback = await scene.idpA.authorize(await scene.start(scene.a.connection, browser), who);
      own.reset();
      // From this round trip on nothing is heard any more: a request that the runtime has cancelled looks like this.
      own.faults.d1 = "hang";
      own.faults.d1Only = () => own.d1.roundTrips >= step;
      return { browser, callback, who, own };
    }),
  );
  await Promise.all(leavers.map(({ browser, callback }) => browser.get(callback)));
  const [identities, links, sessions] = [await rows("identities"), await rows("oidc_credentials"), await rows("sessions")];
  expect([links, sessions]).toEqual([identities, identities]);
  expect(await scene.events("login.succeeded")).toHaveLength(identities ?? -1);
  for (const { who } of leavers) expect((await scene.login(scene.a.connection, who)).status).toBe(303);
  expect(await rows("identities")).toBe(leavers.length);
});

test("an isolate that is replaced between start and callback makes no difference (F30)", async () => {
  const callback = await atTheIdp();
  const elsewhere = createVisitor(countingEnv(env).env);
  for (const [host, jar] of visitor.cookies) elsewhere.cookies.set(host, new Map(jar));
  expect((await elsewhere.get(callback)).status).toBe(303);
});
