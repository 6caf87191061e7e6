// Forged requests, planted cookies, wrong content types: T78, T80, T81.

import { beforeAll, describe, expect, it } from "vitest";
import type { WireFlow } from "../../src/http/selfservice/flow-wire.ts";
import type { Visitor } from "../support/visitor.ts";
import { browser, call, formOf, PASSWORD, type Scene, setScene, spa, submitPage, values } from "./scene.ts";

let scene: Scene;
const email = "pat@personal.example";
beforeAll(async () => {
  scene = await setScene();
  const flow = await call(scene, "/self-service/registration/api");
  const body = { method: "password", traits: { email }, password: PASSWORD };
  expect((await call(scene, `/self-service/registration?flow=${flow.body.id}`, body)).status).toBe(200);
});

const credentials = { method: "password", identifier: email, password: PASSWORD };

async function open(visitor: Visitor) {
  const page = await (await visitor.get(`${scene.origin}/login`)).text();
  return formOf(page);
}

async function expectForged(answer: Response) {
  expect(answer.status).toBe(403);
  const cookies = answer.headers.getSetCookie().join("\n");
  expect(cookies).not.toContain("__Host-orgate_session");
}

describe("a form is refused (T80)", () => {
  it.each([
    ["another origin", { Origin: "https://evil.example" }],
    ["a sibling host", { Origin: "http://other.localhost:8787" }],
    ["the same host over another port", { Origin: "http://localhost:1" }],
    ["an opaque origin", { Origin: "null" }],
    ["a cross-site request by its metadata", { "Sec-Fetch-Site": "cross-site" }],
    ["a same-site request by its metadata", { "Sec-Fetch-Site": "same-site" }],
  ])("from %s", async (_, headers) => {
    const visitor = browser();
    const form = await open(visitor);
    await expectForged(await visitor.post(new URL(form.action, scene.origin), { ...form.fields, ...credentials }, headers));
  });

  it("without any sign of where it comes from", async () => {
    const visitor = browser();
    const form = await open(visitor);
    const answer = await visitor.send(new URL(form.action, scene.origin), {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ ...form.fields, ...credentials }).toString(),
    });
    await expectForged(answer);
  });

  it("without a token, with another flow's token, with another browser's token", async () => {
    const visitor = browser();
    const form = await open(visitor);
    const second = await open(visitor);
    const stranger = await open(browser());
    const action = new URL(form.action, scene.origin);
    for (const csrf_token of ["", "x", second.fields["csrf_token"] ?? "", stranger.fields["csrf_token"] ?? ""]) {
      await expectForged(await visitor.post(action, { csrf_token, ...credentials }));
    }
    expect((await visitor.post(action, { ...form.fields, ...credentials })).status).toBe(303);
  });

  it("when a flow of one browser is posted by another, as an attacker who logs a victim in would (T80)", async () => {
    const attackers = await open(browser());
    const victim = browser();
    await open(victim);
    await expectForged(await victim.post(new URL(attackers.action, scene.origin), { ...attackers.fields, ...credentials }));
  });

  it("when it is a GET", async () => {
    const visitor = browser();
    const form = await open(visitor);
    const url = new URL(form.action, scene.origin);
    for (const [name, value] of Object.entries({ ...form.fields, ...credentials })) url.searchParams.set(name, value);
    const answer = await visitor.get(url);
    expect(answer.status).toBe(404);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });
});

it("another browser cannot read a browser's flow", async () => {
  const visitor = browser();
  const flow = (await spa(visitor, scene, "/self-service/login/browser")).body;
  expect((await spa(visitor, scene, `/self-service/login/flows?id=${flow.id}`)).status).toBe(200);
  expect((await spa(browser(), scene, `/self-service/login/flows?id=${flow.id}`)).status).toBe(403);
  expect((await call(scene, `/self-service/login/flows?id=${flow.id}`)).status).toBe(403);
});

describe("a program's flow is refused to a browser", () => {
  it.each([
    ["Origin", { Origin: "https://evil.example" }],
    ["our own Origin", { Origin: "own" }],
    ["fetch metadata", { "Sec-Fetch-Site": "same-origin" }],
    ["our session cookie", { Cookie: "__Host-orgate_session=orgate_st_x" }],
    ["our CSRF cookie", { Cookie: "__Host-orgate_csrf=x" }],
  ])("with %s", async (_, given) => {
    const { Origin, ...rest } = given as Record<string, string>;
    const headers = { ...rest, ...(Origin ? { Origin: Origin === "own" ? scene.origin : Origin } : {}) };
    const flow = await call(scene, "/self-service/login/api");
    const answer = await call<{ error: { id: string } }>(scene, `/self-service/login?flow=${flow.body.id}`, credentials, headers);
    expect([answer.status, answer.body.error.id]).toEqual([403, "security_csrf_violation"]);
  });
});

