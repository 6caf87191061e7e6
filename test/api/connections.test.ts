// Connections through the management API.

import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { sealPurpose } from "../../src/domain/connections/connection.ts";
import type { Organization } from "../../src/domain/organizations/organization.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import { api } from "../support/management.ts";
import { createConnection, createOrganization, createProject, putIdentity, putSession, services } from "../support/seed.ts";

const SECRET = "canary-secret-5f1d0c";
const BASICS = { issuer_url: "https://idp-a.test", client_id: "orgate", client_secret: SECRET };

let project: Project;
let acme: Organization;
let path: string;
beforeEach(async () => {
  project = await createProject();
  acme = await createOrganization(project, { domains: [`acme-${project.slug}.example`] });
  path = `/projects/${project.id}/connections`;
});

const create = (body: object) => api("POST", path, { body: { ...BASICS, ...body } });

describe("create", () => {
  test("fills in the preset and answers 201 with the redirect URI that the project's host serves", async () => {
    const answer = await create({ organization_id: acme.id, provider: "okta", issuer_url: "https://acme.okta.com" });
    expect(answer.status).toBe(201);
    const { id } = answer.json;
    expect(answer.json).toEqual({
      id,
      project_id: project.id,
      organization_id: acme.id,
      provider: "okta",
      label: acme.label,
      state: "enabled",
      issuer_url: "https://acme.okta.com",
      client_id: "orgate",
      has_client_secret: true,
      token_endpoint_auth_method: "client_secret_basic",
      scope: ["openid", "email", "profile"],
      claims_source: "userinfo",
      claims_mapping: {},
      id_token_signed_response_alg: "RS256",
      update_identity_on_login: "never",
      redirect_uri: `http://${project.slug}.localhost:8787/self-service/methods/oidc/organization/${acme.id}/callback/${id}`,
      pinned_token_endpoint: null,
      has_previous_client_secret: false,
      last_succeeded_at: null,
      last_failure: null,
      revision: 1,
      created_at: expect.any(String),
      updated_at: answer.json.created_at,
    });
    expect((await api("GET", `${path}/${id}`)).json).toEqual(answer.json);
  });

  test("without an organization it is social sign-in, with its own callback", async () => {
    const { json } = await create({ label: "Sign in with X", scope: ["email"] });
    expect(json).toMatchObject({ organization_id: null, scope: ["openid", "email"], label: "Sign in with X" });
    expect(json.redirect_uri).toBe(`http://${project.slug}.localhost:8787/self-service/methods/oidc/callback/${json.id}`);
  });

  test("private_key_jwt gets a key of its own, published at jwks_uri, and no secret", async () => {
    const { json, text } = await api("POST", path, {
      body: { issuer_url: "https://idp-a.test", client_id: "orgate", token_endpoint_auth_method: "private_key_jwt" },
    });
    expect(json).toMatchObject({ has_client_secret: false });
    expect(json.jwks_uri).toBe(`http://${project.slug}.localhost:8787/sso/connections/${json.id}/jwks.json`);
    const stored = await services().connections.get(project.id, json.id);
    expect(stored.publicKey).toMatchObject({ kty: "EC", crv: "P-256" });
    expect(stored.publicKey).not.toHaveProperty("d");
    const sealed = await services().runtime.sealer.open(sealPurpose(stored, "private_key"), stored.privateKey ?? "");
    expect(JSON.parse(sealed ?? "").d).toBeDefined();
    expect(text).not.toContain(JSON.parse(sealed ?? "").d);
  });

  test("T102: the secret is stored sealed for its row", async () => {
    const { json } = await create({});
    const row = await env.DB.prepare("SELECT client_secret FROM connections WHERE id = ?")
      .bind(json.id)
      .first<string>("client_secret");
    expect(row).not.toContain(SECRET);
    const { sealer } = services().runtime;
    const at = { projectId: project.id, id: json.id };
    expect(await sealer.open(sealPurpose(at, "client_secret"), row ?? "")).toBe(SECRET);
    expect(await sealer.open(sealPurpose({ ...at, id: crypto.randomUUID() }, "client_secret"), row ?? "")).toBeUndefined();
  });

  const unacceptable: [what: string, body: object, field: string][] = [
    ["an organization of nobody", { organization_id: "0190b0b0-0000-7000-8000-000000000000" }, "organization_id"],
    ["an empty organization id", { organization_id: "" }, "organization_id"],
    [
      "no secret for client_secret_post",
      { client_secret: undefined, token_endpoint_auth_method: "client_secret_post" },
      "client_secret",
    ],
    ["an empty secret", { client_secret: "" }, "client_secret"],
    ["a null secret", { client_secret: null }, "client_secret"],
    ["a secret with private_key_jwt", { token_endpoint_auth_method: "private_key_jwt" }, "client_secret"],
    ["T66: an http issuer", { issuer_url: "http://idp.example.com" }, "issuer_url"],
    ["T66: a loopback issuer", { issuer_url: "https://localhost" }, "issuer_url"],
    ["T66: a private address", { issuer_url: "https://10.0.0.1" }, "issuer_url"],
    ["T66: the metadata address", { issuer_url: "https://169.254.169.254" }, "issuer_url"],
    ["T66: another port", { issuer_url: "https://idp.example.com:8443" }, "issuer_url"],
    ["T66: credentials in the issuer", { issuer_url: "https://u:p@idp.example.com" }, "issuer_url"],
    ["an issuer that is no URL", { issuer_url: "idp" }, "issuer_url"],
    ["an issuer of another provider", { provider: "google" }, "issuer_url"],
    [
      "Entra's common issuer",
      { provider: "microsoft", issuer_url: "https://login.microsoftonline.com/common/v2.0" },
      "issuer_url",
    ],
    ["a provider that is not known", { provider: "myspace" }, "provider"],
    ["no issuer", { issuer_url: undefined }, "issuer_url"],
    ["no client", { client_id: undefined }, "client_id"],
    ["an empty client", { client_id: "" }, "client_id"],
    ["a symmetric algorithm", { id_token_signed_response_alg: "HS256" }, "id_token_signed_response_alg"],
    ["no algorithm", { id_token_signed_response_alg: "none" }, "id_token_signed_response_alg"],
    ["a scope with a blank", { scope: ["openid email"] }, "scope"],
    ["a mapping to nothing", { claims_mapping: { email: "" } }, "claims_mapping"],
    ["T61: a mapping of a trait with a dash", { claims_mapping: { "is-admin": "x" } }, "claims_mapping"],
    ["a redirect URI", { redirect_uri: "https://evil.example" }, "redirect_uri"],
    ["a label of line breaks", { label: "a\nb" }, "label"],
  ];
  test.each(unacceptable)("refuses %s", async (_, body, field) => {
    const answer = await create(body);
    expect([answer.status, Object.keys(answer.json.error.details)]).toEqual([422, [field]]);
    expect(answer.text).not.toContain(SECRET);
    expect((await api("GET", path)).json.connections).toEqual([]);
  });

  test("T104: another project's organization is refused like one that does not exist", async () => {
    const theirs = await createOrganization(await createProject());
    const foreign = await create({ organization_id: theirs.id });
    const missing = await create({ organization_id: crypto.randomUUID() });
    expect(foreign.json.error.details).toEqual(missing.json.error.details);
    expect(foreign.status).toBe(422);
  });
});

