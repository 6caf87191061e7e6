// The console's pages for API keys: the key is seen once, made once, and by owners alone.

import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Project } from "../../src/domain/projects/project.ts";
import { formsOf, type OperatorClient, operatorAt, readable } from "../support/console.ts";
import { api } from "../support/management.ts";
import { createApiKey, createProject, services } from "../support/seed.ts";

vi.spyOn(console, "warn").mockImplementation(() => undefined);

const KEY = /orgate_pk_[A-Za-z0-9_-]{43}[0-9a-f]{8}/;

let project: Project;
let kim: OperatorClient;
let path: string;

beforeAll(async () => {
  project = await createProject({ name: "Northwind" });
  kim = await operatorAt({ [project.id]: "owner" });
  path = `/projects/${project.id}/api-keys`;
});

async function keysOf({ id }: { id: string }) {
  return (await services().apiKeys.list(id, { after: undefined, limit: 100 })).items;
}

describe("without a key", () => {
  test("the list teaches the next step, and has it as a curl line too", async () => {
    const { status, text } = await kim.page(path);
    expect(status).toBe(200);
    expect(readable(text)).toMatch(/No API key yet.*New API key.*Do this with the API/);
    expect(text).toContain(`curl -X POST &#39;http://localhost:8787/projects/${project.id}/api-keys&#39;`);
  });
});

