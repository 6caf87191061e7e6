// The admin API's identities: over HTTP, on real rows, with the keys that open it.

import { env } from "cloudflare:workers";
import { Configuration, IdentityApi, IdentityFromJSON } from "@ory/client-fetch";
import { beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { hashPassword, verifyPassword } from "../../src/crypto/passwords.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import { oidcCredentials, operatorAccess, passwordCredentials } from "../../src/storage/schema.ts";
import { countingEnv } from "../support/counting.ts";
import { database, putIdentity, putOrganization, putProject } from "../support/rows.ts";
import { putApiKey, signIn } from "../support/signed-in.ts";

const ORIGIN = "http://localhost:8787";
const ROOT = { Authorization: `Bearer ${env.ROOT_KEY}` };
const PASSWORD = "a long and unusual password";
const app = createApp();

let project: Project;
let key: Record<string, string>;
let serial = 0;

beforeAll(async () => {
  project = await putProject({ slug: "demo" });
  key = (await putApiKey(project.id)).bearer;
});

function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = key): Promise<Response> {
  const init =
    body === undefined
      ? { headers }
      : { headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return Promise.resolve(app.request(`${ORIGIN}${path}`, { method, ...init }, env));
}

const address = (domain = "personal.example") => `p${++serial}@${domain}`;
const create = (body: object) => ask("POST", "/admin/identities", { schema_id: "default", ...body });

async function created(body: object): Promise<{ id: string } & Record<string, unknown>> {
  const response = await create(body);
  expect(response.status, await response.clone().text()).toBe(201);
  return await response.json();
}

/** The fields of a 422, and that it is one. */
async function problems(response: Response): Promise<Record<string, { code: string; path: string }>> {
  expect(response.status, await response.clone().text()).toBe(422);
  return (await response.json<{ error: { details: Record<string, { code: string; path: string }> } }>()).error.details;
}

async function read(id: string): Promise<Record<string, unknown>> {
  return await (await ask("GET", `/admin/identities/${id}`)).json();
}

async function rows(table: string, identityId: string): Promise<number> {
  const column = table === "operator_access" ? "operator_id" : "identity_id";
  const row = await env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE ${column} = ?`)
    .bind(identityId)
    .first<{ n: number }>();
  return row?.n ?? -1;
}

async function eventTypes(identityId: string): Promise<unknown[]> {
  const found = await env.DB.prepare("SELECT type, details FROM events WHERE identity_id = ? ORDER BY id")
    .bind(identityId)
    .all<{ type: string; details: string }>();
  return found.results.map((row) => [row.type, JSON.parse(row.details)]);
}

/** A member of an organization of its own, with an SSO credential and a session. */
async function member() {
  const domain = `${crypto.randomUUID()}.test`;
  const organization = await putOrganization(project.id, [domain]);
  const identity = await putIdentity(project.id, address(domain), { organizationId: organization.id });
  await database.commit([
    database.query.insert(oidcCredentials).values({
      projectId: project.id,
      organizationKey: organization.id,
      organizationId: organization.id,
      issuer: "https://idp-a.test",
      subject: identity.id,
      identityId: identity.id,
      createdAt: 1,
    }),
  ]);
  return { domain, organization, identity, session: await signIn(identity, { organizationId: organization.id }) };
}

describe("who may", () => {
  test("the root key and a key of this project", async () => {
    expect((await ask("GET", "/admin/identities", undefined, ROOT)).status).toBe(200);
    expect((await ask("GET", "/admin/identities")).status).toBe(200);
  });

  const paths: [string, string][] = [
    ["GET", "/admin/identities"],
    ["POST", "/admin/identities"],
    ["GET", "/admin/identities/{id}"],
    ["PUT", "/admin/identities/{id}"],
    ["PATCH", "/admin/identities/{id}"],
    ["DELETE", "/admin/identities/{id}"],
    ["GET", "/admin/identities/{id}/sessions"],
    ["DELETE", "/admin/identities/{id}/sessions"],
    ["GET", "/admin/sessions"],
    ["GET", "/admin/sessions/{session}"],
    ["DELETE", "/admin/sessions/{session}"],
  ];

  test.each(paths)(
    "%s %s: no key, a wrong key, a cookie and a session token are 401; another project's key is 404 (T81, T104)",
    async (method, path) => {
      const { identity, session } = await member();
      const other = await putApiKey((await putProject()).id);
      const target = path.replace("{id}", identity.id).replace("{session}", session.session.id);
      const refused: [Record<string, string>, number][] = [
        [{}, 401],
        [{ Authorization: "Bearer orgate_pk_nonsense" }, 401],
        [{ Authorization: `Basic ${btoa(`x:${env.ROOT_KEY}`)}` }, 401],
        [{ Cookie: `ory_session_demo=${session.token}; ory_session_ory=${session.token}` }, 401],
        [{ Authorization: `Bearer ${session.token}` }, 401],
        [other.bearer, 404],
      ];
      for (const [headers, status] of refused) {
        const response = await ask(method, target, method === "GET" || method === "DELETE" ? undefined : {}, headers);
        expect(response.status).toBe(status);
        expect(await response.text()).not.toContain(identity.id);
      }
      expect((await ask("GET", `/admin/sessions/${session.session.id}`)).status).toBe(200);
    },
  );

  test.each(paths.filter(([, path]) => path.includes("{")))(
    "%s %s: another project's id is like a missing one (T104)",
    async (method, path) => {
      const elsewhere = await putProject();
      const identity = await putIdentity(elsewhere.id, null);
      const { session } = await signIn(identity);
      const body = method === "PUT" ? { schema_id: "default", state: "active", traits: {} } : method === "PATCH" ? [] : undefined;
      for (const headers of [key, ROOT]) {
        const theirs = path.replace("{id}", identity.id).replace("{session}", session.id);
        const missing = path.replace("{id}", crypto.randomUUID()).replace("{session}", crypto.randomUUID());
        const [a, b] = [await ask(method, theirs, body, headers), await ask(method, missing, body, headers)];
        expect([a.status, b.status]).toEqual([404, 404]);
        const envelope = (text: string) => text.replaceAll(/"request":"[^"]+"/g, "");
        expect(envelope(await a.text())).toBe(envelope(await b.text()));
      }
      expect(await rows("sessions", identity.id)).toBe(1);
    },
  );

  test("an operator's console session opens the management API but not this one (T81)", async () => {
    const console = await putProject({ slug: "console" });
    const operator = await putIdentity(console.id, "op@personal.example");
    const row = { projectId: console.id, operatorProjectId: console.id, operatorId: operator.id, createdAt: 1 };
    await database.commit([database.query.insert(operatorAccess).values({ ...row, role: "owner" })]);
    const cookie = { Cookie: `ory_session_ory=${(await signIn(operator)).token}` };
    expect((await ask("GET", "/projects", undefined, cookie)).status).toBe(200);
    expect((await ask("GET", "/admin/identities", undefined, cookie)).status).toBe(401);
  });

  test("bodies are application/json of at most 64 KiB (T81)", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/csp-report", "application/jsonp"]) {
      const init = { method: "POST", headers: { ...key, "Content-Type": type }, body: '{"traits":{}}' };
      expect((await app.request(`${ORIGIN}/admin/identities`, init, env)).status).toBe(415);
    }
    expect((await create({ traits: { name: "x".repeat(70_000) } })).status).toBe(413);
  });
});

describe("creating", () => {
  test("answers Ory's identity object with metadata_admin, and reads the same afterwards", async () => {
    const email = address();
    const body = await created({
      traits: { email: ` ${email.toUpperCase()} `, name: "Pat" },
      metadata_public: { plan: "pro" },
      metadata_admin: { risk: 1 },
      verifiable_addresses: [{ value: ` ${email.toUpperCase()} `, verified: true, via: "email", status: "completed" }],
    });
    expect(body).toMatchObject({
      schema_id: "default",
      schema_url: `${ORIGIN}/schemas/default`,
      state: "active",
      traits: { email: email.toUpperCase(), name: "Pat" },
      metadata_public: { plan: "pro" },
      metadata_admin: { risk: 1 },
      organization_id: null,
      verifiable_addresses: [{ value: email, verified: true, status: "completed", via: "email" }],
    });
    expect(IdentityFromJSON(body).created_at).toBeInstanceOf(Date);
    expect(await read(body.id)).toEqual({ ...body, credentials: {} });
    expect(await eventTypes(body.id)).toEqual([["identity.created", {}]]);
  });

  test("pre-provisions a member: address under the organization's domain, or no address", async () => {
    const { organization, domain } = await member();
    expect(await created({ organization_id: organization.id, traits: { email: address(domain) } })).toMatchObject({
      organization_id: organization.id,
    });
    expect(await created({ organization_id: organization.id, traits: { name: "No Mail" } })).toMatchObject({
      verifiable_addresses: [],
    });
  });

  test("a taken address is 409 and names the field, whatever its spelling", async () => {
    const email = address();
    await created({ traits: { email } });
    const response = await create({ traits: { email: email.toUpperCase() } });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ error: { id: "email_taken", details: { traits: { path: "traits.email" } } } });
    const other = await putProject({ slug: `p${crypto.randomUUID().slice(0, 8)}` });
    const init = {
      method: "POST",
      headers: { ...ROOT, "Content-Type": "application/json" },
      body: JSON.stringify({ traits: { email } }),
    };
    expect((await app.request(`http://${other.slug}.localhost:8787/admin/identities`, init, env)).status).toBe(201);
  });

  test.each<[string, object, string, string]>([
    ["an unknown schema", { schema_id: "other", traits: {} }, "schema_id", "unknown_schema"],
    ["no traits", {}, "traits", "required"],
    ["an e-mail that is none", { traits: { email: "nobody" } }, "traits", "at_sign_missing"],
    ["a trait that is no string", { traits: { name: { first: "A" } } }, "traits", "not_a_string"],
    ["a trait with a strange name", { traits: { "a b": "x" } }, "traits", "name_invalid"],
    ["a name with controls", { traits: { name: "a\u0000b" } }, "traits", "forbidden_character"],
    ["metadata that is no object", { traits: {}, metadata_public: "x" }, "metadata_public", "invalid_type"],
    ["an organization that is not there", { traits: {}, organization_id: crypto.randomUUID() }, "organization_id", "not_found"],
    ["an organization id that is none", { traits: {}, organization_id: "x" }, "organization_id", "invalid_format"],
    [
      "a password without an address",
      { traits: {}, credentials: { password: { config: { password: PASSWORD } } } },
      "credentials",
      "email_missing",
    ],
    [
      "a password given twice",
      { traits: {}, credentials: { password: { config: { password: "x", hashed_password: "y" } } } },
      "credentials",
      "ambiguous",
    ],
    [
      "a verified address that is another one",
      { traits: {}, verifiable_addresses: [{ value: "x@y.test", verified: true }] },
      "verifiable_addresses",
      "not_the_email",
    ],
    ["an id", { traits: {}, id: crypto.randomUUID() }, "id", "unknown_field"],
    ["a project", { traits: {}, project_id: crypto.randomUUID() }, "project_id", "unknown_field"],
    ["a verification flag (T62, CVE-2026-27946)", { traits: {}, email_verified: true }, "email_verified", "unknown_field"],
    [
      "SSO credentials (T62)",
      { traits: {}, credentials: { oidc: { config: { providers: [] } } } },
      "credentials",
      "unknown_field",
    ],
    ["a password hash field (T62)", { traits: {}, password_hash: "x" }, "password_hash", "unknown_field"],
  ])("%s is 422 and names the field", async (_, body, field, code) => {
    expect(await problems(await create(body))).toMatchObject({ [field]: { code } });
  });

  test("__proto__ is no trait (T61, T109)", async () => {
    const init = {
      method: "POST",
      headers: { ...key, "Content-Type": "application/json" },
      body: '{"traits":{"__proto__":{"role":"owner"}}}',
    };
    expect((await app.request(`${ORIGIN}/admin/identities`, init, env)).status).toBe(422);
  });
});