describe("update", () => {
  test("replaces what is given and counts the revision", async () => {
    const { json } = await create({ organization_id: acme.id });
    const answer = await api("PATCH", `${path}/${json.id}`, { body: { label: "New", claims_mapping: { name: "displayName" } } });
    expect(answer.json).toEqual({
      ...json,
      label: "New",
      claims_mapping: { name: "displayName" },
      revision: 2,
      updated_at: answer.json.updated_at,
    });
    expect(answer.headers.get("ETag")).toBe('"2"');
    const same = await api("PATCH", `${path}/${json.id}`, { body: { label: "New" } });
    expect(same.json.revision).toBe(2);
  });

  const trust: [what: string, body: object, ends: boolean][] = [
    ["T44: a new issuer", { issuer_url: "https://idp-b.test" }, true],
    ["T44: a new client", { client_id: "other" }, true],
    ["a new authentication method", { token_endpoint_auth_method: "client_secret_post" }, true],
    ["a key instead of a secret", { token_endpoint_auth_method: "private_key_jwt" }, true],
    ["a new algorithm", { id_token_signed_response_alg: "ES256" }, true],
    ["T65: disabling", { state: "disabled" }, true],
    ["a new secret", { client_secret: "rotated" }, false],
    ["a new label", { label: "x" }, false],
    ["a new scope", { scope: ["openid"] }, false],
  ];
  test.each(trust)("%s ends the trust of sessions: %o -> %s", async (_, body, ends) => {
    const connection = await createConnection(project, { organizationId: acme.id });
    const person = await putIdentity(project.id, { email: `p@${acme.domains[0]}`, organizationId: acme.id });
    const token = await putSession(project.id, person, connection);
    const alive = async () => (await services().sessions.authenticate(project.id, token)).ok;
    expect(await alive()).toBe(true);
    expect((await api("PATCH", `${path}/${connection.id}`, { body })).status).toBe(200);
    expect(await alive()).toBe(!ends);
  });

  test("T65: sessions do not come back when a connection is enabled again", async () => {
    const connection = await createConnection(project, { organizationId: acme.id });
    const person = await putIdentity(project.id, { email: `p@${acme.domains[0]}`, organizationId: acme.id });
    const token = await putSession(project.id, person, connection);
    await api("PATCH", `${path}/${connection.id}`, { body: { state: "disabled" } });
    await api("PATCH", `${path}/${connection.id}`, { body: { state: "enabled" } });
    expect((await services().sessions.authenticate(project.id, token)).ok).toBe(false);
  });

  test("T35: the pin is shown, forgotten on null and on a new issuer, and cannot be set", async () => {
    const { json } = await create({});
    const pin = () =>
      env.DB.prepare("UPDATE connections SET pinned_token_endpoint = 'https://idp-a.test/token' WHERE id = ?")
        .bind(json.id)
        .run();
    await pin();
    expect((await api("GET", `${path}/${json.id}`)).json.pinned_token_endpoint).toBe("https://idp-a.test/token");
    expect((await api("PATCH", `${path}/${json.id}`, { body: { label: "kept" } })).json.pinned_token_endpoint).not.toBeNull();
    const forgotten = await api("PATCH", `${path}/${json.id}`, { body: { pinned_token_endpoint: null } });
    expect(forgotten.json.pinned_token_endpoint).toBeNull();
    await pin();
    const moved = await api("PATCH", `${path}/${json.id}`, { body: { issuer_url: "https://idp-b.test" } });
    expect(moved.json.pinned_token_endpoint).toBeNull();
    const set = await api("PATCH", `${path}/${json.id}`, { body: { pinned_token_endpoint: "https://evil.example/token" } });
    expect(set.status).toBe(422);
  });

  test("a secret must be given when the method comes to need one", async () => {
    const { json } = await api("POST", path, {
      body: { issuer_url: "https://idp-a.test", client_id: "orgate", token_endpoint_auth_method: "private_key_jwt" },
    });
    const without = await api("PATCH", `${path}/${json.id}`, { body: { token_endpoint_auth_method: "client_secret_basic" } });
    expect([without.status, Object.keys(without.json.error.details)]).toEqual([422, ["client_secret"]]);
    const withSecret = await api("PATCH", `${path}/${json.id}`, {
      body: { token_endpoint_auth_method: "client_secret_basic", client_secret: SECRET },
    });
    expect(withSecret.json).toMatchObject({ has_client_secret: true });
    expect(withSecret.json).not.toHaveProperty("jwks_uri");
    const cleared = await api("PATCH", `${path}/${json.id}`, { body: { client_secret: null } });
    expect(cleared.status).toBe(422);
  });

  test.each(["organization_id", "redirect_uri", "id", "has_client_secret", "revision"])("%s cannot be changed", async (field) => {
    const { json } = await create({ organization_id: acme.id });
    const answer = await api("PATCH", `${path}/${json.id}`, { body: { [field]: "x" } });
    expect([answer.status, Object.keys(answer.json.error.details)]).toEqual([422, [field]]);
  });

  test("T110: simultaneous changes without If-Match all count; with it one is made", async () => {
    const { json } = await create({});
    const both = await Promise.all([
      api("PATCH", `${path}/${json.id}`, { body: { label: "A" } }),
      api("PATCH", `${path}/${json.id}`, { body: { client_id: "B" } }),
    ]);
    expect(both.map((a) => a.status)).toEqual([200, 200]);
    expect((await api("GET", `${path}/${json.id}`)).json).toMatchObject({ label: "A", client_id: "B", revision: 3 });
    const stale = await api("PATCH", `${path}/${json.id}`, { body: { label: "C" }, headers: { "If-Match": '"1"' } });
    expect([stale.status, stale.json.error.id]).toEqual([409, "revision_conflict"]);
  });
});