describe("creating one", () => {
  test("shows the key once, with a warning; it works, and its page never shows it again", async () => {
    const made = await kim.post(`${path}/new`, { name: "Billing service", lifespan: "30" });
    expect(made.status).toBe(200);
    expect(made.headers.get("cache-control")).toBe("no-store");
    expect(readable(made.text)).toMatch(/Copy the key now\. It is not stored and cannot be shown again\./);
    const key = KEY.exec(made.text)?.[0] ?? "";
    expect((await api("GET", `/projects/${project.id}/organizations`, { key })).status).toBe(200);

    const [stored] = await keysOf(project);
    expect(stored).toMatchObject({ name: "Billing service", prefix: key.slice(0, 16) });
    // Two readings of the clock.
    const lifespan = (stored?.expiresAt ?? 0) - (stored?.createdAt ?? 0);
    expect(Math.abs(lifespan - 30 * 86_400_000)).toBeLessThan(5_000);
    const { text } = await kim.page(path);
    expect(text).not.toMatch(KEY);
    expect(readable(text)).toMatch(/Billing service.*in 29 days|Billing service.*in 30 days/);
  });

  test("sent twice makes one key, and says so without showing it", async () => {
    const other = await createProject();
    const owner = await operatorAt({ [other.id]: "owner" });
    const page = await owner.page(`/projects/${other.id}/api-keys/new`);
    const form = (await formsOf(page.text)).find(({ method, action }) => method === "post" && action === "");
    const fields = { ...form?.fields, name: "Once" };
    const first = await owner.send(`/projects/${other.id}/api-keys/new`, fields);
    const second = await owner.send(`/projects/${other.id}/api-keys/new`, fields);
    expect([first.status, KEY.test(first.text)]).toEqual([200, true]);
    expect([second.status, KEY.test(second.text)]).toEqual([409, false]);
    expect(readable(second.text)).toContain("This key has been created already");
    expect(await keysOf(other)).toHaveLength(1);
  });

  test.each([
    ["an empty name", { name: "", lifespan: "365" }, "Give it a name."],
    ["a name with a control character", { name: "a\u202eb", lifespan: "365" }, "Control characters are not allowed."],
    ["a lifespan that was not offered", { name: "Mine", lifespan: "36500" }, "Choose one of these."],
  ])("%s is said at the field, and nothing typed is lost", async (_, fields, sentence) => {
    const before = await keysOf(project);
    const { status, text } = await kim.post(`${path}/new`, fields);
    expect(status).toBe(422);
    expect(text).toContain('aria-invalid="true"');
    expect(readable(text)).toContain(sentence);
    const form = (await formsOf(text)).find(({ fields: shown }) => "lifespan" in shown);
    expect(form?.fields).toMatchObject({ name: fields.name, ...(fields.lifespan === "365" ? { lifespan: "365" } : {}) });
    expect(await keysOf(project)).toEqual(before);
  });

  test("never expires when that is chosen", async () => {
    await kim.post(`${path}/new`, { name: "For ever", lifespan: "never" });
    expect((await keysOf(project)).find(({ name }) => name === "For ever")?.expiresAt).toBeNull();
  });

  test("an id that is none of ours is not taken", async () => {
    const other = await createProject();
    const owner = await operatorAt({ [other.id]: "owner" });
    const made = await owner.post(`/projects/${other.id}/api-keys/new`, { name: "Mine", id: "0" });
    expect(made.status).toBe(200);
    expect((await keysOf(other))[0]?.id).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("revoking one", () => {
  test("asks for its name, and then the key is a 401", async () => {
    const { id, key } = await createApiKey(project);
    const asked = await kim.page(`${path}/${id}/revoke`);
    expect(readable(asked.text)).toMatch(/Revoke “seed”.*refused from the next request on/);
    const wrong = await kim.post(`${path}/${id}/revoke`, { confirmation: "sead" });
    expect([wrong.status, readable(wrong.text).includes("Nothing has been revoked.")]).toEqual([422, true]);
    expect((await api("GET", `/projects/${project.id}`, { key })).status).toBe(200);

    const done = await kim.post(`${path}/${id}/revoke`, { confirmation: "seed" });
    expect([done.status, done.location]).toEqual([303, `/console${path}`]);
    expect((await api("GET", `/projects/${project.id}`, { key })).status).toBe(401);
    expect((await kim.page(`${path}/${id}/revoke`)).status).toBe(404);
  });
});

describe("who may", () => {
  test.each(["editor", "viewer"] as const)("an %s is told in a sentence that keys are for owners", async (role) => {
    await createApiKey(project);
    const other = await operatorAt({ [project.id]: role });
    const list = await other.page(path);
    expect(list.status).toBe(200);
    expect(readable(list.text)).toContain("Only owners see API keys");
    expect(list.text).not.toContain("orgate_pk_");
    expect((await other.page(`${path}/new`)).status).toBe(403);
    const { id } = (await keysOf(project))[0] ?? { id: "" };
    for (const action of [`${path}/new`, `${path}/${id}/revoke`]) {
      const sent = await other.send(action, { csrf_token: other.csrf, name: "Sly", lifespan: "never", confirmation: "seed" });
      expect([action, sent.status]).toEqual([action, 403]);
    }
  });

  test("an owner who signed in long ago signs in again first, and comes back", async () => {
    const owner = await operatorAt({ [project.id]: "owner" });
    await owner.signedInAgo(20 * 60_000);
    const page = await owner.page(`${path}/new`);
    const back = encodeURIComponent(`/console${path}/new`);
    expect([page.status, page.location]).toEqual([303, `/console/login?return_to=${back}&refresh=true`]);
    await owner.signedInAgo(40 * 60_000);
    const before = (await keysOf(project)).length;
    const sent = await owner.send(`${path}/new`, { csrf_token: owner.csrf, name: "Late", lifespan: "never" });
    expect([sent.status, (await keysOf(project)).length]).toEqual([303, before]);
  });

  test("T80: a form without this session's token is refused", async () => {
    const before = (await keysOf(project)).length;
    const sent = await kim.send(`${path}/new`, { csrf_token: "forged", name: "Forged", lifespan: "never" });
    expect([sent.status, (await keysOf(project)).length]).toEqual([403, before]);
  });

  test("T104: of another project's key nothing is known", async () => {
    const theirs = await createProject();
    const { id } = await createApiKey(theirs);
    expect((await kim.page(`/projects/${theirs.id}/api-keys`)).status).toBe(404);
    expect((await kim.page(`${path}/${id}/revoke`)).status).toBe(404);
    const sent = await kim.send(`${path}/${id}/revoke`, { csrf_token: kim.csrf, confirmation: "seed" });
    expect([sent.status, (await keysOf(theirs)).length]).toEqual([404, 1]);
  });
});

test("the list is paged, and the API gets one key by its id", async () => {
  const busy = await createProject();
  const owner = await operatorAt({ [busy.id]: "owner" });
  const made = [];
  for (let i = 0; i < 26; i++) made.push((await createApiKey(busy)).id);
  const first = await owner.page(`/projects/${busy.id}/api-keys`);
  const next = /href="([^"]*page_token=[^"]*)"/.exec(first.text)?.[1] ?? "";
  const second = await owner.page(next);
  const shown = (text: string) => [...text.matchAll(/api-keys\/([0-9a-f-]{36})\/revoke/g)].map((match) => match[1]);
  expect([...shown(first.text), ...shown(second.text)]).toEqual(made);
  expect(shown(second.text)).toHaveLength(1);

  const one = await api("GET", `/projects/${busy.id}/api-keys/${made[3]}`);
  expect([one.status, one.json.id, one.text.includes("orgate_pk_")]).toEqual([200, made[3], true]);
  expect(one.text).not.toMatch(KEY);
  expect((await api("GET", `/projects/${project.id}/api-keys/${made[3]}`)).status).toBe(404);
});