describe("passwords go through the gate (T54, T97)", () => {
  const withPassword = (email: string, config: object) => ({ traits: { email }, credentials: { password: { config } } });

  test("a password is stored as a hash and never read back", async () => {
    const { id } = await created(withPassword(address(), { password: PASSWORD }));
    const row = await database.read(database.query.select().from(passwordCredentials));
    expect(await verifyPassword(row.find((r) => r.identityId === id)?.hash, PASSWORD)).toBe(true);
    const text = JSON.stringify(await read(id));
    expect(text).toContain('"type":"password"');
    expect(text).not.toContain("scrypt");
    expect(text).not.toContain(PASSWORD);
  });

  test("a hash made elsewhere works", async () => {
    const { id } = await created(withPassword(address(), { hashed_password: await hashPassword(PASSWORD) }));
    expect(await rows("password_credentials", id)).toBe(1);
  });

  test.each([
    ["bcrypt", "$2b$12$abcdefghijklmnopqrstuuRKt0Gg2kKk0vXbM1XoC2Dk1sC3d1mKe"],
    ["PBKDF2", "$pbkdf2-sha256$i=600000,l=32$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo"],
    ["plain text", PASSWORD],
    ["scrypt of excessive cost", "$scrypt$ln=20,r=8,p=5$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo"],
    ["scrypt of excessive memory", "$scrypt$ln=17,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo"],
    ["scrypt of no cost", "$scrypt$ln=1,r=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo"],
  ])("an imported hash by %s is refused and not echoed (T97)", async (_, hashed_password) => {
    const response = await create(withPassword(address(), { hashed_password }));
    expect(await response.clone().text()).not.toContain(hashed_password);
    expect(await problems(response)).toMatchObject({ credentials: { code: "hash_not_supported" } });
  });

  test("a weak password is refused", async () => {
    expect(await problems(await create(withPassword(address(), { password: "password1" })))).toMatchObject({
      credentials: { code: "password_common" },
    });
  });

  test.each(["create with password", "create with hash", "set by PUT"])(
    "%s: an organization's address takes none (T54)",
    async (door) => {
      const { organization, domain, identity } = await member();
      const config = door === "create with hash" ? { hashed_password: await hashPassword(PASSWORD) } : { password: PASSWORD };
      const credentials = { password: { config } };
      const response =
        door === "set by PUT"
          ? await ask("PUT", `/admin/identities/${identity.id}`, {
              schema_id: "default",
              state: "active",
              traits: identity.traits,
              credentials,
            })
          : await create({ traits: { email: address(domain) }, organization_id: organization.id, credentials });
      expect(await problems(response)).toMatchObject({ credentials: { code: "sso_required" } });
      expect(await rows("password_credentials", identity.id)).toBe(0);
    },
  );

  test("a local account whose domain was claimed since takes none either", async () => {
    const domain = `${crypto.randomUUID()}.test`;
    const identity = await putIdentity(project.id, address(domain));
    await putOrganization(project.id, [domain]);
    const body = {
      schema_id: "default",
      state: "active",
      traits: identity.traits,
      credentials: { password: { config: { password: PASSWORD } } },
    };
    expect(await problems(await ask("PUT", `/admin/identities/${identity.id}`, body))).toMatchObject({
      credentials: { code: "sso_required" },
    });
  });

  test("a new password ends all sessions (T90)", async () => {
    const { id, traits } = await created(withPassword(address(), { password: PASSWORD }));
    await signIn(await putIdentity(project.id, null));
    const identity = { projectId: project.id, id } as Parameters<typeof signIn>[0];
    await signIn(identity);
    const body = {
      schema_id: "default",
      state: "active",
      traits,
      credentials: { password: { config: { password: `${PASSWORD}!` } } },
    };
    expect((await ask("PUT", `/admin/identities/${id}`, body)).status).toBe(200);
    expect(await rows("sessions", id)).toBe(0);
    expect(await eventTypes(id)).toEqual([
      ["identity.created", {}],
      ["identity.updated", { changed: ["password"] }],
    ]);
  });
});

