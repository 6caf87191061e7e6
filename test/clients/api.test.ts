// Apps through the admin API: what a client looks like, how it changes, and how its secret comes, rotates and goes.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { isClientSecret } from "../../src/domain/clients/secrets.ts";
import { createOrganization, services, systemContext } from "../support/seed.ts";
import { type ClientsApi, clientsApi, REDIRECT } from "./scene.ts";

let api: ClientsApi;
beforeAll(async () => {
  api = await clientsApi();
});

const create = async (body: object = {}) => (await api.call("POST", "", { redirect_uris: [REDIRECT], ...body })).json;
const accepts = async (id: string, secret: string, at = Date.now()) => {
  const client = await services().clients.find(api.project.id, id);
  if (!client) throw new Error("no such client");
  return isClientSecret(client, secret, at);
};
const eventsOf = async (id: string) =>
  (
    await env.DB.prepare("SELECT type, details FROM events WHERE project_id = ? AND details ->> 'client_id' = ?")
      .bind(api.project.id, id)
      .all<{ type: string; details: string }>()
  ).results;

describe("create and read", () => {
  test("the defaults are those of a confidential web app: code, PKCE, secret by Basic, RS256", async () => {
    const answer = await api.call("POST", "", { client_name: "Reports", redirect_uris: [REDIRECT] });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("Location")).toBe(`/admin/clients/${answer.json.client_id}`);
    expect(answer.json).toEqual({
      client_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      client_secret: expect.stringMatching(/^orgate_cs_[\w-]{43}$/),
      client_secret_expires_at: 0,
      client_name: "Reports",
      redirect_uris: [REDIRECT],
      post_logout_redirect_uris: [],
      grant_types: ["authorization_code"],
      response_types: ["code"],
      scope: "openid profile email",
      token_endpoint_auth_method: "client_secret_basic",
      subject_type: "public",
      backchannel_logout_session_required: false,
      skip_consent: true,
      id_token_signed_response_alg: "RS256",
      pkce: "required",
      organization_ids: [],
      metadata: {},
      rotated_secrets: [],
      revision: 1,
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
  });

  test("T101: the secret is in the first answer alone, and D1 has its digest", async () => {
    const { client_id: id, client_secret: secret } = await create();
    for (const answer of [
      await api.call("GET", `/${id}`),
      await api.call("GET"),
      await api.call("PUT", `/${id}`, { redirect_uris: [REDIRECT], client_name: "x" }),
    ]) {
      expect(answer.status).toBe(200);
      expect(answer.text).not.toContain('client_secret"');
      expect(answer.text).not.toContain(secret);
    }
    const row = JSON.stringify(await env.DB.prepare("SELECT * FROM clients WHERE id = ?").bind(id).first());
    expect(row).not.toContain(secret);
    expect(await accepts(id, secret)).toBe(true);
    for (const wrong of ["", `${secret}x`, secret.slice(0, -1), secret.toUpperCase()])
      expect(await accepts(id, wrong)).toBe(false);
  });

  test("a first app makes the project's signing key, and one for ES256 when an app asks for it", async () => {
    const fresh = await clientsApi();
    const algs = async () =>
      (await env.DB.prepare("SELECT alg FROM signing_keys WHERE project_id = ? ORDER BY alg").bind(fresh.project.id).all())
        .results;
    expect(await algs()).toEqual([]);
    const { json } = await fresh.call("POST", "", { redirect_uris: [REDIRECT] });
    expect(await algs()).toEqual([{ alg: "RS256" }]);
    await fresh.call("PATCH", `/${json.client_id}`, [{ op: "replace", path: "/id_token_signed_response_alg", value: "ES256" }]);
    expect(await algs()).toEqual([{ alg: "ES256" }, { alg: "RS256" }]);
  });

  test("lists go on by the Link header, and a name finds what has exactly it", async () => {
    const own = await clientsApi();
    for (const client_name of ["One", "Two", "Two", "Three"])
      await own.call("POST", "", { client_name, redirect_uris: [REDIRECT] });
    const seen: string[] = [];
    let path = "?page_size=3";
    for (let page = 0; page < 5; page++) {
      const answer = await own.call("GET", path);
      seen.push(...answer.json.map((client: { client_name: string }) => client.client_name));
      const next = /<\/admin\/clients([^>]*)>; rel="next"/.exec(answer.headers.get("Link") ?? "")?.[1];
      if (!next) break;
      path = next;
    }
    expect(seen).toEqual(["One", "Two", "Two", "Three"]);
    expect((await own.call("GET", "?client_name=Two")).json).toHaveLength(2);
    expect((await own.call("GET", "?client_name=tw")).json).toEqual([]);
  });
});

describe("change", () => {
  test("what was read can be sent back changed; what is left out has its default again", async () => {
    const { client_id: id, client_secret: secret } = await create({
      client_name: "Before",
      scope: "openid",
      skip_consent: false,
    });
    const read = (await api.call("GET", `/${id}`)).json;
    const changed = await api.call("PUT", `/${id}`, { ...read, client_name: "After" });
    expect(changed.json).toMatchObject({ client_name: "After", scope: "openid", skip_consent: false, revision: 2 });
    const replaced = await api.call("PUT", `/${id}`, { redirect_uris: [REDIRECT] });
    expect(replaced.json).toMatchObject({ client_name: "", scope: "openid profile email", skip_consent: true });
    expect(await accepts(id, secret)).toBe(true);
    expect((await api.call("PUT", `/${id}`, { ...read, client_id: crypto.randomUUID() })).status).toBe(422);
  });

  test("a JSON Patch changes settings and nothing else", async () => {
    const { client_id: id } = await create();
    const patch = (...operations: object[]) => api.call("PATCH", `/${id}`, operations);
    const added = await patch({ op: "add", path: "/redirect_uris/-", value: "https://app.example.com/second" });
    expect(added.json.redirect_uris).toEqual([REDIRECT, "https://app.example.com/second"]);
    expect((await patch({ op: "replace", path: "/metadata", value: { owner: "Ada" } })).json.metadata).toEqual({ owner: "Ada" });
    const denied = ["/client_id", "/client_secret", "/secrets", "/revision", "/projectId", "/metadata/__proto__/x"];
    for (const path of denied) expect((await patch({ op: "add", path, value: "x" })).status).toBe(422);
    expect((await patch({ op: "add", path: "/redirect_uris/-", value: "http://evil.example/" })).status).toBe(422);
    expect((await patch({ op: "remove", path: "/client_name" })).status).toBe(422);
    expect((await api.call("GET", `/${id}`)).json.revision).toBe(3);
  });

  test("a change that changes nothing writes nothing", async () => {
    const { client_id: id, ...read } = await create();
    const { client_secret: _, ...rest } = read;
    expect((await api.call("PUT", `/${id}`, rest)).json.revision).toBe(1);
    expect((await eventsOf(id)).map(({ type }) => type)).toEqual(["client.created"]);
  });

  test("If-Match holds a change to what was read, and of 10 changes at once none is lost", async () => {
    const { client_id: id } = await create();
    const body = { redirect_uris: [REDIRECT], client_name: "Late" };
    expect((await api.call("PUT", `/${id}`, body, { "If-Match": '"7"' })).json.error.id).toBe("revision_conflict");
    const uris = Array.from({ length: 10 }, (_, i) => `https://app.example.com/${i}`);
    const answers = await Promise.all(
      uris.map((value) => api.call("PATCH", `/${id}`, [{ op: "add", path: "/redirect_uris/-", value }])),
    );
    const stored = (await api.call("GET", `/${id}`)).json.redirect_uris as string[];
    const done = uris.filter((_, i) => answers[i]?.status === 200);
    expect(done.length).toBeGreaterThan(0);
    for (const [i, uri] of uris.entries()) expect([uri, stored.includes(uri)]).toEqual([uri, answers[i]?.status === 200]);
  });

  test("a method without a secret takes it away, and one that needs one makes a new one", async () => {
    const { client_id: id, client_secret: secret } = await create();
    const method = (value: string) =>
      api.call("PATCH", `/${id}`, [{ op: "replace", path: "/token_endpoint_auth_method", value }]);
    expect((await method("client_secret_post")).json.client_secret).toBeUndefined();
    expect(await accepts(id, secret)).toBe(true);
    expect((await method("none")).status).toBe(200);
    expect(await accepts(id, secret)).toBe(false);
    const again = (await method("client_secret_basic")).json.client_secret;
    expect(again).toMatch(/^orgate_cs_/);
    expect([await accepts(id, secret), await accepts(id, again)]).toEqual([false, true]);
  });

  test("a deleted app is unknown from the next request on", async () => {
    const { client_id: id } = await create();
    expect((await api.call("DELETE", `/${id}`)).status).toBe(204);
    expect((await api.call("GET", `/${id}`)).status).toBe(404);
    expect((await api.call("DELETE", `/${id}`)).status).toBe(404);
    expect(await services().clients.find(api.project.id, id)).toBeUndefined();
  });
});

describe("rotating a secret", () => {
  test("the old one is valid until its time and not longer", async () => {
    const { client_id: id, client_secret: old } = await create();
    const rotated = await api.call("POST", `/${id}/secrets/rotate?overlap=2h`);
    expect(rotated.status).toBe(200);
    const fresh = rotated.json.client_secret;
    const until = Date.parse(rotated.json.rotated_secrets[0].expires_at);
    expect(until - Date.now()).toBeGreaterThan(2 * 3_600_000 - 60_000);
    expect(until - Date.now()).toBeLessThanOrEqual(2 * 3_600_000);
    expect([await accepts(id, old), await accepts(id, fresh)]).toEqual([true, true]);
    expect([await accepts(id, old, until - 1), await accepts(id, old, until)]).toEqual([true, false]);
    expect(await accepts(id, fresh, until + 1e12)).toBe(true);
    expect((await api.call("GET", `/${id}`)).text).not.toContain(fresh);
  });

  test("a day by default; at once with 0s; an overlap is never lengthened by the next rotation", async () => {
    const { client_id: id, client_secret: first } = await create();
    const day = (await api.call("POST", `/${id}/secrets/rotate`)).json.rotated_secrets[0].expires_at;
    expect(Date.parse(day) - Date.now()).toBeGreaterThan(86_000_000);
    const short = await api.call("POST", `/${id}/secrets/rotate?overlap=1h`);
    const ends = short.json.rotated_secrets.map((secret: { expires_at: string }) => Date.parse(secret.expires_at));
    for (const end of ends) expect(end - Date.now()).toBeLessThanOrEqual(3_600_000);
    await api.call("POST", `/${id}/secrets/rotate?overlap=48h`);
    expect(await accepts(id, first, Date.now() + 3_600_001)).toBe(false);
    const last = (await api.call("POST", `/${id}/secrets/rotate?overlap=0s`)).json;
    expect(last.rotated_secrets).toEqual([]);
    expect([await accepts(id, first), await accepts(id, last.client_secret)]).toEqual([false, true]);
  });

  test("no more than five are accepted at once, and the old ones can be ended before their time", async () => {
    const { client_id: id, client_secret: first } = await create();
    const secrets = [first];
    for (let i = 0; i < 6; i++) secrets.push((await api.call("POST", `/${id}/secrets/rotate`)).json.client_secret);
    expect(await Promise.all(secrets.map((secret) => accepts(id, secret)))).toEqual([false, false, true, true, true, true, true]);
    expect((await api.call("DELETE", `/${id}/secrets/rotate`)).json.rotated_secrets).toEqual([]);
    expect(await Promise.all(secrets.map((secret) => accepts(id, secret)))).toEqual([...Array(6).fill(false), true]);
  });

  test("an app without a secret has none to rotate, and an overlap is a duration of 30 days at most", async () => {
    const { client_id: id } = await create({ token_endpoint_auth_method: "none" });
    expect((await api.call("POST", `/${id}/secrets/rotate`)).json.error).toMatchObject({ code: 409, id: "client_has_no_secret" });
    const other = await create();
    for (const overlap of ["721h", "1d", "-1h", "forever"]) {
      expect((await api.call("POST", `/${other.client_id}/secrets/rotate?overlap=${overlap}`)).status).toBe(422);
    }
  });
});

describe("pinning to organizations", () => {
  test("organizations are the project's own, and one that is deleted stays in the pin", async () => {
    const organization = await createOrganization(api.project);
    const foreign = await createOrganization((await clientsApi()).project);
    expect(await api.problems({ organization_ids: [foreign.id] })).toEqual({ organization_ids: "not_found" });
    expect(await api.problems({ organization_ids: [crypto.randomUUID()] })).toEqual({ organization_ids: "not_found" });
    const { client_id: id, organization_ids } = await create({ organization_ids: [organization.id, organization.id] });
    expect(organization_ids).toEqual([organization.id]);
    const moved = await api.call("PATCH", `/${id}`, [{ op: "add", path: "/organization_ids/-", value: foreign.id }]);
    expect([moved.status, moved.json.error.details.organization_ids.path]).toEqual([422, "organization_ids[1]"]);
    await services().organizations.delete(api.project.id, organization.id, systemContext);
    expect((await api.call("GET", `/${id}`)).json.organization_ids).toEqual([organization.id]);
    const renamed = await api.call("PATCH", `/${id}`, [{ op: "replace", path: "/client_name", value: "Still pinned" }]);
    expect(renamed.json).toMatchObject({ client_name: "Still pinned", organization_ids: [organization.id] });
  });
});

test("every change is an event with names and numbers, and no event has a secret", async () => {
  const { client_id: id, client_secret: secret } = await create({ client_name: "Audited" });
  await api.call("PATCH", `/${id}`, [{ op: "replace", path: "/scope", value: "openid" }]);
  const rotated = (await api.call("POST", `/${id}/secrets/rotate`)).json.client_secret;
  await api.call("DELETE", `/${id}/secrets/rotate`);
  await api.call("DELETE", `/${id}`);
  const events = await eventsOf(id);
  expect(events.map(({ type }) => type).sort()).toEqual(
    ["client.created", "client.updated", "client.secret_rotated", "client.old_secrets_deleted", "client.deleted"].sort(),
  );
  const details = events.map((event) => event.details).join();
  expect(details).toContain('"changed":["scope"]');
  for (const text of [secret, rotated]) expect(details).not.toContain(text);
});