describe("list and delete", () => {
  test("lists in the order of creation, by organization and by page", async () => {
    const other = await createOrganization(project);
    const made: string[] = [];
    for (const organizationId of [acme.id, null, other.id, acme.id]) {
      made.push((await createConnection(project, { organizationId })).id);
    }
    const ids = (json: { connections: { id: string }[] }) => json.connections.map((c) => c.id);
    expect(ids((await api("GET", path)).json)).toEqual(made);
    expect(ids((await api("GET", `${path}?organization_id=${acme.id}`)).json)).toEqual([made[0], made[3]]);
    const first = (await api("GET", `${path}?organization_id=${acme.id}&page_size=1`)).json;
    expect(ids(first)).toEqual([made[0]]);
    const second = (await api("GET", `${path}?organization_id=${acme.id}&page_size=1&page_token=${first.next_page_token}`)).json;
    expect([ids(second), second.has_next_page]).toEqual([[made[3]], false]);
  });

  test("deleting ends the sessions that rest on it and no others", async () => {
    const [one, two] = [
      await createConnection(project, { organizationId: acme.id }),
      await createConnection(project, { organizationId: acme.id }),
    ];
    const social = await createConnection(project);
    const person = await putIdentity(project.id, { email: `p@${acme.domains[0]}`, organizationId: acme.id });
    const guest = await putIdentity(project.id, { email: "g@elsewhere.example" });
    await putSession(project.id, person, one);
    const kept = await putSession(project.id, person, two);
    await putSession(project.id, guest, social);
    const count = () => env.DB.prepare("SELECT count(*) AS n FROM sessions WHERE project_id = ?").bind(project.id).first("n");
    expect((await api("DELETE", `${path}/${one.id}`)).status).toBe(204);
    expect(await count()).toBe(2);
    expect((await services().sessions.authenticate(project.id, kept)).ok).toBe(true);
    expect((await api("DELETE", `${path}/${social.id}`)).status).toBe(204);
    expect(await count()).toBe(1);
    expect((await api("DELETE", `${path}/${one.id}`)).status).toBe(404);
  });

  test("a change marks the organization's domains for the index", async () => {
    const revision = () =>
      env.DB.prepare("SELECT index_revision FROM projects WHERE id = ?").bind(project.id).first<number>("index_revision");
    const before = (await revision()) ?? 0;
    const { json } = await create({ organization_id: acme.id });
    await api("PATCH", `${path}/${json.id}`, { body: { state: "disabled" } });
    await api("DELETE", `${path}/${json.id}`);
    expect(await revision()).toBe(before + 3);
  });
});

