// Many people at once at one identity provider, counted where it can be counted exactly: in one isolate, on real stores.

import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { countingEnv } from "../support/counting.ts";
import { createVisitor } from "../support/visitor.ts";
import { createScene, person, type Scene } from "./scene.ts";

const PEOPLE = 200;

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(() => {
  vi.useRealTimers();
  scene.network.restore();
});

/** Everybody starts, then everybody comes back at the same moment. */
async function comeBack(isolate: Env, count = PEOPLE): Promise<number[]> {
  const people = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const visitor = createVisitor(isolate, `198.18.${i >> 8}.${i & 255}`);
      const callback = await scene.idpA.authorize(
        await scene.start(scene.a.connection, visitor),
        person(scene.a.domain, `p${i}`),
      );
      return { visitor, callback };
    }),
  );
  const answers = await Promise.all(people.map(({ visitor, callback }) => visitor.get(callback)));
  return [...new Set(answers.map(({ status }) => status))];
}

const asked = () => (["discovery", "jwks", "token"] as const).map((path) => scene.idpA.to(path).length);

test("200 first logins: metadata and keys are fetched once, asked of KV once each, and there is one token each", async () => {
  const isolate = countingEnv(env);
  expect(await comeBack(isolate.env)).toEqual([303]);
  expect(asked()).toEqual([1, 1, PEOPLE]);
  expect([isolate.idpCache.gets, isolate.idpCache.puts]).toEqual([2, 2]);
});

test("T27, T28: 200 tokens with a key that nobody knows: keys are fetched once more, and not again for half a minute", async () => {
  const isolate = countingEnv(env);
  scene.idpA.mutate({ header: { kid: "nobody-knows" } });
  expect(await comeBack(isolate.env)).toEqual([403]);
  expect(asked()).toEqual([1, 2, PEOPLE]);
  expect(await comeBack(isolate.env, 10)).toEqual([403]);
  expect(asked()).toEqual([1, 2, PEOPLE + 10]);
});

test("keys that have grown old under load are fetched once, and the same ones are not written again", async () => {
  const isolate = countingEnv(env);
  await comeBack(isolate.env, 1);
  scene.network.clear();
  isolate.reset();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 6 * 60_000 });
  expect(await comeBack(isolate.env, 50)).toEqual([303]);
  expect(asked()).toEqual([0, 1, 50]);
  expect([isolate.idpCache.gets, isolate.idpCache.puts]).toEqual([1, 0]);
});