describe("an address belongs where its domain belongs (T54)", () => {
  const put = (id: string, traits: object, more: object = {}) =>
    ask("PUT", `/admin/identities/${id}`, { schema_id: "default", state: "active", traits, ...more });

  test("no identity outside gets an address under an organization's domain: not at creation, not by PUT, not by PATCH", async () => {
    const { domain } = await member();
    const { id, traits } = await created({ traits: { email: address() } });
    const email = address(domain);
    expect(await problems(await create({ traits: { email } }))).toMatchObject({ traits: { code: "sso_required" } });
    expect(await problems(await put(id, { email }))).toMatchObject({ traits: { code: "sso_required" } });
    const patch = [{ op: "replace", path: "/traits/email", value: email }];
    expect(await problems(await ask("PATCH", `/admin/identities/${id}`, patch))).toMatchObject({
      traits: { code: "sso_required" },
    });
    expect(await read(id)).toMatchObject({ traits });
  });

  test("a member's address stays under its own organization's domains", async () => {
    const [here, there] = [await member(), await member()];
    for (const domain of [there.domain, "personal.example"]) {
      const response = await put(here.identity.id, { email: address(domain) });
      expect(await problems(response)).toMatchObject({ organization_id: { code: "email_outside_organization" } });
    }
    expect((await put(here.identity.id, { email: address(here.domain) })).status).toBe(200);
  });

  test("a changed address is canonical and not verified until somebody says so", async () => {
    const { id } = await created({ traits: { email: address() }, verifiable_addresses: [] });
    const email = address();
    expect(await (await put(id, { email: email.toUpperCase() })).json()).toMatchObject({
      verifiable_addresses: [{ value: email, verified: false }],
    });
    expect((await create({ traits: { email } })).status).toBe(409);
    expect((await put(id, { email: "broken" })).status).toBe(422);
  });

  test("a taken address is 409 for a change, too, and changes nothing", async () => {
    const taken = address();
    await created({ traits: { email: taken } });
    const { id, traits } = await created({ traits: { email: address() } });
    expect((await put(id, { email: taken })).status).toBe(409);
    expect(await read(id)).toMatchObject({ traits });
  });

  test("a domain that is claimed between reading and committing undoes the change", async () => {
    const domain = `${crypto.randomUUID()}.test`;
    const counted = countingEnv(env);
    const original = counted.env.DB.batch.bind(counted.env.DB);
    counted.env.DB.batch = async (statements) => {
      if (statements.length > 2) await putOrganization(project.id, [domain]);
      return await original(statements);
    };
    const init = {
      method: "POST",
      headers: { ...key, "Content-Type": "application/json" },
      body: JSON.stringify({ traits: { email: address(domain) }, credentials: { password: { config: { password: PASSWORD } } } }),
    };
    expect((await app.request(`${ORIGIN}/admin/identities`, init, counted.env)).status).toBe(409);
    const left = await env.DB.prepare("SELECT count(*) AS n FROM identities WHERE email_domain = ?").bind(domain).first();
    expect(left).toEqual({ n: 0 });
  });
});

