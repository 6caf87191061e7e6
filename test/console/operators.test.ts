// Who operates a project: the pages and the API, invitations, and the rule that nobody gives more than they have.

import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, expect, test } from "vitest";
import type { Project } from "../../src/domain/projects/project.ts";
import { type OperatorClient, operatorAt, operatorWith, readable } from "../support/console.ts";
import { countingEnv } from "../support/counting.ts";
import { api } from "../support/management.ts";
import { putOrganization } from "../support/rows.ts";
import { consoleProject, createApiKey, createProject, putIdentity, putOperator, putSession } from "../support/seed.ts";
import { createVisitor } from "../support/visitor.ts";

const BASE = env.BASE_URL;
const PASSWORD = "violet harbour ladder 42";

let home: Project;
let root: OperatorClient;
let project: Project;
let owner: OperatorClient;
let serial = 0;
const fresh = () => `guest-${++serial}@guests.example`;
const newcomer = () => createVisitor(env, `198.51.100.${++serial}`);

beforeAll(async () => {
  home = await consoleProject();
  root = await operatorAt({ all: "owner" });
});
beforeEach(async () => {
  project = await createProject();
  owner = await operatorAt({ [project.id]: "owner" });
});

const path = (rest = "") => `/projects/${project.id}/operators${rest}`;
const invitePath = (id = project.id) => `/projects/${id}/operators/invite`;
const linkOf = (text: string) => /http:\/\/localhost:8787\/console\/invitations\/orgate_in_[A-Za-z0-9_-]+/.exec(text)?.[0] ?? "";
const roleOf = (projectId: string, operatorId: string) =>
  env.DB.prepare("SELECT role FROM operator_access WHERE project_id = ? AND operator_id = ?")
    .bind(projectId, operatorId)
    .first<string>("role");
const events = async (projectId: string) =>
  (
    await env.DB.prepare(
      "SELECT type, actor_type, actor_id, details FROM events WHERE project_id = ? AND type LIKE 'operator.%' ORDER BY id",
    )
      .bind(projectId)
      .all<Record<string, string>>()
  ).results;

/** An invitation made at the console. */
async function invited(email: string, role = "editor", at = project.id, by = owner): Promise<string> {
  const { status, text } = await by.post(invitePath(at), { email, role });
  expect(status).toBe(200);
  return linkOf(text);
}

test("an owner invites, sees the link once, and the invited person makes an account and is in", async () => {
  const email = fresh();
  const answer = await owner.post(invitePath(), { email: email.toUpperCase(), role: "editor" });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("Cache-Control")).toBe("no-store");
  expect(readable(answer.text)).toContain("No e-mail is sent");
  const link = linkOf(answer.text);
  const stored = JSON.stringify((await env.DB.prepare("SELECT * FROM operator_invitations").all()).results);
  expect(stored).not.toContain(link.split("/").at(-1));
  const list = await owner.page(path());
  expect(readable(list.text)).toContain(email);
  expect(list.text).not.toContain("orgate_in_");

  const visitor = newcomer();
  const page = await visitor.get(link);
  expect([page.status, page.headers.get("Referrer-Policy"), page.headers.get("Cache-Control")]).toEqual([
    200,
    "same-origin",
    "no-store",
  ]);
  expect(readable(await page.text())).toContain(`You are invited to operate ${project.name}`);
  const weak = await visitor.post(link, { name: "Guest", password: "short" });
  expect([weak.status, (await weak.text()).includes('value="Guest"')]).toEqual([422, true]);
  const joined = await visitor.post(link, { name: "Guest", password: PASSWORD });
  expect([joined.status, joined.headers.get("location")]).toEqual([303, `/console/projects/${project.id}`]);
  const inside = await visitor.get(`${BASE}/console/projects/${project.id}`);
  expect([inside.status, readable(await inside.text()).includes("Welcome. You are editor of")]).toEqual([200, true]);

  expect((await visitor.get(link)).status).toBe(404);
  expect(readable((await owner.page(path())).text)).not.toContain("Open invitations");
  const log = await events(project.id);
  expect(log.map(({ type }) => type)).toEqual(["operator.invited", "operator.joined"]);
  expect(log[0]).toMatchObject({ actor_type: "operator", actor_id: owner.identityId });
  expect(JSON.stringify(log)).not.toContain(email);
});

