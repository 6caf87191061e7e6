// Answers that are made with all their headers from prepared ones: each has its own and nothing of another.

import { env } from "cloudflare:workers";
import { Hono } from "hono";
import { expect, test } from "vitest";
import type { AppEnv } from "../../src/http/context.ts";
import { errorResponse } from "../../src/http/errors.ts";
import { requestMiddleware } from "../../src/http/middleware/request.ts";
import { completeJson, completeRedirect, securityHeaders } from "../../src/http/security-headers.ts";

const app = new Hono<AppEnv>()
  .use(securityHeaders, requestMiddleware)
  .get("/json/:who", (c) => completeJson(c, c.req.param("who"), c.req.param("who") === "ada" ? { "X-Who": "ada" } : {}))
  .get("/to/:who", (c) => completeRedirect(c, `/home/${c.req.param("who")}`))
  .get("/to/:who/with/:name", (c) => {
    const cookie = { name: c.req.param("name"), value: c.req.param("who"), maxAge: 60.9 };
    return completeRedirect(c, `/home/${c.req.param("who")}`, cookie, { ...cookie, value: "a;b", maxAge: 1e9 });
  })
  .get("/ordinary", (c) => c.redirect("/home/nobody", 303));
app.onError((error, c) => errorResponse(error, c));

const ask = async (path: string) => await app.request(path, {}, env);
const named = ({ headers }: Response, ...names: string[]) => names.map((name) => headers.get(name));

test("an answer that was made before or after leaves nothing in another", async () => {
  const [ada, bo, there, back] = await Promise.all([
    ask("/json/ada"),
    ask("/json/bo"),
    ask("/to/ada/with/__Host-orgate_a"),
    ask("/to/bo"),
  ]);
  expect([await ada.json(), await bo.json()]).toEqual(["ada", "bo"]);
  expect([...named(ada, "X-Who"), ...named(bo, "X-Who")]).toEqual(["ada", null]);
  expect(named(there, "Location")).toEqual(["/home/ada"]);
  expect(there.headers.getSetCookie()).toEqual([
    "__Host-orgate_a=ada; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax",
    "__Host-orgate_a=a%3Bb; Max-Age=34560000; Path=/; HttpOnly; Secure; SameSite=Lax",
  ]);
  expect([...named(back, "Location"), ...back.headers.getSetCookie()]).toEqual(["/home/bo"]);
  expect(new Set([ada, bo, there, back].flatMap((answer) => named(answer, "X-Request-Id"))).size).toBe(4);
});

test("it has the headers of its kind", async () => {
  const headersOf = async (path: string) => {
    const headers = new Headers((await ask(path)).headers);
    for (const name of ["X-Request-Id", "Location"]) headers.set(name, "its own");
    return [...headers];
  };
  expect(await headersOf("/to/bo")).toEqual(await headersOf("/ordinary"));
});

test("one that cannot be made is an error like any other", async () => {
  const refused = await ask("/to/ada/with/two%20words");
  expect([refused.status, ...named(refused, "X-Frame-Options", "Cache-Control")]).toEqual([500, "DENY", "no-store"]);
  expect(named(refused, "X-Request-Id", "Set-Cookie", "Location")).toEqual([
    expect.stringMatching(/^[0-9a-f-]{36}$/),
    null,
    null,
  ]);
});
