// Sessions as JWTs: what a template says, what is in the token, how long it lives, and who gets none.

import { env } from "cloudflare:workers";
import { createRemoteJWKSet, customFetch, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import type { Connection } from "../../src/domain/connections/connection.ts";
import type { Identity } from "../../src/domain/identities/identity.ts";
import type { Organization } from "../../src/domain/organizations/organization.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import { createSessionTokenService } from "../../src/domain/session-tokens/service.ts";
import type { Write } from "../../src/storage/database.ts";
import { countingEnv } from "../support/counting.ts";
import { api } from "../support/management.ts";
import { putIdentity } from "../support/rows.ts";
import { createConnection, createOrganization, createProject, services, systemContext } from "../support/seed.ts";
import { signIn } from "../support/signed-in.ts";
import { createVisitor } from "../support/visitor.ts";

let project: Project;
let origin: string;
let organization: Organization;
let connection: Connection;
let ada: Identity;
let token: string;
let sessionId: string;

beforeAll(async () => {
  project = await createProject();
  origin = `http://${project.slug}.localhost:8787`;
  organization = await createOrganization(project, { domains: ["acme.example"] });
  connection = await createConnection(project, { organizationId: organization.id });
  ada = await putIdentity(project.id, "ada@acme.example", {
    organizationId: organization.id,
    traits: { email: "Ada@acme.example", name: "Ada" },
  });
  const method = {
    method: "oidc" as const,
    aal: "aal1" as const,
    completed_at: new Date().toISOString(),
    provider: connection.id,
    organization: organization.id,
    upstream_acr: "urn:acr:strong",
    upstream_amr: ["hwk", "pin"],
  };
  const signedIn = await signIn(ada, {
    organizationId: organization.id,
    connectionId: connection.id,
    connectionTrustRevision: 1,
    authenticationMethods: [method],
  });
  token = signedIn.token;
  sessionId = signedIn.session.id;
});

const path = (name = "") => `/projects/${project.id}/session-token-templates${name && `/${name}`}`;
const put = (name: string, body: object = {}) => api("PUT", path(name), { body });
const whoami = async (query: string, session = token, environment: Env = env) => {
  const headers = { "X-Session-Token": session, Accept: "application/json" };
  const answer = await createVisitor(environment).send(`${origin}/sessions/whoami${query}`, { headers });
  // biome-ignore lint/suspicious/noExplicitAny: a session or an error
  return { status: answer.status, json: (await answer.json()) as any };
};
const tokenOf = async (template: string, session = token): Promise<string> => {
  const { status, json } = await whoami(`?tokenize_as=${template}`, session);
  expect([template, status, json.error?.id]).toEqual([template, 200, undefined]);
  return json.tokenized;
};

describe("a token", () => {
  test("has who, where, which session and how long, is verified by our key set, and the session comes along", async () => {
    await put("plain");
    const { json } = await whoami("?tokenize_as=plain");
    expect(json).toMatchObject({ id: sessionId, active: true, identity: { id: ada.id } });
    const fetchKeys = ((url: string) => createVisitor(env).send(url)) as unknown as typeof fetch;
    const jwks = createRemoteJWKSet(new URL(`${origin}/.well-known/jwks.json`), { [customFetch]: fetchKeys });
    const { payload, protectedHeader } = await jwtVerify(json.tokenized, jwks, { issuer: origin, subject: ada.id, typ: "JWT" });
    expect(protectedHeader).toEqual({ alg: "ES256", typ: "JWT", kid: expect.any(String) });
    expect(payload).toEqual({
      iss: origin,
      sub: ada.id,
      sid: sessionId,
      jti: expect.any(String),
      iat: expect.any(Number),
      nbf: payload.iat,
      exp: (payload.iat ?? 0) + 60,
    });
    expect(decodeJwt(await tokenOf("plain")).jti).not.toBe(payload.jti);
  });

  test("T120: its claims are what the template names, and the IdP's word is told as such", async () => {
    const claims = {
      mail: "email",
      email_verified: "email_verified",
      name: "name",
      "https://example.com/org": "org_id",
      idp: "idp",
      amr: "amr",
      acr: "acr",
      auth_time: "auth_time",
      aal: "aal",
    };
    await put("full", { claims, audience: ["https://api.example.com"], ttl: "5m", subject_source: "email", alg: "RS256" });
    const jwt = await tokenOf("full");
    expect(decodeProtectedHeader(jwt).alg).toBe("RS256");
    expect(decodeJwt(jwt)).toMatchObject({
      sub: "ada@acme.example",
      aud: "https://api.example.com",
      mail: "ada@acme.example",
      email_verified: true,
      name: "Ada",
      "https://example.com/org": organization.id,
      idp: connection.id,
      amr: ["hwk", "pin"],
      acr: "urn:acr:strong",
      auth_time: expect.any(Number),
      aal: "aal1",
    });
  });

  test("T120: a password is `pwd`; what a person does not have is left out", async () => {
    await put("sparse", {
      claims: { name: "name", org: "org_id", acr: "acr", amr: "amr", email: "email" },
      audience: ["a", "b"],
    });
    const pat = await putIdentity(project.id, null, { traits: {} });
    const claims = decodeJwt(await tokenOf("sparse", (await signIn(pat)).token));
    expect(claims).toMatchObject({ sub: pat.id, amr: ["pwd"], aud: ["a", "b"] });
    for (const name of ["name", "org", "acr", "email"]) expect(claims).not.toHaveProperty(name);
  });

  test("never outlives its session", async () => {
    await put("long", { ttl: "10m" });
    const pat = await putIdentity(project.id, "pat@personal.example");
    const expiresAt = Date.now() + 90_000;
    const { exp = 0 } = decodeJwt(await tokenOf("long", (await signIn(pat, { expiresAt })).token));
    expect(exp * 1000).toBeLessThanOrEqual(expiresAt);
    expect(exp * 1000).toBeGreaterThan(expiresAt - 1000);
  });

  test("T124: its issuer is the configured origin, whatever the request says", async () => {
    await put("plain");
    const headers = { "X-Session-Token": token, "X-Forwarded-Host": "evil.example", Forwarded: "host=evil.example" };
    const answer = await createVisitor(env).send(`${origin}/sessions/whoami?tokenize_as=plain`, { headers });
    expect(decodeJwt(((await answer.json()) as { tokenized: string }).tokenized).iss).toBe(origin);
  });
});

describe("no token", () => {
  test("T65: for whoever has no session, or one that has lost its ground", async () => {
    await put("plain");
    expect((await whoami("?tokenize_as=plain", "orgate_st_x")).status).toBe(401);
    const pat = await putIdentity(project.id, "gone@personal.example");
    const { token: dead } = await signIn(pat);
    await services().sessions.revokeAll(project.id, pat.id, systemContext);
    const { status, json } = await whoami("?tokenize_as=plain", dead);
    expect([status, json.tokenized]).toEqual([401, undefined]);
  });

  test("by a template that is not there, or another project's", async () => {
    const other = await createProject();
    await api("PUT", `/projects/${other.id}/session-token-templates/theirs`, { body: {} });
    for (const name of ["none", "theirs", "__proto__", "%00"]) {
      const { status, json } = await whoami(`?tokenize_as=${name}`);
      expect([name, status, json.error.id]).toEqual([name, 404, "not_found"]);
    }
  });

  test("whose subject would be an address that there is not", async () => {
    await put("by-email", { subject_source: "email" });
    const nameless = await putIdentity(project.id, null);
    const { status, json } = await whoami("?tokenize_as=by-email", (await signIn(nameless)).token);
    expect([status, json.error.id]).toEqual([409, "session_token_without_subject"]);
  });

  test("and whoami without the parameter stays one round trip", async () => {
    const counted = countingEnv(env);
    await whoami("", token, counted.env);
    counted.reset();
    const { json } = await whoami("", token, counted.env);
    expect([counted.d1.roundTrips, json.tokenized]).toEqual([1, undefined]);
    await whoami("?tokenize_as=plain", token, counted.env);
    counted.reset();
    await whoami("?tokenize_as=plain", token, counted.env);
    expect(counted.d1.roundTrips).toBe(2);
  });
});

describe("templates", () => {
  test("are put, read, listed, replaced as a whole, and deleted", async () => {
    const made = await put("crud", { ttl: "2m", claims: { email: "email" } });
    expect(made.json).toEqual({
      name: "crud",
      ttl: "120s",
      alg: "ES256",
      audience: [],
      subject_source: "id",
      claims: { email: "email" },
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    expect((await api("GET", path("crud"))).json).toEqual(made.json);
    const replaced = await put("crud", { audience: ["x"] });
    expect(replaced.json).toMatchObject({ ttl: "60s", claims: {}, audience: ["x"], created_at: made.json.created_at });
    const names = (await api("GET", path())).json.session_token_templates.map((t: { name: string }) => t.name);
    expect(names).toContain("crud");
    expect((await api("DELETE", path("crud"))).status).toBe(204);
    expect((await api("GET", path("crud"))).status).toBe(404);
    expect((await api("DELETE", path("crud"))).status).toBe(404);
    const { results } = await env.DB.prepare("SELECT type FROM events WHERE project_id = ? AND details ->> 'name' = 'crud'")
      .bind(project.id)
      .all<{ type: string }>();
    expect(results.map(({ type }) => type).sort()).toEqual([
      "session_token_template.deleted",
      "session_token_template.saved",
      "session_token_template.saved",
    ]);
  });

  const refused: [name: string, template: string, body: object, field: string, code: string][] = [
    ["more than ten minutes", "t", { ttl: "11m" }, "ttl", "duration_out_of_range"],
    ["no time at all", "t", { ttl: "0s" }, "ttl", "duration_out_of_range"],
    ["no duration", "t", { ttl: "60" }, "ttl", "duration_invalid"],
    ["HS256", "t", { alg: "HS256" }, "alg", "invalid_value"],
    ["an unknown source", "t", { claims: { x: "password" } }, "claims", "invalid_value"],
    ["a claim of ours", "t", { claims: { sub: "email" } }, "claims", "claim_reserved"],
    ["a claim of ours, exp", "t", { claims: { exp: "auth_time" } }, "claims", "claim_reserved"],
    ["a claim with blanks", "t", { claims: { "a b": "email" } }, "claims", "claim_invalid"],
    ["an audience with blanks", "t", { audience: ["a b"] }, "audience", "invalid"],
    ["an unknown subject", "t", { subject_source: "name" }, "subject_source", "invalid_value"],
    ["an unknown field", "t", { mapper: "x" }, "mapper", "unknown_field"],
    ["a name in capitals", "Edge", {}, "name", "name_invalid"],
  ];
  test.each(refused)("%s is refused", async (_name, template, body, field, code) => {
    const { status, json } = await put(template, body);
    expect([status, json.error.details[field]?.code]).toEqual([422, code]);
  });

  test("T118: an app's client_id is no audience, for such a token would pass for its ID token", async () => {
    const redirectUris = ["https://app.example/callback"];
    const { client } = await services().clients.create(project.id, { redirectUris }, systemContext);
    const { status, json } = await put("as-app", { audience: ["https://api.example.com", client.id] });
    expect([status, json.error.details.audience]).toMatchObject([422, { code: "audience_is_client", path: "audience[1]" }]);
  });

  test("one name that is put many times at once is one template, and every answer is 200", async () => {
    const { id } = await createProject();
    const at = `/projects/${id}/session-token-templates/edge`;
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, i) => api("PUT", at, { body: { ttl: `${i + 10}s`, alg: i % 2 ? "ES256" : "RS256" } })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(answers.map(({ json }) => json)).toContainEqual((await api("GET", at)).json);
  });

  test("whoever is overtaken in making a template says since when it is, and one that went meanwhile is new", async () => {
    const { id } = await createProject();
    const { runtime, signingKeys, sessionTokens } = services();
    const now = runtime.clock();
    const overtakenBy = (first: () => Promise<unknown>) => {
      let before: (() => Promise<unknown>) | undefined = first;
      const databaseFor = (projectId: string) => {
        const db = runtime.databaseFor(projectId);
        const commit = async (writes: readonly Write[]) => {
          const other = before;
          before = undefined;
          await other?.();
          return await db.commit(writes);
        };
        return { ...db, commit };
      };
      return createSessionTokenService({ ...runtime, clock: () => now + 5000, databaseFor }, signingKeys);
    };
    const later = overtakenBy(() => sessionTokens.put(id, "edge", {}, systemContext));
    const answer = await later.put(id, "edge", { ttl: "9s" }, systemContext);
    expect(answer).toEqual(await sessionTokens.get(id, "edge"));
    expect(answer.createdAt).toBeLessThan(answer.updatedAt);

    const renewed = overtakenBy(() => sessionTokens.delete(id, "edge", systemContext));
    const made = await renewed.put(id, "edge", {}, systemContext);
    expect([made, made.createdAt]).toEqual([await sessionTokens.get(id, "edge"), now + 5000]);
  });

  test("a project has 20 at most, however many are put at once", async () => {
    const { id } = await createProject();
    const names = Array.from({ length: 24 }, (_, i) => `t${i}`);
    const statuses = await Promise.all(
      names.map(async (name) => (await api("PUT", `/projects/${id}/session-token-templates/${name}`, { body: {} })).status),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(20);
    expect(statuses.filter((status) => status === 409)).toHaveLength(4);
    const stored = (await api("GET", `/projects/${id}/session-token-templates`)).json.session_token_templates;
    expect((await api("PUT", `/projects/${id}/session-token-templates/${stored[0].name}`, { body: { ttl: "9s" } })).status).toBe(
      200,
    );
  });
});
