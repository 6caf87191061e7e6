// The last owner of all projects who can sign in: no change takes them away, whichever it is and whoever makes it.

import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import { operatorWith, readable } from "../support/console.ts";
import { api } from "../support/management.ts";
import { consoleProject, createConnection, createOrganization, putIdentity, putOperator, putSession } from "../support/seed.ts";

const HOST = "operators.test";
const app = createApp();

let home: Project;
/** Who is the last owner. */
let owner: string;

beforeEach(async () => {
  home = await consoleProject();
  await env.DB.prepare("INSERT OR IGNORE INTO project_hostnames (project_id, hostname, position) VALUES (?, ?, 0)")
    .bind(home.id, HOST)
    .run();
  await env.DB.prepare("DELETE FROM operator_access").run();
  owner = await putOperator({ all: "owner" });
});

/** The admin API of the operators' own project, with the root key. */
async function admin(method: string, id: string, body?: unknown) {
  const headers = { Authorization: `Bearer ${env.ROOT_KEY}`, "Content-Type": "application/json" };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const answer = await app.request(`http://${HOST}/admin/identities/${id}`, init, env);
  const text = await answer.text();
  return { status: answer.status, json: text === "" ? undefined : JSON.parse(text) };
}

const replace = (path: string, value: unknown) => [{ op: "replace", path, value }];
const detached = [{ op: "remove", path: "/traits/email" }];
const standing = async () =>
  await env.DB.prepare("SELECT state, organization_id, email IS NOT NULL AS reachable FROM identities WHERE id = ?")
    .bind(owner)
    .first();

test("the identity of the last owner is neither deleted, deactivated, moved nor left without an address", async () => {
  const staff = await createOrganization(home, { domains: [] });
  const attempts: [string, unknown, string | undefined][] = [
    ["DELETE", undefined, undefined],
    ["PATCH", replace("/state", "inactive"), "state"],
    ["PUT", { schema_id: "default", state: "inactive", traits: { email: "other@operators.example" } }, "state"],
    ["PATCH", detached, "traits"],
    ["PATCH", [...replace("/organization_id", staff.id), ...detached], "organization_id"],
  ];
  for (const [method, body, field] of attempts) {
    const { status, json } = await admin(method, owner, body);
    expect([method, field, status, json?.error?.id]).toEqual([method, field, 409, "last_owner"]);
    expect(Object.keys(json.error.details ?? {})).toEqual(field === undefined ? [] : [field]);
  }
  expect(await standing()).toEqual({ state: "active", organization_id: null, reachable: 1 });
  const log = await env.DB.prepare("SELECT count(*) AS n FROM events WHERE identity_id = ?").bind(owner).first("n");
  expect(log).toBe(0);
});

test("other people of the project go as before, and so does an owner beside another one who can sign in", async () => {
  const guest = await putIdentity(home.id, { email: `guest-${owner}@operators.example` });
  expect((await admin("PATCH", guest, replace("/state", "inactive"))).status).toBe(200);
  expect((await admin("PATCH", owner, replace("/traits/email", `new-${owner}@operators.example`))).status).toBe(200);

  const second = await putOperator({ all: "owner" });
  await env.DB.prepare("DELETE FROM password_credentials WHERE identity_id = ?").bind(second).run();
  expect((await admin("DELETE", owner)).status).toBe(409);
  expect((await api("DELETE", `/projects/${home.id}/operators/${owner}`)).status).toBe(409);
  expect((await admin("DELETE", second)).status).toBe(204);

  await putOperator({ all: "owner" });
  expect((await admin("DELETE", owner)).status).toBe(204);
});

test("of two last owners who are deleted at once one stays", async () => {
  const second = await putOperator({ all: "owner" });
  const statuses = await Promise.all([owner, second].map(async (id) => (await admin("DELETE", id)).status));
  expect(statuses.sort()).toEqual([204, 409]);
});

test("their way in stays: the domain, the organization, its connection and sign-in by password", async () => {
  const projectPath = `/projects/${home.id}`;
  const refused = async (method: string, path: string, body: unknown, field?: string) => {
    const { status, json } = await api(method, `${projectPath}${path}`, { body });
    expect([method, path, status, json?.error?.id]).toEqual([method, path, 409, "last_owner"]);
    expect(Object.keys(json.error.details ?? {})).toEqual(field === undefined ? [] : [field]);
  };
  const domains = ["operators.example"];
  await refused("POST", "/organizations", { label: "Staff", domains }, "domains");
  await refused("PATCH", "", { password_login: false }, "password_login");

  const kim = await operatorWith(await putSession(home.id, owner));
  const sent = await kim.post(`${projectPath}/organizations/new`, { label: "Staff", domains: "operators.example" });
  expect([sent.status, readable(sent.text).includes("the last owner of all projects")]).toEqual([409, true]);

  const staff = await createOrganization(home);
  const at = `/organizations/${staff.id}`;
  await refused("PUT", at, { domains }, "domains");
  const connection = await createConnection(home, { organizationId: staff.id });
  expect((await api("PUT", `${projectPath}${at}`, { body: { domains } })).status).toBe(200);
  expect((await api("PATCH", projectPath, { body: { password_login: false } })).status).toBe(200);

  await refused("PUT", at, { state: "disabled" }, "state");
  await refused("PUT", at, { domains: [] }, "domains");
  await refused("DELETE", at, undefined);
  await refused("PATCH", `/connections/${connection.id}`, { state: "disabled" }, "state");
  await refused("DELETE", `/connections/${connection.id}`, undefined);

  await api("PATCH", projectPath, { body: { password_login: true } });
  expect((await api("DELETE", `${projectPath}${at}`)).status).toBe(204);
});
