// Doors that are loaded when somebody comes to them: as if they had been there all along.

import { env } from "cloudflare:workers";
import { Hono } from "hono";
import { describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import type { AppEnv } from "../../src/http/context.ts";
import { type OnDemand, onDemand } from "../../src/http/on-demand.ts";

function appWith(door: () => Hono<AppEnv>) {
  let loads = 0;
  const app = new Hono<AppEnv>();
  app.use(async (c, next) => {
    c.set("requestId", c.req.header("X-Name") ?? "nobody");
    c.header("X-Request-Id", c.get("requestId"));
    await next();
    c.header("X-After", "yes");
  });
  const handler = onDemand(async () => {
    loads += 1;
    return door();
  });
  app.all("/rooms/*", handler);
  app.get("/other", (c) => c.text("other"));
  return { app, loads: () => loads };
}

const ROOMS = () =>
  new Hono<AppEnv>()
    .get("/rooms", (c) => c.text("all"))
    .get("/rooms/:id", (c) => {
      c.header("Set-Cookie", "a=1", { append: true });
      c.header("Set-Cookie", "b=2", { append: true });
      return c.json({ id: c.req.param("id"), query: c.req.query("q"), asked: c.get("requestId") });
    })
    .post("/rooms/:id", async (c) => c.text(await c.req.text(), 201))
    .delete("/rooms/:id", (c) => c.body(null, 204))
    .get("/rooms/:id/broken", () => {
      throw new Error("on purpose");
    });

describe("a door on demand", () => {
  test("is loaded by the first request for it, once, and by no other", async () => {
    const { app, loads } = appWith(ROOMS);
    await app.request("/other", {}, env);
    expect(loads()).toBe(0);
    for (const path of ["/rooms", "/rooms/1", "/rooms/2"]) expect((await app.request(path, {}, env)).status).toBe(200);
    expect(loads()).toBe(1);
  });

  test("knows what the request has been given on the way, and nothing of another request", async () => {
    const { app } = appWith(ROOMS);
    const names = Array.from({ length: 20 }, (_, n) => `guest-${n}`);
    const answers = await Promise.all(
      names.map(async (name) => (await app.request(`/rooms/${name}?q=a%20b`, { headers: { "X-Name": name } }, env)).json()),
    );
    expect(answers).toEqual(names.map((name) => ({ id: name, query: "a b", asked: name })));
  });

  test("answers with its own status, body and headers, and those set on the way", async () => {
    const { app } = appWith(ROOMS);
    const answer = await app.request("/rooms/1", { headers: { "X-Name": "ada" } }, env);
    expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect([...["X-Request-Id", "X-After", "Content-Type"].map((name) => answer.headers.get(name))]).toEqual([
      "ada",
      "yes",
      "application/json",
    ]);
    const made = await app.request("/rooms/1", { method: "POST", body: "a new one" }, env);
    expect([made.status, await made.text()]).toEqual([201, "a new one"]);
    const gone = await app.request("/rooms/1", { method: "DELETE" }, env);
    expect([gone.status, await gone.text()]).toEqual([204, ""]);
    const head = await app.request("/rooms/1", { method: "HEAD" }, env);
    expect([head.status, await head.text(), head.headers.get("X-Request-Id")]).toEqual([200, "", "nobody"]);
  });

  test("answers what it does not have and what goes wrong in it as the app does", async () => {
    const { app } = appWith(ROOMS);
    const unknown = await app.request("/rooms/1/unknown", { headers: { "X-Name": "ada" } }, env);
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { error: { id: "not_found", request: "ada" } }]);
    const broken = await app.request("/rooms/1/broken", { headers: { "X-Name": "ada" } }, env);
    expect([broken.status, await broken.json()]).toMatchObject([500, { error: { id: "internal_error", request: "ada" } }]);
  });

  test("that could not be loaded is asked for again by the next request", async () => {
    let broken = true;
    const { app } = appWith(() => {
      if (broken) throw new Error("not there yet");
      return ROOMS();
    });
    app.onError((error, c) => c.text(error.message, 503));
    expect((await app.request("/rooms", {}, env)).status).toBe(503);
    broken = false;
    expect((await app.request("/rooms", {}, env)).status).toBe(200);
  });
});

test("every route behind a door on demand is below a path that leads to it", async () => {
  const { routes } = createApp();
  const doors = new Map<OnDemand, string[]>();
  for (const { handler, path } of routes) {
    if ("door" in handler) doors.set(handler as OnDemand, [...(doors.get(handler as OnDemand) ?? []), path]);
  }
  expect(doors.size).toBeGreaterThan(2);
  for (const [{ door }, mounts] of doors) {
    const leads = (path: string) =>
      mounts.some((mount) => path === mount || (mount.endsWith("/*") && `${path}/`.startsWith(mount.slice(0, -1))));
    const inside = (await door()).routes.filter(({ path }) => path !== "/*" && path !== "*");
    expect(inside.length).toBeGreaterThan(2);
    expect(inside.map(({ path }) => path).filter((path) => !leads(path))).toEqual([]);
  }
});
