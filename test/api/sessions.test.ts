// The admin API's sessions: over HTTP, on real rows. Keys, other projects and ids: identities.test.ts walks every route.

import { env } from "cloudflare:workers";
import { Configuration, IdentityApi } from "@ory/client-fetch";
import { beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import type { Identity } from "../../src/domain/identities/identity.ts";
import { countingEnv } from "../support/counting.ts";
import { putIdentity, putOrganization, putProject } from "../support/rows.ts";
import { putApiKey, signIn } from "../support/signed-in.ts";

const ORIGIN = "http://localhost:8787";
const app = createApp();
let projectId: string;
let key: { id: string; bearer: { Authorization: string } };

beforeAll(async () => {
  projectId = (await putProject({ slug: "demo" })).id;
  key = await putApiKey(projectId);
});

function ask(method: string, path: string, headers: Record<string, string> = key.bearer): Promise<Response> {
  return Promise.resolve(app.request(`${ORIGIN}${path}`, { method, headers }, env));
}

const person = () => putIdentity(projectId, `${crypto.randomUUID()}@personal.example`);
const ids = async (response: Response) => (await response.json<{ id: string }[]>()).map((session) => session.id);

async function events(identity: Identity) {
  const found = await env.DB.prepare("SELECT type, actor_type, actor_id FROM events WHERE identity_id = ?")
    .bind(identity.id)
    .all();
  return found.results;
}

describe("an identity's sessions", () => {
  test("are listed with a verdict on each, and filtered by it", async () => {
    const identity = await person();
    const live = await signIn(identity);
    const expired = await signIn(identity, { expiresAt: Date.now() - 1 });
    const path = `/admin/identities/${identity.id}/sessions`;
    const all = await (await ask("GET", path)).json<{ id: string; active: boolean }[]>();
    expect(all.map(({ id, active }) => [id, active])).toEqual([
      [live.session.id, true],
      [expired.session.id, false],
    ]);
    expect(await ids(await ask("GET", `${path}?active=true`))).toEqual([live.session.id]);
    expect(await ids(await ask("GET", `${path}?active=false`))).toEqual([expired.session.id]);
    expect((await ask("GET", `${path}?active=maybe`)).status).toBe(422);
  });

  test("are all ended at once, at the next request, with one event", async () => {
    const identity = await person();
    const [a, b] = [await signIn(identity), await signIn(identity)];
    const path = `/admin/identities/${identity.id}/sessions`;
    for (let times = 0; times < 2; times++) expect((await ask("DELETE", path)).status).toBe(204);
    for (const { native } of [a, b]) expect((await ask("GET", "/sessions/whoami", native)).status).toBe(401);
    expect(await events(identity)).toEqual([{ type: "session.revoked", actor_type: "api_key", actor_id: key.id }]);
  });
});

describe("the project's sessions", () => {
  test("are listed with their people, a page at a time", async () => {
    const own = await putProject({ slug: "listing" });
    const made: string[] = [];
    for (let n = 0; n < 3; n++) made.push((await signIn(await putIdentity(own.id, null))).session.id);
    const root = { Authorization: `Bearer ${env.ROOT_KEY}` };
    const seen: string[] = [];
    let path: string | undefined = "/admin/sessions?page_size=2";
    while (path) {
      const response: Response = await app.request(`http://listing.localhost:8787${path}`, { headers: root }, env);
      const page = await response.json<{ id: string; identity: { id: string } }[]>();
      expect(page.every((session) => session.identity.id !== undefined)).toBe(true);
      seen.push(...page.map((session) => session.id));
      path = /<([^>]+)>; rel="next"/.exec(response.headers.get("Link") ?? "")?.[1];
    }
    expect(seen.sort()).toEqual(made.sort());
  });

  test("one tells whether it may be used now", async () => {
    const identity = await putIdentity(projectId, "pat@verdict.test");
    const { session } = await signIn(identity);
    const path = `/admin/sessions/${session.id}`;
    expect(await (await ask("GET", path)).json()).toMatchObject({ id: session.id, active: true, identity: { id: identity.id } });
    await putOrganization(projectId, ["verdict.test"]);
    expect(await (await ask("GET", path)).json()).toMatchObject({ active: false });
  });

  test("one can be ended", async () => {
    const identity = await person();
    const { session, native } = await signIn(identity);
    expect((await ask("DELETE", `/admin/sessions/${session.id}`)).status).toBe(204);
    expect((await ask("GET", "/sessions/whoami", native)).status).toBe(401);
    expect((await ask("DELETE", `/admin/sessions/${session.id}`)).status).toBe(404);
    expect(await events(identity)).toEqual([{ type: "session.revoked", actor_type: "api_key", actor_id: key.id }]);
  });
});

test("lists read their page and what it rests on, however large the project is", async () => {
  const large = await putProject({ slug: "large" });
  const organization = await putOrganization(large.id, ["large.test"]);
  const ada = await putIdentity(large.id, "ada@large.test", { organizationId: organization.id });
  await signIn(ada);
  for (let n = 0; n < 40; n++) await signIn(await putIdentity(large.id, `p${n}@personal.example`));
  const counted = countingEnv(env, { measureRows: true });
  const headers = { Authorization: `Bearer ${env.ROOT_KEY}` };
  const rowsRead = async (path: string) => {
    const list = () => app.request(`http://large.localhost:8787${path}`, { headers }, counted.env);
    await list();
    counted.reset();
    const response = await list();
    expect((await response.json<unknown[]>()).length).toBeGreaterThan(0);
    return counted.d1.rowsRead;
  };
  expect(await rowsRead(`/admin/identities/${ada.id}/sessions`)).toBeLessThanOrEqual(8);
  expect(await rowsRead("/admin/sessions?page_size=2")).toBeLessThanOrEqual(3 * 5);
  expect(await rowsRead(`/admin/identities?organization_id=${organization.id}`)).toBeLessThanOrEqual(2);
  expect(await rowsRead("/admin/identities?credentials_identifier=p1@personal.example")).toBeLessThanOrEqual(2);
  expect(await rowsRead(`/admin/identities?ids=${ada.id}`)).toBeLessThanOrEqual(4);
  expect(await rowsRead("/admin/identities?page_size=2")).toBeLessThanOrEqual(3);
});

test("sessions of an organization's members are listed by member, page by page, and only theirs", async () => {
  const organization = await putOrganization(projectId, ["sessions.test"]);
  const held: string[] = [];
  for (let n = 0; n < 3; n++) {
    const member = await putIdentity(projectId, `p${n}@sessions.test`, { organizationId: organization.id });
    for (let i = 0; i < 2; i++) {
      held.push((await signIn(member, { organizationId: organization.id })).session.id);
    }
  }
  await signIn(await person());
  const seen: string[] = [];
  let path: string | undefined = `/admin/sessions?organization_id=${organization.id}&page_size=4`;
  while (path) {
    const response: Response = await ask("GET", path);
    seen.push(...(await ids(response)));
    path = /<([^>]+)>; rel="next"/.exec(response.headers.get("Link") ?? "")?.[1];
  }
  expect(seen).toEqual(held);
  const other = await putOrganization(projectId, []);
  expect(await ids(await ask("GET", `/admin/sessions?organization_id=${other.id}`))).toEqual([]);
  expect((await ask("GET", "/admin/sessions?organization_id=x")).status).toBe(422);
});

test("the unmodified IdentityApi of @ory/client-fetch lists, reads and ends sessions", async () => {
  const client = new IdentityApi(
    new Configuration({
      basePath: ORIGIN,
      accessToken: env.ROOT_KEY,
      fetchApi: (url: string, init: RequestInit) => Promise.resolve(app.request(url, init, env)),
    }),
  );
  const identity = await person();
  const [a, b] = [await signIn(identity), await signIn(identity)];
  expect((await client.listIdentitySessions({ id: identity.id, active: true })).map((s) => s.id)).toEqual([
    a.session.id,
    b.session.id,
  ]);
  expect((await client.listSessions({ active: true })).map((s) => s.id)).toContain(a.session.id);
  expect((await client.getSession({ id: a.session.id })).identity?.id).toBe(identity.id);
  await client.disableSession({ id: a.session.id });
  await client.deleteIdentitySessions({ id: identity.id });
  expect(await client.listIdentitySessions({ id: identity.id })).toEqual([]);
});