test("T112: of 30 who accept one invitation at once one becomes an operator; the rest leave nothing behind", async () => {
  const email = fresh();
  const link = await invited(email);
  const identity = await putIdentity(home.id, { email });
  const browsers = await Promise.all(
    Array.from({ length: 30 }, async () => (await operatorWith(await putSession(home.id, identity))).visitor),
  );
  const answers = await Promise.all(browsers.map((browser) => browser.post(link, {})));
  expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 404)).toHaveLength(29);
  expect((await events(project.id)).filter(({ type }) => type === "operator.joined")).toHaveLength(1);
  expect(await roleOf(project.id, identity)).toBe("editor");
});

test("of several who make an account by one invitation at once one does", async () => {
  const email = fresh();
  const link = await invited(email);
  const answers = await Promise.all([1, 2, 3, 4].map(() => newcomer().post(link, { name: "G", password: PASSWORD })));
  expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
  const people = await env.DB.prepare("SELECT count(*) AS n FROM identities WHERE email = ?").bind(email).first("n");
  expect(people).toBe(1);
});

test("an invitation is for its address: another person cannot take it, an existing account signs in first", async () => {
  const email = fresh();
  const link = await invited(email);
  const other = await operatorAt({});
  expect(readable((await other.page(link)).text)).toContain("Sign out, then accept it under the invited address.");
  expect((await other.send(link, {})).status).toBe(403);
  expect(await roleOf(project.id, other.identityId)).toBeNull();

  const identity = await putIdentity(home.id, { email });
  const page = await (await newcomer().get(link)).text();
  const back = `/console/login?return_to=${encodeURIComponent(new URL(link).pathname)}&amp;login_hint=${encodeURIComponent(email)}`;
  expect(page).toContain(back);
  expect((await newcomer().post(link, { name: "Eve", password: PASSWORD })).status).toBe(422);
  const person = await operatorWith(await putSession(home.id, identity));
  expect((await person.page(link)).text).toContain("Accept invitation");
  expect((await person.send(link, {}, { Origin: "https://evil.example" })).status).toBe(403);
  expect((await person.send(link, {})).location).toBe(`/console/projects/${project.id}`);
});

test("T54: an address of an organization of the console project gets no password by an invitation", async () => {
  await putOrganization(home.id, ["staff.example"]);
  const link = await invited("kim@staff.example");
  const page = await (await newcomer().get(link)).text();
  expect(page).toContain("/console/login?return_to=");
  expect(page).not.toContain('name="password"');
  const forced = await newcomer().post(link, { name: "Kim", password: PASSWORD });
  expect(forced.status).toBe(422);
  expect(await env.DB.prepare("SELECT count(*) AS n FROM identities WHERE email = 'kim@staff.example'").first("n")).toBe(0);
});

test("an expired, revoked, replaced or altered link shows one and the same page", async () => {
  const email = fresh();
  const replaced = await invited(email);
  const revoked = await invited(email);
  const expired = await invited(fresh());
  const id = async (address: string) =>
    await env.DB.prepare("SELECT id FROM operator_invitations WHERE email = ?").bind(address).first<string>("id");
  const done = await owner.post(path(`/invitations/${await id(email)}/revoke`));
  expect(done.location).toBe(`/console${path()}`);
  await env.DB.prepare("UPDATE operator_invitations SET expires_at = 1").run();
  const texts = new Set<string>();
  for (const link of [replaced, revoked, expired, `${expired.slice(0, -1)}_`, `${BASE}/console/invitations/x`]) {
    for (const answer of [await newcomer().get(link), await newcomer().post(link, { name: "G", password: PASSWORD })]) {
      expect([link, answer.status]).toEqual([link, 404]);
      texts.add(await answer.text());
    }
  }
  expect(texts.size).toBe(1);
});

