// Signing in through an organization's identity provider, being signed in, and passwords.

import type { Step } from "../load/job.ts";
import type { Scenario } from "../scenario.ts";
import {
  ACTIVE_ORGANIZATIONS,
  connectionId,
  domainName,
  memberName,
  PASSWORD,
  PASSWORD_ACCOUNTS,
  passwordAddress,
} from "../shape.ts";

export const startByConnection: Scenario = {
  name: "start",
  title: "SSO start, by connection",
  at: "orgate",
  prepare: async ({ issuer }) => ({ steps: [startStep(issuer)], span: ACTIVE_ORGANIZATIONS }),
};

export const startByEmail: Scenario = {
  name: "start-email",
  title: "SSO start, by address",
  at: "orgate",
  prepare: async ({ issuer }) => ({
    steps: [{ ...startStep(issuer), path: `/sso/start?email=someone@${domainName("{n}")}` }],
    span: ACTIVE_ORGANIZATIONS,
  }),
};

/** People who have been here before. */
export const login: Scenario = {
  name: "login",
  title: "whole login",
  at: "orgate",
  prepare: async ({ issuer }) => ({ steps: [startStep(issuer), callbackStep()], span: ACTIVE_ORGANIZATIONS }),
};

/** The same beside the relying party that keeps as much. */
export const loginBesideKept: Scenario = { ...login, name: "login-kept" };

export const callback: Scenario = {
  name: "callback",
  title: "callback",
  at: "orgate",
  prepare: async ({ issuer }) => ({
    steps: [startStep(issuer), callbackStep()],
    span: ACTIVE_ORGANIZATIONS,
    onlyLast: true,
  }),
};

export const whoami: Scenario = {
  name: "whoami",
  title: "whoami",
  at: "orgate",
  async prepare({ seeded }) {
    const headers = { cookie: "__Host-orgate_session={value}" };
    const contains = '"active":true';
    return {
      steps: [{ kind: "request", method: "GET", path: "/sessions/whoami", headers, status: 200, contains }],
      values: seeded.sessionTokens,
    };
  },
};

/** The submission of a native app's flow. Nothing is stored for a flow, so one does for all. */
export const passwordLogin: Scenario = {
  name: "password",
  title: "password login",
  at: "orgate",
  async prepare({ runtime }) {
    const begun = await fetch(`http://${runtime.orgate.authority}/self-service/login/api`);
    const flow = (await begun.json()) as { id: string };
    const body = { method: "password", identifier: passwordAddress("{n}"), password: PASSWORD };
    return {
      steps: [
        {
          kind: "request",
          method: "POST",
          path: `/self-service/login?flow=${encodeURIComponent(flow.id)}`,
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
          status: 200,
          contains: '"session_token"',
        },
      ],
      span: PASSWORD_ACCOUNTS,
    };
  },
};

function startStep(issuer: string) {
  const path = `/sso/start?connection=${connectionId("{id}")}`;
  return { kind: "request", method: "GET", path, status: 303, contains: `${issuer}/authorize?` } satisfies Step;
}

/** The first member of the organization. */
function callbackStep() {
  const person = { sub: memberName("{n}", 0), email: `${memberName("{n}", 0)}@${domainName("{n}")}` };
  return { kind: "callback", ...person, status: 303, contains: "__Host-orgate_session=" } satisfies Step;
}
