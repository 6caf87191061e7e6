// What went wrong at others and is settled by no other test here. The other advisories stand in the titles of the tests
// that would have caught them: `npm run scoreboard` lists all of them.

import { env } from "cloudflare:workers";
import { afterEach, expect, test } from "vitest";
import { servicesFor } from "../../src/services.ts";
import { createScene, person, type Scene } from "../login/scene.ts";
import { api } from "../support/management.ts";
import { ROOT_KEY } from "../support/seed.ts";
import { createVisitor } from "../support/visitor.ts";

let scene: Scene | undefined;
afterEach(() => scene?.network.restore());

test.each([
  ROOT_KEY,
  `Basic ${ROOT_KEY}`,
  `Basic ${btoa(`root:${ROOT_KEY}`)}`,
  `Token ${ROOT_KEY}`,
  `BearerX ${ROOT_KEY}`,
  `DPoP ${ROOT_KEY}`,
  `Bearer ${ROOT_KEY} ${ROOT_KEY}`,
  `Basic x, Bearer ${ROOT_KEY}`,
])("a key under another scheme than Bearer opens nothing (CVE-2026-47673, T107): %#", async (authorization) => {
  const answer = await api("GET", "/projects", { key: null, headers: { Authorization: authorization } });
  expect(answer.status).toBe(401);
});

test("nothing is put into KV for less than the minute that KV takes (workers-oauth-provider-0.9.1)", async () => {
  const lifetimes: (number | undefined)[] = [];
  const watched = (kv: KVNamespace) =>
    new Proxy(kv, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown;
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          if (name === "put") lifetimes.push((args[2] as KVNamespacePutOptions | undefined)?.expirationTtl);
          return value.apply(target, args);
        };
      },
    });
  const watching = { ...env, DOMAIN_INDEX: watched(env.DOMAIN_INDEX), IDP_CACHE: watched(env.IDP_CACHE) } as Env;
  scene = await createScene();
  const visitor = createVisitor(watching);
  await visitor.get(`${scene.origin}/self-service/sso?identifier=${encodeURIComponent(`ada@${scene.a.domain}`)}`);
  const callback = await scene.idpA.authorize(await scene.start(scene.a.connection, visitor), person(scene.a.domain));
  expect((await visitor.get(callback)).status).toBe(303);
  await api("DELETE", `/projects/${scene.project.id}/organizations/${scene.a.organization.id}`, { env: watching });
  await servicesFor(watching).domains.reconcile(scene.project.id, [scene.a.domain]);
  expect(lifetimes.length).toBeGreaterThan(3);
  expect(lifetimes.filter((seconds) => seconds !== undefined && seconds < 60)).toEqual([]);
});

test.each([
  "",
  ";",
  "application/json;charset=",
  "multipart/form-data",
  "application/x-www-form-urlencoded; charset=none",
  "a/b/c",
])("an odd content type is the sender's mistake, not our failure (workers-oauth-provider-0.9.1): %j", async (type) => {
  scene = await createScene();
  for (const path of ["/self-service/login?flow=x", "/self-service/registration?flow=x", "/self-service/logout/api", "/logout"]) {
    const answer = await scene.visitor.send(`${scene.origin}${path}`, {
      method: "POST",
      headers: { "Content-Type": type, Accept: "application/json" },
      body: "{",
    });
    expect([answer.status >= 400, answer.status < 500], `${path}: ${answer.status}`).toEqual([true, true]);
  }
  const managed = await api("POST", "/projects", { raw: "{", headers: { "Content-Type": type } });
  expect([400, 415]).toContain(managed.status);
});