test("the form says what is wrong where it is, keeps what was typed, and sent twice makes one invitation", async () => {
  const wrong = await owner.post(invitePath(), { email: "not an address", role: "king" });
  expect(wrong.status).toBe(422);
  expect(wrong.text).toContain('value="not an address"');
  for (const name of ["email", "role"]) expect(wrong.text).toContain(`id="f-${name}-error"`);
  const again = await owner.post(invitePath(), { email: (await emailOf(owner)) ?? "", role: "viewer" });
  expect([again.status, readable(again.text).includes("This person is an operator already")]).toEqual([409, true]);

  const id = "01980000-0000-7000-8000-000000000001";
  const fields = { email: fresh(), role: "viewer", id, csrf_token: owner.csrf };
  expect(linkOf((await owner.send(invitePath(), fields)).text)).not.toBe("");
  const second = await owner.send(invitePath(), fields);
  expect([second.status, linkOf(second.text), readable(second.text).includes("sent a second time")]).toEqual([200, "", true]);
});

const emailOf = (client: OperatorClient) =>
  env.DB.prepare("SELECT email FROM identities WHERE id = ?").bind(client.identityId).first<string>("email");

test("an owner changes roles and removes, typed out; editors and viewers see no way to", async () => {
  const editor = await operatorAt({ [project.id]: "editor" });
  expect((await owner.post(path(`/${editor.identityId}/role`), { role: "viewer" })).location).toBe(`/console${path()}`);
  expect(await roleOf(project.id, editor.identityId)).toBe("viewer");
  expect((await editor.page(path())).text).not.toContain("/invite");
  expect((await editor.page(path(`/${owner.identityId}/remove`))).status).toBe(403);

  const wrong = await owner.post(path(`/${editor.identityId}/remove`), { confirmation: "somebody" });
  expect([wrong.status, wrong.text.includes('value="somebody"')]).toEqual([422, true]);
  const gone = await owner.post(path(`/${editor.identityId}/remove`), { confirmation: (await emailOf(editor)) ?? "" });
  expect(gone.status).toBe(303);
  expect((await editor.page(`/projects/${project.id}`)).status).toBe(403);
  expect((await events(project.id)).map(({ type }) => type)).toEqual(["operator.role_changed", "operator.removed"]);
});

test("who gives access has signed in a short time ago", async () => {
  await owner.signedInAgo(16 * 60_000);
  const sentAway = await owner.page(invitePath());
  expect(sentAway.location).toMatch(/^\/console\/login\?return_to=.*&refresh=true$/);
  await owner.signedInAgo(31 * 60_000);
  const fields = { csrf_token: owner.csrf, email: fresh(), role: "viewer" };
  expect((await owner.send(invitePath(), fields)).location).toMatch(/^\/console\/login/);
});

test("T105: nobody gives more than they have: an owner of a project none on others, an editor of all none at all", async () => {
  const elsewhere = await createProject();
  const editor = await operatorAt({ all: "editor" });
  const attempts: [OperatorClient, string, number][] = [
    [owner, elsewhere.id, 404],
    [owner, home.id, 404],
    [editor, project.id, 403],
    [editor, home.id, 403],
  ];
  for (const [client, id, status] of attempts) {
    const fields = { csrf_token: client.csrf, email: fresh(), role: "owner" };
    expect((await client.send(invitePath(id), fields)).status).toBe(status);
    const headers = { Cookie: `ory_session_ory=${client.token}` };
    const body = { email: fresh(), role: "owner" };
    expect((await api("POST", `/projects/${id}/operator-invitations`, { key: null, headers, body })).status).toBe(status);
  }
  // At home an editor of all projects only looks: whoever changes it could become any operator.
  const headers = { Cookie: `ory_session_ory=${editor.token}` };
  const label = { label: "Mine", domains: ["operators.example"] };
  expect((await api("POST", `/projects/${home.id}/organizations`, { key: null, headers, body: label })).status).toBe(403);
  expect((await api("POST", `/projects/${project.id}/organizations`, { key: null, headers, body: { label: "Ok" } })).status).toBe(
    201,
  );
  const { key } = await createApiKey(project);
  expect(
    (await api("POST", `/projects/${project.id}/operator-invitations`, { key, body: { email: fresh(), role: "owner" } })).status,
  ).toBe(403);
});

