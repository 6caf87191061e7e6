// T74: every path costs exactly what the table says, and the table does not know how many organizations there are.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BUDGETS, type Budget, type BudgetedPath, subrequests } from "../../bench/budgets.ts";
import { person } from "../login/scene.ts";
import { createProviderScene, type ProviderScene } from "../provider/scene.ts";
import { createApiKey, createOperator } from "../support/seed.ts";
import { grow } from "./grow.ts";
import { lookupPaths, passwordPaths, ssoPaths } from "./login-paths.ts";
import { consolePaths, managementPaths, providerPaths } from "./other-paths.ts";

const FEW = 10;
/** Enough for the pages of the lists that are measured. */
const PAGES = 30;
const MANY = 100_000;
const LISTS: BudgetedPath[] = ["listOrganizations", "consoleOrganizations"];
const PATHS = Object.keys(BUDGETS) as BudgetedPath[];

let scene: ProviderScene;
const few: Record<string, Budget> = {};
const many: Record<string, Budget> = {};

beforeAll(async () => {
  scene = await createProviderScene();
  const relying = await scene.app();
  const { key } = await createApiKey(scene.project);
  const operator = await createOperator({ [scene.project.id]: "owner" });
  const signedIn = await scene.signIn();
  // SQLite also reads the entry behind the last one it wants: nobody who is measured may be the last.
  await scene.signIn(undefined, undefined, person(scene.a.domain, "zoe"));
  const walk = async (name: string, ipAddress: string) => ({
    ...(await lookupPaths(scene)),
    ...(await ssoPaths(scene, name)),
    ...(await passwordPaths(scene, name, ipAddress)),
    ...(await providerPaths(scene, relying, signedIn)),
    ...(await managementPaths(scene, key, name)),
    ...(await consolePaths(scene, operator)),
  });
  await grow(scene.project.id, 0, FEW);
  Object.assign(few, await walk("few1", "198.51.100.1"));
  await grow(scene.project.id, FEW, PAGES);
  const { listOrganizations } = await managementPaths(scene, key, "few2");
  Object.assign(few, { listOrganizations }, await consolePaths(scene, operator));
  await grow(scene.project.id, PAGES, MANY);
  Object.assign(many, await walk("many", "198.51.100.2"));
}, 300_000);
afterAll(() => scene?.network.restore());

test("the table has every path that is measured", () => {
  expect(Object.keys(few).sort()).toEqual([...PATHS].sort());
});

describe(`with ${FEW} organizations`, () => {
  test.each(PATHS.filter((path) => !LISTS.includes(path)))("%s", (path) => {
    expect(few[path]).toEqual(BUDGETS[path]);
  });
});

describe("with as many as are on one page", () => {
  test.each(LISTS)("%s", (path) => {
    expect(few[path]).toEqual(BUDGETS[path]);
  });
});

describe(`with ${MANY} organizations, ${2 * MANY} domains, ${MANY} connections, people, sessions and events`, () => {
  test.each(PATHS)("%s", (path) => {
    expect(many[path]).toEqual(BUDGETS[path]);
  });
});

/** What the design allows, which the table must not outgrow unnoticed. */
const LIMITS: [path: BudgetedPath, d1RoundTrips: number, rowsWritten: number, fetches: number, subrequests: number][] = [
  ["lookupIsolateWarm", 0, 0, 0, 1],
  ["lookupKvWarm", 0, 0, 0, 2],
  ["lookupInNewIsolate", 0, 0, 0, 4],
  ["lookupCold", 1, 0, 0, 2],
  ["lookupColdAgain", 1, 0, 0, 4],
  ["lookupUnknown", 1, 0, 0, 2],
  ["ssoStart", 1, 0, 0, 2],
  ["ssoStartByAddress", 1, 0, 0, 2],
  ["ssoStartIsolateCold", 2, 0, 0, 4],
  ["ssoStartNothingKnown", 2, 0, 1, 6],
  ["callback", 3, 4, 2, 6],
  ["callbackIsolateCold", 4, 4, 2, 9],
  ["callbackNothingKnown", 4, 4, 4, 13],
  ["whoami", 1, 0, 0, 1],
  ["whoamiHostCold", 2, 0, 0, 2],
  ["passwordLogin", 2, 10, 0, 3],
  ["passwordWrong", 2, 4, 0, 3],
];

test.each(LIMITS)("T74: %s stays within what a login may cost", (path, d1RoundTrips, rowsWritten, fetches, all) => {
  const budget = BUDGETS[path];
  expect(budget.d1RoundTrips).toBeLessThanOrEqual(d1RoundTrips);
  expect(budget.rowsWritten).toBeLessThanOrEqual(rowsWritten);
  expect(budget.fetches).toBeLessThanOrEqual(fetches);
  expect(subrequests(budget)).toBeLessThanOrEqual(all);
});