describe("changing", () => {
  const patch = (id: string, ...operations: object[]) => ask("PATCH", `/admin/identities/${id}`, operations);

  test("PUT replaces traits and state and leaves metadata that it does not name", async () => {
    const { id } = await created({ traits: { email: address(), name: "A" }, metadata_admin: { a: 1 } });
    const response = await ask("PUT", `/admin/identities/${id}`, {
      schema_id: "default",
      state: "inactive",
      traits: { name: "B" },
    });
    expect(await response.json()).toMatchObject({
      state: "inactive",
      traits: { name: "B" },
      verifiable_addresses: [],
      metadata_admin: { a: 1 },
    });
    expect(await eventTypes(id)).toEqual([
      ["identity.created", {}],
      ["identity.updated", { changed: ["traits", "state"] }],
    ]);
  });

  test("PUT does not know organization_id (T62)", async () => {
    const { id } = await created({ traits: {} });
    const { organization } = await member();
    const body = { schema_id: "default", state: "active", traits: {}, organization_id: organization.id };
    expect(await problems(await ask("PUT", `/admin/identities/${id}`, body))).toMatchObject({
      organization_id: { code: "unknown_field" },
    });
  });

  test("a change that changes nothing leaves no event and no new time", async () => {
    const { id, updated_at } = await created({ traits: { name: "A" } });
    expect(await (await patch(id, { op: "replace", path: "/traits/name", value: "A" })).json()).toMatchObject({ updated_at });
    expect(await eventTypes(id)).toHaveLength(1);
  });

  test("deactivation ends the sessions in the same commit (T65)", async () => {
    const { identity, session } = await member();
    expect((await patch(identity.id, { op: "replace", path: "/state", value: "inactive" })).status).toBe(200);
    expect(await rows("sessions", identity.id)).toBe(0);
    await patch(identity.id, { op: "replace", path: "/state", value: "active" });
    expect((await ask("GET", "/sessions/whoami", undefined, session.native)).status).toBe(401);
  });

  test("a change of organization ends sessions and takes credentials away (T44, T46)", async () => {
    const { identity, domain } = await member();
    const home = await putOrganization(project.id, []);
    expect(await problems(await patch(identity.id, { op: "replace", path: "/organization_id", value: home.id }))).toMatchObject({
      organization_id: { code: "email_outside_organization" },
    });
    const moved = await patch(
      identity.id,
      { op: "replace", path: "/organization_id", value: null },
      { op: "replace", path: "/traits/email", value: address() },
    );
    expect(await moved.json()).toMatchObject({ organization_id: null });
    expect([await rows("sessions", identity.id), await rows("oidc_credentials", identity.id)]).toEqual([0, 0]);
    expect(
      await problems(await patch(identity.id, { op: "replace", path: "/traits/email", value: address(domain) })),
    ).toMatchObject({
      traits: { code: "sso_required" },
    });
  });

  test("moving a local account into its domain's organization destroys its password (T46)", async () => {
    const domain = `${crypto.randomUUID()}.test`;
    const { id } = await created({
      traits: { email: address(domain) },
      credentials: { password: { config: { password: PASSWORD } } },
    });
    const organization = await putOrganization(project.id, [domain]);
    expect((await patch(id, { op: "add", path: "/organization_id", value: organization.id })).status).toBe(200);
    expect(await rows("password_credentials", id)).toBe(0);
  });

  test.each<[string, object]>([
    ["/id", { op: "replace", path: "/id", value: crypto.randomUUID() }],
    ["/credentials", { op: "remove", path: "/credentials" }],
    ["/credentials/oidc/…", { op: "add", path: "/credentials/oidc/config/providers/-", value: {} }],
    ["/credentials/password/…", { op: "add", path: "/credentials/password/config/hashed_password", value: "x" }],
    ["/stateChangedAt", { op: "add", path: "/stateChangedAt", value: "x" }],
    ["/project_id", { op: "add", path: "/project_id", value: "x" }],
    ["/verifiable_addresses", { op: "replace", path: "/verifiable_addresses/0/verified", value: true }],
    ["/created_at", { op: "replace", path: "/created_at", value: 1 }],
    ["the whole document", { op: "replace", path: "/", value: {} }],
    ["a prototype", { op: "add", path: "/traits/__proto__/x", value: "y" }],
    ["a prototype through constructor", { op: "add", path: "/metadata_public/constructor/prototype/x", value: "y" }],
    ["a copy out of a denied place", { op: "copy", from: "/credentials", path: "/metadata_public" }],
    ["an escaped way around", { op: "replace", path: "/~1id", value: "x" }],
  ])("a patch of %s is denied (T62)", async (_, operation) => {
    const { identity } = await member();
    const details = await problems(await patch(identity.id, { op: "replace", path: "/state", value: "inactive" }, operation));
    expect(Object.values(details)[0]).toMatchObject({ code: "path_denied" });
    expect(await read(identity.id)).toMatchObject({ id: identity.id, state: "active" });
    expect("y" in {}).toBe(false);
  });

  test.each<[string, object, number]>([
    ["a path that is not there", { op: "remove", path: "/traits/missing" }, 422],
    ["an unknown operation", { op: "merge", path: "/traits" }, 422],
    ["a path that is no pointer", { op: "remove", path: "traits" }, 422],
    ["a failed test", { op: "test", path: "/state", value: "inactive" }, 409],
    ["a result that is no identity", { op: "replace", path: "/traits", value: [] }, 422],
    ["a state that does not exist", { op: "replace", path: "/state", value: "root" }, 422],
    ["an operation with surplus fields", { op: "remove", path: "/traits/name", extra: 1 }, 422],
  ])("%s gives an error and changes nothing", async (_, operation, status) => {
    const { id } = await created({ traits: { name: "A" } });
    expect((await patch(id, { op: "replace", path: "/traits/name", value: "B" }, operation)).status).toBe(status);
    expect(await read(id)).toMatchObject({ traits: { name: "A" } });
  });

  test("parallel patches all count: none overwrites another", async () => {
    const { id } = await created({ traits: {} });
    const names = ["a", "b", "c"];
    const results = await Promise.all(names.map((name) => patch(id, { op: "add", path: `/traits/${name}`, value: name })));
    const kept = names.filter((_, index) => results[index]?.status === 200);
    expect(kept.length).toBeGreaterThan(0);
    expect(Object.keys((await read(id))["traits"] as object).sort()).toEqual(kept);
  });
});

