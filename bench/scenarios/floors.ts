// The floors as scenarios.

import type { Scenario, Stage } from "../scenario.ts";
import {
  ACTIVE_ORGANIZATIONS,
  connectionId,
  domainName,
  INDEXED_DOMAINS,
  memberName,
  organizationId,
  PROJECT_ID,
} from "../shape.ts";

export const fixedJson = floor("floor-json", "fixed JSON", () => ({ path: "/fixed-json", contains: '"sso":true' }));

export const kvRead = floor("floor-kv", "one KV read", () => ({
  path: `/kv?key=dom:v1:${PROJECT_ID}:${domainName("{n}")}`,
  contains: '"label"',
  span: INDEXED_DOMAINS,
}));

export const d1Row = floor("floor-d1", "one D1 row", ({ size }) => ({
  path: `/d1?id=${organizationId("{id}")}`,
  contains: '"label"',
  span: size.organizations,
}));

export const seal = floor("floor-seal", "one sealed cookie and a redirect", () => ({
  path: "/seal",
  contains: "sealed=",
  status: 303,
}));

export const scryptAlone = floor("floor-scrypt", "scrypt alone", () => ({ path: "/scrypt", contains: '"bytes":32' }));

export const bareStart = floor("floor-start", "bare relying party: start", ({ issuer }) => ({
  path: `/rp/start?connection=${connectionId("{id}")}`,
  contains: `${issuer}/authorize?`,
  status: 303,
  span: ACTIVE_ORGANIZATIONS,
}));

export const bareLogin: Scenario = {
  name: "floor-login",
  title: "bare relying party: whole login",
  at: "floors",
  prepare: async () => ({ steps: bareSteps(), span: ACTIVE_ORGANIZATIONS }),
};

/** The least that a login costs that is single-use, in a log, and whose session can be ended. */
export const keptLogin: Scenario = {
  name: "kept-login",
  title: "one that keeps as much: whole login",
  at: "floors",
  prepare: async () => ({ steps: bareSteps("/rp/kept"), span: ACTIVE_ORGANIZATIONS }),
};

export const bareCallback: Scenario = {
  name: "floor-callback",
  title: "bare relying party: callback",
  at: "floors",
  prepare: async () => ({ steps: bareSteps(), span: ACTIVE_ORGANIZATIONS, onlyLast: true }),
};

function bareSteps(folder = "/rp") {
  const start = { kind: "request", method: "GET", path: `${folder}/start?connection=${connectionId("{id}")}` } as const;
  const callback = {
    kind: "callback",
    sub: memberName("{n}", 0),
    email: `${memberName("{n}", 0)}@${domainName("{n}")}`,
  } as const;
  return [
    { ...start, status: 303, contains: "transaction=" },
    { ...callback, status: 303, contains: "session=" },
  ];
}

function floor(
  name: string,
  title: string,
  of: (stage: Stage) => { path: string; contains: string; status?: number; span?: number },
): Scenario {
  return {
    name,
    title,
    at: "floors",
    async prepare(stage) {
      const { path, contains, status = 200, span } = of(stage);
      const steps = [{ kind: "request" as const, method: "GET" as const, path, contains, status }];
      return span === undefined ? { steps } : { steps, span };
    },
  };
}
