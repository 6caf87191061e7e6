// The management API with a project's API key.

import type { Scenario } from "../scenario.ts";
import { PROJECT_ID } from "../shape.ts";

const ORGANIZATIONS = `/projects/${PROJECT_ID}/organizations`;

export const listOrganizations: Scenario = {
  name: "organizations-list",
  title: "list organizations, a page of 10",
  at: "orgate",
  prepare: async ({ seeded }) => ({
    steps: [
      {
        kind: "request",
        method: "GET",
        path: `${ORGANIZATIONS}?page_size=10`,
        headers: { authorization: `Bearer ${seeded.apiKey}` },
        status: 200,
        contains: '"label":"Organization 9"',
      },
    ],
  }),
};

/** With one domain each; the entry of the domain index that is written after the answer is in the figures. */
export const createOrganization: Scenario = {
  name: "organizations-create",
  title: "create an organization",
  at: "orgate",
  prepare: async ({ seeded }) => ({
    steps: [
      {
        kind: "request",
        method: "POST",
        path: ORGANIZATIONS,
        headers: { authorization: `Bearer ${seeded.apiKey}`, "content-type": "application/json" },
        body: JSON.stringify({ label: "Made {n}", domains: ["made{n}.bench.example"] }),
        status: 201,
        contains: '"id"',
      },
    ],
  }),
};