test("deleting takes sessions, credentials and operator rights along, and frees the address (T65, GHSA-2vg6-77g8-24mp)", async () => {
  const { identity } = await member();
  await database.commit([
    database.query
      .insert(passwordCredentials)
      .values({ projectId: project.id, identityId: identity.id, hash: "x", createdAt: 1, updatedAt: 1 }),
    database.query
      .insert(operatorAccess)
      .values({ projectId: project.id, operatorProjectId: project.id, operatorId: identity.id, role: "viewer", createdAt: 1 }),
  ]);
  expect((await ask("DELETE", `/admin/identities/${identity.id}`)).status).toBe(204);
  for (const table of ["sessions", "password_credentials", "oidc_credentials", "operator_access"]) {
    expect(await rows(table, identity.id), table).toBe(0);
  }
  expect((await ask("GET", `/admin/identities/${identity.id}`)).status).toBe(404);
  expect((await ask("DELETE", `/admin/identities/${identity.id}`)).status).toBe(404);
  expect(await eventTypes(identity.id)).toEqual([["identity.deleted", {}]]);
});

describe("listing", () => {
  let listed: Project;
  const at = (path: string) => app.request(`http://${listed.slug}.localhost:8787${path}`, { headers: ROOT }, env);
  const ids = async (path: string) => (await (await at(path)).json<{ id: string }[]>()).map((identity) => identity.id);

  beforeAll(async () => {
    listed = await putProject({ slug: "listed" });
  });

  test("leads through all identities by the Link header, in one D1 round trip a page", async () => {
    const all: string[] = [];
    for (let n = 0; n < 5; n++) all.push((await putIdentity(listed.id, null)).id);
    const seen: string[] = [];
    let path: string | undefined = "/admin/identities?page_size=2";
    while (path) {
      const response = await at(path);
      seen.push(...(await response.json<{ id: string }[]>()).map((identity) => identity.id));
      const link = response.headers.get("Link") ?? "";
      expect(link).toMatch(/<\/admin\/identities\?page_size=2>; rel="first"/);
      path = /<([^>]+)>; rel="next"/.exec(link)?.[1];
    }
    expect(seen).toEqual(all);
    const counted = countingEnv(env);
    const list = () => app.request(`http://listed.localhost:8787/admin/identities`, { headers: ROOT }, counted.env);
    await list();
    counted.reset();
    await list();
    expect(counted.d1.roundTrips).toBe(1);
  });

  test("filters by organization, by address in any spelling, or by ids, one at a time", async () => {
    const organization = await putOrganization(listed.id, ["listed.test"]);
    const ada = await putIdentity(listed.id, "ada@listed.test", { organizationId: organization.id });
    const pat = await putIdentity(listed.id, "pat@personal.example");
    expect(await ids(`/admin/identities?organization_id=${organization.id}`)).toEqual([ada.id]);
    expect(await ids("/admin/identities?credentials_identifier=PAT@Personal.Example")).toEqual([pat.id]);
    expect(await ids("/admin/identities?credentials_identifier=nobody")).toEqual([]);
    expect(await ids(`/admin/identities?ids=${ada.id}&ids=${pat.id}`)).toEqual([ada.id, pat.id]);
    expect(await ids(`/admin/identities?ids=${ada.id}`)).toEqual([ada.id]);
    expect((await at(`/admin/identities?organization_id=x`)).status).toBe(422);
    expect((await at(`/admin/identities?organization_id=${organization.id}&ids=${ada.id}`)).status).toBe(422);
    expect(await ids(`/admin/identities?organization_id=${(await putOrganization(project.id, [])).id}`)).toEqual([]);
  });

  test("finds the beginning of an address, in the order of addresses, page by page", async () => {
    const found = await putProject({ slug: "similar" });
    const here = (path: string) => app.request(`http://similar.localhost:8787${path}`, { headers: ROOT }, env);
    for (const name of ["zoe", "ada.b", "ada.a", "ada", "adb"]) await putIdentity(found.id, `${name}@x.example`);
    await putIdentity(project.id, "ada.elsewhere@x.example");
    const seen: string[] = [];
    let path: string | undefined = "/admin/identities?preview_credentials_identifier_similar=ADA&page_size=2";
    while (path) {
      const response: Response = await here(path);
      expect(response.status).toBe(200);
      seen.push(...(await response.json<{ traits: { email: string } }[]>()).map((identity) => identity.traits.email));
      path = /<([^>]+)>; rel="next"/.exec(response.headers.get("Link") ?? "")?.[1];
    }
    expect(seen).toEqual(["ada.a@x.example", "ada.b@x.example", "ada@x.example"]);
    const both = await here("/admin/identities?preview_credentials_identifier_similar=a&credentials_identifier=a");
    expect(both.status).toBe(422);
  });

  test("refuses page sizes out of range and tokens of another list or project", async () => {
    for (const size of ["0", "1001", "x", "-1"]) expect((await at(`/admin/identities?page_size=${size}`)).status).toBe(422);
    const link = (await ask("GET", "/admin/identities?page_size=1")).headers.get("Link") ?? "";
    const foreign = /page_token=([^&>]+)>; rel="next"/.exec(link)?.[1];
    expect(foreign).toBeDefined();
    expect((await at(`/admin/identities?page_token=${foreign}`)).status).toBe(422);
    expect((await at(`/admin/sessions?page_token=${foreign}`)).status).toBe(422);
  });
});