test("T101: the secret is in no answer, no event and no error", async () => {
  const { json, text } = await create({ organization_id: acme.id });
  const answers = [
    text,
    (await api("GET", `${path}/${json.id}`)).text,
    (await api("GET", path)).text,
    (await api("PATCH", `${path}/${json.id}`, { body: { client_secret: `${SECRET}-2`, label: "x" } })).text,
    (await api("PATCH", `${path}/${json.id}`, { body: { client_secret: `${SECRET}\n` } })).text,
    (await api("PATCH", `${path}/${json.id}`, { body: { client_secret: { [SECRET]: SECRET } } })).text,
    (await api("GET", `/projects/${project.id}/events`)).text,
  ];
  for (const answer of answers) expect(answer).not.toContain(SECRET);
  expect(answers.at(-1)).toContain("connection.updated");
});

describe("check", () => {
  test("reports the steps, records an event, and may be repeated after five seconds", async () => {
    const fetched = vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response("no", { status: 404 }));
    const { json } = await create({ organization_id: acme.id, issuer_url: "https://down.idp-a.test" });
    const answer = await api("POST", `${path}/${json.id}/check`);
    expect(answer.status).toBe(200);
    expect(answer.json.steps[0]).toMatchObject({ step: "discovery", result: "failed" });
    expect(answer.text).not.toContain(SECRET);
    const sent = fetched.mock.calls.length;
    expect(sent).toBeGreaterThan(0);
    const again = await api("POST", `${path}/${json.id}/check`);
    expect(fetched.mock.calls.length).toBe(sent);
    fetched.mockRestore();
    expect([again.status, again.json.error.id]).toEqual([429, "check_rate_limited"]);
    expect(Number(again.headers.get("Retry-After"))).toBeGreaterThan(0);
    const { events } = (await api("GET", `/projects/${project.id}/events?type=connection.checked`)).json;
    expect(events).toMatchObject([{ connection_id: json.id, organization_id: acme.id, reason: answer.json.steps[0].reason }]);
  });
});

describe("routing", () => {
  const route = (email: string) => api("GET", `/projects/${project.id}/routing?email=${encodeURIComponent(email)}`);

  test("tells the decision and its reasons", async () => {
    const address = `ada@${acme.domains[0]}`;
    expect((await route(address)).json).toEqual({
      decision: "blocked",
      reasons: ["domain_claimed", "no_connection"],
      domain: acme.domains[0],
      organization_id: acme.id,
      connections: [],
    });
    const connection = await createConnection(project, { organizationId: acme.id, label: "Okta" });
    expect((await route(address.toUpperCase())).json).toEqual({
      decision: "sso",
      reasons: ["domain_claimed"],
      domain: acme.domains[0],
      organization_id: acme.id,
      connections: [{ id: connection.id, label: "Okta" }],
    });
    expect((await route(`ada@sub.${acme.domains[0]}`)).json).toEqual({
      decision: "local",
      reasons: ["domain_not_claimed", "password_login_enabled"],
      domain: `sub.${acme.domains[0]}`,
      connections: [],
    });
  });

  test.each(["", "ada", "a@b@c.example", "a@localhost"])("%j is a 422 naming email", async (email) => {
    const answer = await route(email);
    expect([answer.status, Object.keys(answer.json.error.details)]).toEqual([422, ["email"]]);
  });
});
