// The paths whose cost docs/scale.md adds up: which counted budget each has when the isolate is warm, and what being cold adds.

import { BUDGETS, type Budget, type BudgetedPath } from "../budgets.ts";
import type { CPU_MS } from "./assumptions.ts";

export interface PathCost {
  /** Counted together: a logout is its link and the request that it leads to. */
  counted: readonly BudgetedPath[];
  /** Round trips among them that write. */
  writes: number;
  cpu: keyof typeof CPU_MS;
}

export const PATHS = {
  lookup: { counted: ["lookupIsolateWarm"], writes: 0, cpu: "lookup" },
  page: { counted: ["loginPage"], writes: 0, cpu: "page" },
  asset: { counted: [], writes: 0, cpu: "asset" },
  start: { counted: ["ssoStartByAddress"], writes: 0, cpu: "start" },
  callback: { counted: ["callback"], writes: 2, cpu: "callback" },
  firstLogin: { counted: ["callbackFirstLogin"], writes: 2, cpu: "callback" },
  refusal: { counted: ["refusedLogin"], writes: 2, cpu: "callback" },
  passwordLogin: { counted: ["passwordLogin"], writes: 1, cpu: "password" },
  whoami: { counted: ["whoami"], writes: 0, cpu: "whoami" },
  authorizeAnonymous: { counted: ["authorizeAnonymous"], writes: 0, cpu: "provider" },
  authorize: { counted: ["authorize"], writes: 1, cpu: "provider" },
  token: { counted: ["token"], writes: 2, cpu: "provider" },
  refresh: { counted: ["refresh"], writes: 2, cpu: "provider" },
  userinfo: { counted: ["userinfo"], writes: 0, cpu: "provider" },
  logout: { counted: ["logoutLink", "logout"], writes: 1, cpu: "logout" },
  management: { counted: ["createOrganization"], writes: 2, cpu: "management" },
} satisfies Record<string, PathCost>;

export type PathName = keyof typeof PATHS;

/** Requests of the path, static files being one. */
export function requestsOf(path: PathName): number {
  return Math.max(1, PATHS[path].counted.length);
}

/** The warm path's counts. */
export function budgetOf(path: PathName): Budget {
  return PATHS[path].counted.map((name): Budget => BUDGETS[name]).reduce(plus, NONE);
}

/** What finding the project of a host adds, in an isolate that does not know it. */
export const COLD_HOST = minus(BUDGETS.whoamiHostCold, BUDGETS.whoami);
/** What a document of an IdP adds that only KV knows, and one that nobody knows. */
export const FROM_KV = { kvGets: BUDGETS.ssoStartIsolateCold.kvGets };
export const FROM_IDP = { kvPuts: BUDGETS.ssoStartNothingKnown.kvPuts, fetches: BUDGETS.ssoStartNothingKnown.fetches };
/** What a lookup adds that KV answers, and one that only D1 can: with the filter of the project's domains, and before it is there. */
export const LOOKUP_FROM_KV = BUDGETS.lookupKvWarm;
export const LOOKUP_FROM_D1 = BUDGETS.lookupUnknown;
export const LOOKUP_UNFILTERED = BUDGETS.lookupUnknownUnfiltered;
/** What a login adds that is the first of ten minutes through its connection. */
export const HEALTH = minus(BUDGETS.callbackFirstInTenMinutes, BUDGETS.callback);

const NONE = minus(BUDGETS.whoami, BUDGETS.whoami);

function plus(a: Budget, b: Budget): Budget {
  return combine(a, b, (x, y) => x + y);
}

function minus(a: Budget, b: Budget): Budget {
  return combine(a, b, (x, y) => x - y);
}

function combine(a: Budget, b: Budget, how: (x: number, y: number) => number): Budget {
  const keys = Object.keys(a) as (keyof Budget)[];
  return Object.fromEntries(keys.map((key) => [key, how(a[key], b[key])])) as unknown as Budget;
}