describe("content types (T81, CVE-2024-43787, CVE-2024-48913)", () => {
  it.each([
    "text/plain",
    "multipart/form-data; boundary=x",
    "application/csp-report",
    "application/json; charset=utf-8",
    "application/jsonp",
    "text/json",
    "",
  ])("%j is answered 415", async (type) => {
    const visitor = browser();
    const flow = (await spa(visitor, scene, "/self-service/login/browser")).body as WireFlow;
    const answer = await visitor.send(`${scene.origin}/self-service/login?flow=${flow.id}`, {
      method: "POST",
      headers: { Origin: scene.origin, "Sec-Fetch-Site": "same-origin", "Content-Type": type },
      body: JSON.stringify({ ...credentials, csrf_token: values(flow, "csrf_token")[0] }),
    });
    expect(answer.status).toBe(415);
  });

  it("a body over 16 KiB is answered 413, JSON that is none 400", async () => {
    const flow = await call(scene, "/self-service/login/api");
    const path = `/self-service/login?flow=${flow.body.id}`;
    expect((await call(scene, path, { method: "identifier_first", identifier: "x".repeat(17_000) })).status).toBe(413);
    expect((await call(scene, path, ["method"])).status).toBe(400);
    expect((await call(scene, path, null)).status).toBe(400);
  });
});

describe("cookies (T78)", () => {
  it.each(["session", "csrf", "flow"])("a second __Host-orgate_%s in one header is refused, not chosen from", async (name) => {
    const visitor = browser();
    const form = await open(visitor);
    const cookies = [...(visitor.cookies.get(new URL(scene.origin).host) ?? [])].map(([k, v]) => `${k}=${v}`);
    const planted = [...cookies, `__Host-orgate_${name}=evil`, `__Host-orgate_${name}=evil2`].join("; ");
    const answer = await visitor.post(
      new URL(form.action, scene.origin),
      { ...form.fields, ...credentials },
      { Cookie: planted },
    );
    expect(answer.status).toBe(400);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it("names that differ in case or encoding are not ours", async () => {
    const login = await call<{ session_token: string }>(
      scene,
      `/self-service/login?flow=${(await call(scene, "/self-service/login/api")).body.id}`,
      credentials,
    );
    const token = login.body.session_token;
    const whoami = async (cookie: string) => (await call(scene, "/sessions/whoami", undefined, { Cookie: cookie })).status;
    expect(await whoami(`__Host-orgate_session=${token}`)).toBe(200);
    for (const name of [
      "__host-orgate_session",
      "__Host-Orgate_session",
      "__Host%2Dorgate_session",
      "orgate_session",
      "session",
    ]) {
      expect(await whoami(`${name}=${token}`), name).toBe(401);
    }
  });

  it("all that a login sets are __Host-, Secure, HttpOnly, SameSite=Lax, Path=/, without Domain", async () => {
    const visitor = browser();
    const answers = [await visitor.get(`${scene.origin}/self-service/login/browser`)];
    answers.push(await submitPage(visitor, scene, "/login", { method: "identifier_first", identifier: email }));
    answers.push(await submitPage(visitor, scene, "/login", credentials));
    const lines = answers.flatMap((answer) => answer.headers.getSetCookie());
    expect(new Set(lines.map((line) => line.split("=")[0]))).toEqual(
      new Set(["__Host-orgate_csrf", "__Host-orgate_flow", "__Host-orgate_session"]),
    );
    for (const line of lines) {
      for (const part of ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"]) expect(line).toContain(`; ${part}`);
      expect(line).not.toMatch(/domain=/i);
    }
  });

  it("progress of one flow says nothing in another of the same browser", async () => {
    const visitor = browser();
    const other = (await visitor.get(`${scene.origin}/self-service/login/browser`)).headers.get("Location") ?? "";
    const step = await submitPage(visitor, scene, "/login", { method: "identifier_first", identifier: "wile@acme.example" });
    const read = async (path: string) => (await visitor.get(new URL(path, scene.origin))).text();
    expect(await read(step.headers.get("Location") ?? "")).toContain("wile@acme.example");
    expect(await read(other)).not.toContain("wile@acme.example");
  });
});
