import { expect, test } from "vitest";
import { type CounterRule, tooEarly } from "../../src/domain/login/attempts.ts";
import { attemptStore } from "../../src/storage/attempts.ts";
import { database, putProject } from "../support/rows.ts";

const RULE: CounterRule = { limit: 3, windowMs: 60_000, lockMs: 1_000, maxLockMs: 4_000 };
const keys = {
  accountFromNetwork: "pair",
  account: "account",
  network: "network",
  knownNetwork: "known",
  registration: "registration",
};

async function counter() {
  const project = await putProject();
  const attempts = attemptStore(database, project.id);
  /** One attempt as a door makes it: seconds to wait, or undefined when it is judged. */
  const attempt = async (now: number) => {
    const [before] = await database.readAll([attempts.before(["pair"]), attempts.count("pair", RULE, now)]);
    return tooEarly(keys, before, now);
  };
  return { attempts, attempt };
}

test("the attempt that reaches the limit is judged, the next waits, and each after a lock waits twice as long (T94)", async () => {
  const { attempt } = await counter();
  expect([await attempt(0), await attempt(1), await attempt(2)]).toEqual([undefined, undefined, undefined]);
  expect(await attempt(3)).toBe(1);
  expect(await attempt(1001)).toBe(1);
  expect(await attempt(1002)).toBeUndefined();
  expect(await attempt(1003)).toBe(2);
  expect(await attempt(3002)).toBeUndefined();
  expect(await attempt(3003)).toBe(4);
  expect(await attempt(7002)).toBeUndefined();
  expect(await attempt(7003)).toBe(4); // never longer than maxLockMs
});

test("waiting attempts do not prolong the lock, and a quiet window forgets everything", async () => {
  const { attempt } = await counter();
  for (const now of [0, 1, 2]) await attempt(now);
  for (const now of [10, 20, 30, 900]) expect(await attempt(now)).toBe(1);
  expect(await attempt(70_000)).toBeUndefined();
  expect(await attempt(70_001)).toBeUndefined();
});

test("of many parallel attempts no more than the limit are judged (T94)", async () => {
  const { attempt } = await counter();
  const outcomes = await Promise.all(Array.from({ length: 40 }, () => attempt(5)));
  expect(outcomes.filter((wait) => wait === undefined)).toHaveLength(3);
});

test("a success takes its own attempt back, and the lock that only it had caused", async () => {
  const { attempt, attempts } = await counter();
  for (const now of [0, 1, 2]) await attempt(now);
  await database.commit([attempts.uncount("pair", RULE)]);
  expect(await attempt(3)).toBeUndefined();
  expect(await attempt(4)).toBe(1);
});

test("a network that the account has signed in from is not held up by the account's own counter (T94)", () => {
  const locked = { key: "account", lockedUntil: 5000, windowEndsAt: 9000 };
  const known = { key: "known", lockedUntil: 0, windowEndsAt: 9000 };
  expect(tooEarly(keys, [locked], 1000)).toBe(4);
  expect(tooEarly(keys, [locked, known], 1000)).toBeUndefined();
  expect(tooEarly(keys, [locked, { ...known, windowEndsAt: 999 }], 1000)).toBe(4);
  expect(tooEarly(keys, [known, { key: "pair", lockedUntil: 2000, windowEndsAt: 9000 }], 1000)).toBe(1);
});
