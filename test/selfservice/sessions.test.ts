// Who am I, and where else am I signed in: over HTTP, on real rows.

import { env } from "cloudflare:workers";
import { SessionFromJSON } from "@ory/client-fetch";
import { beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import type { Identity } from "../../src/domain/identities/identity.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import type { SessionRefusal } from "../../src/domain/sessions/session.ts";
import { servicesFor } from "../../src/services.ts";
import { countingEnv } from "../support/counting.ts";
import { countRows, putConnection, putIdentity, putOrganization, putProject } from "../support/rows.ts";
import { type SignedIn, signIn } from "../support/signed-in.ts";

const ORIGIN = "http://localhost:8787";
const app = createApp();

function ask(path: string, headers: Record<string, string>, method = "GET"): Promise<Response> {
  return Promise.resolve(app.request(`${ORIGIN}${path}`, { method, headers }, env));
}

/** Changes rows as an operator's or a customer's doing would. */
async function change(statement: string, ...values: unknown[]): Promise<void> {
  await env.DB.prepare(statement)
    .bind(...values)
    .run();
}

let project: Project;

beforeAll(async () => {
  project = await putProject({ slug: "demo" });
});

/** A person of an organization of her own, signed in through its connection. */
async function member(domain: string) {
  const organization = await putOrganization(project.id, [domain]);
  const connection = await putConnection(project.id, { organizationId: organization.id });
  const identity = await putIdentity(project.id, `ada@${domain}`, {
    organizationId: organization.id,
    traits: { email: `ada@${domain}`, name: "Ada" },
  });
  const signedIn = await signIn(identity, {
    organizationId: organization.id,
    connectionId: connection.id,
    connectionTrustRevision: 1,
    authenticationMethods: [
      {
        method: "oidc",
        aal: "aal1",
        completed_at: "2026-11-24T09:00:00.000Z",
        provider: connection.id,
        organization: organization.id,
        upstream_acr: "urn:acr",
        upstream_amr: ["mfa"],
      },
    ],
  });
  return { organization, connection, identity, ...signedIn };
}

describe("whoami", () => {
  test("answers an organization's member with Ory's session object, readable by its SDK", async () => {
    const { native, session, identity, organization, connection } = await member("whoami.test");
    const response = await ask("/sessions/whoami", native);
    expect(response.status).toBe(200);
    expect(response.headers.get("X-Kratos-Authenticated-Identity-Id")).toBe(identity.id);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    const body = await response.json();
    expect(body).toEqual({
      id: session.id,
      active: true,
      expires_at: new Date(session.expiresAt).toISOString(),
      authenticated_at: new Date(session.authenticatedAt).toISOString(),
      issued_at: new Date(session.issuedAt).toISOString(),
      authenticator_assurance_level: "aal1",
      authentication_methods: [
        {
          method: "oidc",
          aal: "aal1",
          completed_at: "2026-11-24T09:00:00.000Z",
          provider: connection.id,
          organization: organization.id,
          upstream_acr: "urn:acr",
          upstream_amr: ["mfa"],
        },
      ],
      devices: [{ id: session.id, ip_address: "203.0.113.7", user_agent: "test", location: "" }],
      identity: {
        id: identity.id,
        schema_id: "default",
        schema_url: `${ORIGIN}/schemas/default`,
        state: "active",
        traits: { email: "ada@whoami.test", name: "Ada" },
        verifiable_addresses: [
          {
            id: identity.id,
            value: "ada@whoami.test",
            verified: true,
            via: "email",
            status: "completed",
            created_at: "1970-01-01T00:00:00.000Z",
            updated_at: "1970-01-01T00:00:00.000Z",
          },
        ],
        recovery_addresses: [],
        metadata_public: null,
        organization_id: organization.id,
        created_at: "1970-01-01T00:00:00.000Z",
        updated_at: "1970-01-01T00:00:00.000Z",
      },
    });
    const parsed = SessionFromJSON(body);
    expect(parsed.expires_at?.getTime()).toBe(session.expiresAt);
    expect(parsed.identity?.organization_id).toBe(organization.id);
  });

  test("metadata_admin is not for the person", async () => {
    const identity = await putIdentity(project.id, "meta@personal.example", {
      metadataPublic: { plan: "pro" },
      metadataAdmin: { risk: "high" },
    });
    const { native } = await signIn(identity);
    const body = await (await ask("/sessions/whoami", native)).json<{ identity: object }>();
    expect(body.identity).toMatchObject({ metadata_public: { plan: "pro" } });
    expect(body.identity).not.toHaveProperty("metadata_admin");
  });

  test.each<[string, (s: SignedIn) => Record<string, string>]>([
    ["X-Session-Token", (s) => ({ "X-Session-Token": s.token })],
    ["Authorization: Bearer", (s) => ({ Authorization: `Bearer ${s.token}` })],
    ["the browser's cookie", (s) => ({ Cookie: `__Host-orgate_session=${s.token}`, "Sec-Fetch-Site": "same-origin" })],
    ["the cookie ory_session_{slug} of a program", (s) => ({ Cookie: `ory_session_demo=${s.token}` })],
  ])("takes the token from %s", async (_, headers) => {
    const signedIn = await signIn(await putIdentity(project.id, null));
    expect((await ask("/sessions/whoami", headers(signedIn))).status).toBe(200);
  });

  test("costs one D1 round trip of at most five rows, however many organizations there are", async () => {
    const { native } = await member("counted.test");
    const counted = countingEnv(env, { measureRows: true });
    const whoami = () => app.request(`${ORIGIN}/sessions/whoami`, { headers: native }, counted.env);
    await whoami();
    counted.reset();
    for (let times = 1; times <= 3; times++) {
      expect((await whoami()).status).toBe(200);
      expect(counted.d1.roundTrips).toBe(times);
    }
    expect(counted.d1.rowsRead).toBeLessThanOrEqual(3 * 5);
    expect(counted.d1.rowsWritten).toBe(0);
    expect(counted.domainIndex.gets).toBe(0);
  });

  test("when D1 cannot answer it says 503, never 401 (F12)", async () => {
    const { native } = await member("outage.test");
    const counted = countingEnv(env);
    const whoami = () => app.request(`${ORIGIN}/sessions/whoami`, { headers: native }, counted.env);
    expect((await whoami()).status).toBe(200);
    counted.faults.d1 = "overloaded";
    const response = await whoami();
    expect(response.status).toBe(503);
    expect(response.headers.get("Retry-After")).not.toBeNull();
  });

  test.each<[string, (token: string) => Record<string, string>]>([
    ["nothing", () => ({})],
    ["text that is no token", () => ({ "X-Session-Token": "let-me-in" })],
    ["a token with another secret", (token) => ({ "X-Session-Token": `${token.slice(0, -4)}AAAA` })],
    [
      "the browser's cookie under the clients' name",
      (token) => ({ Cookie: `ory_session_demo=${token}`, "Sec-Fetch-Site": "none" }),
    ],
    ["the clients' cookie of another project", (token) => ({ Cookie: `ory_session_other=${token}` })],
    ["a name in another case (T78)", (token) => ({ Cookie: `__host-orgate_session=${token}` })],
  ])("%s is no session: 401 in the envelope", async (_, headers) => {
    const { token } = await signIn(await putIdentity(project.id, null));
    const response = await ask("/sessions/whoami", headers(token));
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({
      error: { id: "session_inactive", code: 401, reason: "No valid session credentials found in the request." },
    });
  });

  test("the session cookie twice is refused rather than chosen from (T78)", async () => {
    const { token } = await signIn(await putIdentity(project.id, null));
    const cookie = `__Host-orgate_session=${token}; __Host-orgate_session=planted`;
    expect((await ask("/sessions/whoami", { Cookie: cookie })).status).toBe(400);
  });

  test("a token of one project is nothing in another (T104)", async () => {
    const other = await putProject({ slug: "elsewhere" });
    const { native } = await signIn(await putIdentity(other.id, "eve@personal.example"));
    expect((await ask("/sessions/whoami", native)).status).toBe(401);
    const there = await app.request("http://elsewhere.localhost:8787/sessions/whoami", { headers: native }, env);
    expect(there.status).toBe(200);
    expect(await there.json()).toMatchObject({ identity: { schema_url: "http://elsewhere.localhost:8787/schemas/default" } });
  });
});

describe("a session dies at the next request, without a write to it (T44, T55, T65, T90)", () => {
  type Member = Awaited<ReturnType<typeof member>>;
  const rules: [SessionRefusal, string, (m: Member) => Promise<void>][] = [
    [
      "session_expired",
      "it has expired",
      (m) => change("UPDATE sessions SET expires_at = ? WHERE id = ?", Date.now(), m.session.id),
    ],
    [
      "identity_inactive",
      "the person was deactivated",
      (m) => change("UPDATE identities SET state = 'inactive' WHERE id = ?", m.identity.id),
    ],
    [
      "organization_changed",
      "the person left the organization",
      (m) => change("UPDATE identities SET organization_id = NULL WHERE id = ?", m.identity.id),
    ],
    [
      "organization_disabled",
      "the organization was disabled",
      (m) => change("UPDATE organizations SET state = 'disabled' WHERE id = ?", m.organization.id),
    ],
    [
      "connection_disabled",
      "the connection was disabled",
      (m) => change("UPDATE connections SET state = 'disabled' WHERE id = ?", m.connection.id),
    ],
    ["connection_disabled", "the connection was deleted", (m) => change("DELETE FROM connections WHERE id = ?", m.connection.id)],
    [
      "connection_changed",
      "the connection was re-pointed",
      (m) => change("UPDATE connections SET trust_revision = 2 WHERE id = ?", m.connection.id),
    ],
    [
      "domain_moved",
      "the domain was given up",
      (m) => change("DELETE FROM organization_domains WHERE organization_id = ?", m.organization.id),
    ],
    [
      "domain_moved",
      "the domain is no longer proven",
      (m) => change("UPDATE organization_domains SET state = 'pending' WHERE organization_id = ?", m.organization.id),
    ],
    [
      "domain_moved",
      "the domain went to another organization",
      async (m) => {
        const other = await putOrganization(project.id, []);
        await change(
          "UPDATE organization_domains SET organization_id = ? WHERE organization_id = ?",
          other.id,
          m.organization.id,
        );
      },
    ],
  ];

  test.each(rules)("%s: %s", async (reason, _, happens) => {
    const m = await member(`${crypto.randomUUID()}.test`);
    expect((await ask("/sessions/whoami", m.native)).status).toBe(200);
    await happens(m);
    const response = await ask("/sessions/whoami", m.native);
    expect(response.status).toBe(401);
    expect(await response.text()).not.toContain(reason);
    expect(await reasonOf(m.token)).toBe(reason);
  });

  test("domain_requires_sso: an organization claims the domain of a person with a password (T55)", async () => {
    const { native, token } = await signIn(await putIdentity(project.id, "pat@claimed.test"));
    expect((await ask("/sessions/whoami", native)).status).toBe(200);
    await putOrganization(project.id, ["claimed.test"]);
    expect((await ask("/sessions/whoami", native)).status).toBe(401);
    expect(await reasonOf(token)).toBe("domain_requires_sso");
  });

  test("a domain that is only pending ends nobody's session (T50)", async () => {
    const { native } = await signIn(await putIdentity(project.id, "pat@pending.test"));
    const { id } = await putOrganization(project.id, ["pending.test"]);
    await change("UPDATE organization_domains SET state = 'pending' WHERE organization_id = ?", id);
    expect((await ask("/sessions/whoami", native)).status).toBe(200);
  });

  test("the same domain in another project changes nothing (T104)", async () => {
    const other = await putProject({ slug: "neighbour" });
    const { native } = await signIn(await putIdentity(project.id, "pat@shared.test"));
    await putOrganization(other.id, ["shared.test"]);
    expect((await ask("/sessions/whoami", native)).status).toBe(200);
  });

  async function reasonOf(token: string): Promise<string | undefined> {
    const result = await servicesFor(env).sessions.authenticate(project.id, token);
    return result.ok ? undefined : result.reason;
  }
});

describe("the other sessions of a person", () => {
  async function twoDevices(): Promise<{ identity: Identity; here: SignedIn; there: SignedIn }> {
    const identity = await putIdentity(project.id, `${crypto.randomUUID()}@personal.example`);
    return { identity, here: await signIn(identity), there: await signIn(identity) };
  }

  test("are listed without the current one, the dead ones and other people's", async () => {
    const { identity, here, there } = await twoDevices();
    await signIn(identity, { expiresAt: Date.now() - 1 });
    await signIn(await putIdentity(project.id, null));
    const response = await ask("/sessions", here.native);
    expect(response.status).toBe(200);
    expect((await response.json<{ id: string }[]>()).map((s) => s.id)).toEqual([there.session.id]);
    expect(response.headers.get("Link")).toContain('rel="first"');
  });

  test("come in pages whose tokens lead through all of them", async () => {
    const { identity, here } = await twoDevices();
    for (let more = 0; more < 3; more++) await signIn(identity);
    const seen: string[] = [];
    let path: string | undefined = "/sessions?page_size=2";
    while (path) {
      const response = await ask(path, here.native);
      seen.push(...(await response.json<{ id: string }[]>()).map((s) => s.id));
      path = /<([^>]+)>; rel="next"/.exec(response.headers.get("Link") ?? "")?.[1];
    }
    expect(new Set(seen).size).toBe(4);
    expect(seen).toHaveLength(4);
    expect((await ask("/sessions?page_token=nonsense", here.native)).status).toBe(422);
    expect((await ask("/sessions?page_size=0", here.native)).status).toBe(422);
  });

  test("one of them can be ended, with an audit event in the same commit", async () => {
    const { identity, here, there } = await twoDevices();
    expect((await ask(`/sessions/${there.session.id}`, here.native, "DELETE")).status).toBe(204);
    expect((await ask("/sessions/whoami", there.native)).status).toBe(401);
    expect((await ask("/sessions/whoami", here.native)).status).toBe(200);
    expect(await eventsOf(identity)).toEqual([
      { type: "session.revoked", actor_type: "identity", actor_id: identity.id, details: { session_id: there.session.id } },
    ]);
  });

  test("the current one cannot be ended here", async () => {
    const { here } = await twoDevices();
    expect((await ask(`/sessions/${here.session.id}`, here.native, "DELETE")).status).toBe(400);
    expect((await ask("/sessions/whoami", here.native)).status).toBe(200);
  });

  test("another person's, another project's and a missing one are all 404 (T104)", async () => {
    const { here } = await twoDevices();
    const neighbour = await twoDevices();
    const other = await putProject({ slug: "abroad" });
    const abroad = await signIn(await putIdentity(other.id, null));
    for (const id of [neighbour.here.session.id, abroad.session.id, crypto.randomUUID()]) {
      expect((await ask(`/sessions/${id}`, here.native, "DELETE")).status).toBe(404);
    }
    expect((await ask("/sessions/whoami", neighbour.here.native)).status).toBe(200);
  });

  test("all others can be ended at once and are counted; with none left nothing is recorded", async () => {
    const { identity, here, there } = await twoDevices();
    const response = await ask("/sessions", here.native, "DELETE");
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ count: 1 });
    expect((await ask("/sessions/whoami", there.native)).status).toBe(401);
    expect(await (await ask("/sessions", here.native, "DELETE")).json()).toEqual({ count: 0 });
    expect(await eventsOf(identity)).toHaveLength(1);
  });

  test("when the commit fails, nothing is ended and nothing recorded", async () => {
    const { identity, here, there } = await twoDevices();
    const counted = countingEnv(env);
    counted.faults.d1Only = (statement) => /^delete/i.test(statement);
    counted.faults.d1 = "fail-before";
    const response = await app.request(`${ORIGIN}/sessions`, { method: "DELETE", headers: here.native }, counted.env);
    expect(response.status).toBe(503);
    expect((await ask("/sessions/whoami", there.native)).status).toBe(200);
    expect(await eventsOf(identity)).toEqual([]);
  });

  test.each([
    ["Origin of another site", { Origin: "https://evil.example" }, 403],
    ["Origin null", { Origin: "null" }, 403],
    ["Origin of another project", { Origin: "http://other.localhost:8787" }, 403],
    ["Sec-Fetch-Site: cross-site", { "Sec-Fetch-Site": "cross-site" }, 403],
    ["Sec-Fetch-Site: same-site", { "Sec-Fetch-Site": "same-site" }, 403],
    ["our own origin", { Origin: ORIGIN, "Sec-Fetch-Site": "same-origin" }, 200],
  ])("with the browser's cookie, a request that changes something and has %s gives %s (T81)", async (_, headers, status) => {
    const { here, there } = await twoDevices();
    expect((await ask("/sessions", { ...here.browser, ...headers } as Record<string, string>, "DELETE")).status).toBe(status);
    expect((await ask("/sessions/whoami", there.native)).status).toBe(status === 200 ? 401 : 200);
  });

  async function eventsOf(identity: Identity) {
    const { results } = await env.DB.prepare("SELECT type, actor_type, actor_id, details FROM events WHERE identity_id = ?")
      .bind(identity.id)
      .all<{ details: string }>();
    return results.map((row) => ({ ...row, details: JSON.parse(row.details) }));
  }
});

test("schema_url leads to the identity schema", async () => {
  expect(await (await ask("/schemas/default", {})).json()).toMatchObject({ properties: { traits: { type: "object" } } });
  expect((await ask("/schemas/other", {})).status).toBe(404);
});

test("nothing here writes for strangers", async () => {
  const before = await countRows("events");
  await ask("/sessions", { "X-Session-Token": "x" }, "DELETE");
  await ask("/sessions/whoami", {});
  expect(await countRows("events")).toBe(before);
});