test("the unmodified IdentityApi of @ory/client-fetch creates, reads, lists, changes and deletes", async () => {
  const client = new IdentityApi(
    new Configuration({
      basePath: ORIGIN,
      accessToken: env.ROOT_KEY,
      fetchApi: (url: string, init: RequestInit) => Promise.resolve(app.request(url, init, env)),
    }),
  );
  const { organization, domain } = await member();
  const email = address(domain);
  const made = await client.createIdentity({
    createIdentityBody: { schema_id: "default", traits: { email, name: "Ada" }, organization_id: organization.id },
  });
  expect(made.organization_id).toBe(organization.id);
  expect((await client.listIdentities({ credentialsIdentifier: email })).map((i) => i.id)).toEqual([made.id]);
  expect((await client.listIdentities({ organizationId: organization.id, pageSize: 10 })).length).toBe(2);
  const put = await client.updateIdentity({
    id: made.id,
    updateIdentityBody: { schema_id: "default", state: "inactive", traits: { email, name: "Ada L" } },
  });
  expect(put.state).toBe("inactive");
  const patched = await client.patchIdentity({ id: made.id, jsonPatch: [{ op: "replace", path: "/state", value: "active" }] });
  expect(patched.state).toBe("active");
  expect((await client.getIdentity({ id: made.id })).traits).toEqual({ email, name: "Ada L" });
  await client.deleteIdentitySessions({ id: made.id });
  await client.deleteIdentity({ id: made.id });
  await expect(client.getIdentity({ id: made.id })).rejects.toMatchObject({ response: { status: 404 } });
});

test("every operation stands in /openapi.json", async () => {
  const document = await (await app.request(`${ORIGIN}/openapi.json`, {}, env)).json<{ paths: Record<string, object> }>();
  expect(Object.keys(document.paths["/admin/identities"] ?? {}).sort()).toEqual(["get", "post"]);
  expect(Object.keys(document.paths["/admin/identities/{id}"] ?? {}).sort()).toEqual(["delete", "get", "patch", "put"]);
  expect(document.paths).toHaveProperty("/admin/sessions/{id}");
});