test("an invitation never takes a higher role away", async () => {
  const email = fresh();
  const link = await invited(email, "viewer");
  const identity = await putIdentity(home.id, { email });
  await env.DB.prepare("INSERT INTO operator_access VALUES (?, ?, ?, 'owner', 0)").bind(project.id, home.id, identity).run();
  expect((await (await operatorWith(await putSession(home.id, identity))).send(link, {})).status).toBe(303);
  expect(await roleOf(project.id, identity)).toBe("owner");
});

test("the last owner of all projects stays, also when two remove each other at once", async () => {
  await env.DB.prepare("DELETE FROM operator_access WHERE project_id = ? AND operator_id <> ?")
    .bind(home.id, root.identityId)
    .run();
  const inactive = await putOperator({ all: "owner" });
  await env.DB.prepare("UPDATE identities SET state = 'inactive' WHERE id = ?").bind(inactive).run();
  const at = `/projects/${home.id}/operators/${root.identityId}`;
  const kept = await root.post(`${at}/remove`, { confirmation: (await emailOf(root)) ?? "" });
  expect([kept.status, readable(kept.text).includes("the last owner of all projects")]).toEqual([409, true]);
  expect((await root.post(`${at}/role`, { role: "editor" })).status).toBe(409);

  const second = await operatorAt({ all: "owner" });
  const statuses = await Promise.all(
    [root, second].map(async (client) => (await api("DELETE", `/projects/${home.id}/operators/${client.identityId}`)).status),
  );
  expect(statuses.sort()).toEqual([204, 409]);
  root = (await roleOf(home.id, root.identityId)) ? root : second;
});

test("the API does the same, and lists in pages of a constant number of queries", async () => {
  for (let i = 0; i < 30; i++) await putOperator({ [project.id]: "viewer" });
  const first = await api("GET", `/projects/${project.id}/operators?page_size=30`);
  expect(first.json.operators).toHaveLength(30);
  const rest = await api("GET", `/projects/${project.id}/operators?page_size=30&page_token=${first.json.next_page_token}`);
  expect(rest.json).toMatchObject({
    operators: [{ project_id: project.id, role: "viewer", state: "active" }],
    has_next_page: false,
  });

  const [someone] = rest.json.operators;
  const changed = await api("PATCH", `/projects/${project.id}/operators/${someone.id}`, { body: { role: "editor" } });
  expect([changed.status, changed.json.role]).toEqual([200, "editor"]);
  const made = await api("POST", `/projects/${project.id}/operator-invitations`, { body: { email: fresh(), role: "owner" } });
  expect([made.status, linkOf(made.json.url)]).toEqual([201, made.json.url]);
  const open = await api("GET", `/projects/${project.id}/operator-invitations`);
  expect(open.json.operator_invitations).toMatchObject([{ id: made.json.id, role: "owner" }]);
  expect(open.text).not.toContain("orgate_in_");
  expect((await api("DELETE", `/projects/${project.id}/operator-invitations/${made.json.id}`)).status).toBe(204);

  const counted = countingEnv(env);
  const client = await operatorWith(owner.token, counted.env);
  await client.page(path());
  const before = counted.d1.roundTrips;
  const page = await client.page(path());
  expect(readable(page.text)).toContain("Next page");
  expect(counted.d1.roundTrips - before).toBeLessThanOrEqual(6);
});
