// What every route of the app does for an address that an organization has claimed, and for a session that has lost its
// ground. One row per route: a route that is in the app and in no row here fails the first test.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Connection } from "../../src/domain/connections/connection.ts";
import { createScene, person, type Scene } from "../login/scene.ts";
import { putConnection, putIdentity, putOrganization, putProject } from "../support/rows.ts";
import { createConnection, createOperator, ROOT_KEY, services, systemContext } from "../support/seed.ts";
import { signIn } from "../support/signed-in.ts";
import { createVisitor, type Visitor } from "../support/visitor.ts";
import { d1Contents } from "./contents.ts";
import { allRoutes, consolePages, fill, withConsoleMounts } from "./routes.ts";

vi.spyOn(console, "warn").mockImplementation(() => undefined);

const BASE = "http://localhost:8787";
const PASSWORD = "violet harbour ladder 42";
const COLLEAGUE_HASH = "$scrypt$ln=14,r=8,p=5$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";

/**
 * What a route has to do with a person's credential, identity or session:
 * - `none`: nothing; `why` says what it is instead.
 * - `ends`: it can end sessions or delete, and opens nothing.
 * - `reads`: it takes a session; one that lost its ground counts as none.
 * - `opens`: it could issue or accept a credential; `attempts` names the tests below that show it does not.
 */
type Row = { does: "none" | "ends"; why: string } | { does: "reads" } | { does: "opens"; attempts: string };

const none = (why: string): Row => ({ does: "none", why });
const ends = (why: string): Row => ({ does: "ends", why });
const reads: Row = { does: "reads" };
const opens = (attempts: string): Row => ({ does: "opens", attempts });
const operators = none("the management API: operators and keys, no person of a project");

const ROWS: Record<string, Row> = {
  "GET /healthz": none("runs or not"),
  "GET /readyz": none("ready or not"),
  "GET /assets/:name": none("style sheets and scripts"),
  "GET /branding/logo": none("an image"),
  "GET /branding/style.css": none("a style sheet"),
  "GET /openapi.json": none("the API's description"),
  "GET /docs": none("the API's description"),
  "GET /schemas": none("the identity schema"),
  "GET /schemas/:id": none("the identity schema"),
  "GET /self-service/errors": none("a fixed answer"),
  "GET /error": none("a fixed page"),
  "GET /self-service/sso": none("the lookup: names connections of a domain, T92"),
  "GET /sso/connections/:connectionId/jwks.json": none("public keys"),
  "GET /.well-known/jwks.json": none("public keys"),
  "GET /.well-known/openid-configuration": none("the provider's metadata"),
  "GET /oauth2/auth": none("an app's request: reads the browser's session, judged like everywhere (test/provider)"),
  "POST /oauth2/auth": none("the same, posted"),
  "GET /oauth2/auth/:uid": none("takes up a request of this browser; the login in between is the hosted one"),
  "POST /oauth2/token": none("an app's; every token is judged by its session (test/provider/tokens.test.ts)"),
  "OPTIONS /oauth2/token": none("a preflight"),
  "POST /oauth2/revoke": none("an app's own tokens"),
  "OPTIONS /oauth2/revoke": none("a preflight"),
  "POST /oauth2/introspect": none("an app's own tokens, judged by their session"),
  "OPTIONS /oauth2/introspect": none("a preflight"),
  "POST /oauth2/par": none("an app's request, before a browser comes with it"),
  "OPTIONS /oauth2/par": none("a preflight"),
  "GET /userinfo": none("claims for an access token, judged by its session (test/provider/tokens.test.ts)"),
  "POST /userinfo": none("the same"),
  "OPTIONS /userinfo": none("a preflight"),
  "GET /oauth2/sessions/logout": ends("the session that an ID token proves, or asks"),
  "POST /oauth2/sessions/logout": ends("the same"),
  "POST /oauth2/sessions/logout/confirm": ends("the session it is shown"),
  "POST /sso/connections/:connectionId/backchannel-logout": ends("what an identity provider's signed word names"),
  "GET /sso/try": none("sends an operator with a ticket to an identity provider; its callback makes no session (try.test.ts)"),
  "GET /sso/start": none("sends to an identity provider and stores nothing; the callback decides"),

  "GET /": reads,
  "GET /login": reads,
  "GET /registration": reads,
  "GET /self-service/login/api": reads,
  "GET /self-service/login/browser": reads,
  "GET /self-service/registration/api": reads,
  "GET /self-service/registration/browser": reads,
  "GET /self-service/logout/browser": reads,
  "GET /sessions": reads,
  "GET /sessions/whoami": reads,
  "GET /sessions/token-exchange": opens("test/selfservice/token-exchange.test.ts"),
  "DELETE /sessions": reads,
  "DELETE /sessions/:id": reads,
  "GET /self-service/login/flows": none("reads back a sealed flow"),
  "GET /self-service/registration/flows": none("reads back a sealed flow"),

  "GET /self-service/logout": ends("the session it is shown"),
  "POST /self-service/logout": ends("the session it is shown"),
  "DELETE /self-service/logout/api": ends("the session it is shown"),

  "POST /self-service/login": opens("password"),
  "POST /self-service/registration": opens("registration"),
  "GET /self-service/methods/oidc/callback/:connectionId": opens("social"),
  "GET /self-service/methods/oidc/organization/:organizationId/callback/:connectionId": opens("foreign organization"),

  "GET /console/setup": none("a form for the holder of the root key"),
  "POST /console/setup": none("once, with the root key: test/console/setup.test.ts"),
  "GET /console/invitations/:token": none("shows an invitation to whoever has its link"),
  "POST /console/invitations/:token": opens("invitation, in test/console/invitations.test.ts"),

  "GET /admin/identities": none("reads"),
  "GET /admin/identities/:id": none("reads; credentials without their secrets"),
  "GET /admin/identities/:id/sessions": none("reads"),
  "GET /admin/sessions": none("reads"),
  "GET /admin/sessions/:id": none("reads"),
  "DELETE /admin/identities/:id": ends("an identity with what is its own"),
  "DELETE /admin/identities/:id/sessions": ends("sessions"),
  "DELETE /admin/sessions/:id": ends("a session"),
  "GET /admin/clients": none("apps, without their secrets"),
  "POST /admin/clients": none("an app's credential, no person's"),
  "GET /admin/clients/:id": none("an app, without its secrets"),
  "PUT /admin/clients/:id": none("an app's credential, no person's"),
  "PATCH /admin/clients/:id": none("an app's credential, no person's"),
  "DELETE /admin/clients/:id": none("an app"),
  "POST /admin/clients/:id/secrets/rotate": none("an app's credential, no person's"),
  "DELETE /admin/clients/:id/secrets/rotate": none("an app's credential, no person's"),
  "POST /admin/identities": opens("admin"),
  "PUT /admin/identities/:id": opens("admin"),
  "PATCH /admin/identities/:id": opens("admin"),

  "GET /projects": operators,
  "POST /projects": operators,
  "GET /projects/:project_id": operators,
  "PATCH /projects/:project_id": operators,
  "DELETE /projects/:project_id": operators,
  "POST /projects/:project_id/move": operators,
  "DELETE /projects/:project_id/move": operators,
  "PUT /projects/:project_id/logo": operators,
  "DELETE /projects/:project_id/logo": operators,
  "GET /projects/:project_id/operators": operators,
  "PATCH /projects/:project_id/operators/:operator_id": operators,
  "DELETE /projects/:project_id/operators/:operator_id": operators,
  "GET /projects/:project_id/operator-invitations": operators,
  "POST /projects/:project_id/operator-invitations": operators,
  "DELETE /projects/:project_id/operator-invitations/:invitation_id": operators,
  "GET /projects/:project_id/api-keys": operators,
  "POST /projects/:project_id/api-keys": operators,
  "GET /projects/:project_id/api-keys/:api_key_id": operators,
  "DELETE /projects/:project_id/api-keys/:api_key_id": operators,
  "GET /projects/:project_id/connections": operators,
  "POST /projects/:project_id/connections": operators,
  "GET /projects/:project_id/connections/:connection_id": operators,
  "PATCH /projects/:project_id/connections/:connection_id": operators,
  "DELETE /projects/:project_id/connections/:connection_id": operators,
  "POST /projects/:project_id/connections/:connection_id/check": operators,
  "DELETE /projects/:project_id/connections/:connection_id/previous-secret": operators,
  "POST /projects/:project_id/connections/:connection_id/restore-secret": operators,
  "POST /projects/:project_id/connections/:connection_id/rotate-secret": operators,
  "POST /projects/:project_id/connections/:connection_id/try": operators,
  "GET /projects/:project_id/events": operators,
  "GET /projects/:project_id/organizations": operators,
  "POST /projects/:project_id/organizations": operators,
  "GET /projects/:project_id/organizations/:organization_id": operators,
  "PUT /projects/:project_id/organizations/:organization_id": operators,
  "DELETE /projects/:project_id/organizations/:organization_id": operators,
  "DELETE /projects/:project_id/organizations/:organization_id/sessions": ends("the sessions of an organization's people"),
  "GET /projects/:project_id/routing": operators,
  "GET /projects/:project_id/session-token-templates": operators,
  "GET /projects/:project_id/session-token-templates/:template_name": operators,
  "PUT /projects/:project_id/session-token-templates/:template_name": operators,
  "DELETE /projects/:project_id/session-token-templates/:template_name": operators,
  "GET /projects/:project_id/signing-keys": operators,
  "POST /projects/:project_id/signing-keys/rotate": operators,
};

const CONSOLE_PAGES = consolePages();
const DOORS: Record<string, Row> = {
  ...withConsoleMounts(ROWS),
  ...Object.fromEntries(
    CONSOLE_PAGES.map((route) => [route, none("the console: operators with access, no person of a project")]),
  ),
};
/** The operators' own doors are the same handlers, and stand on the base host alone. */
const READERS = Object.keys(ROWS).filter((route) => ROWS[route]?.does === "reads");

test("T54: every route of the app stands in the table, and the table has no other", () => {
  expect(Object.keys(DOORS).sort()).toEqual(allRoutes());
});

describe("T54: for an address that an organization has claimed", () => {
  let scene: Scene;
  /** Had an account with a password, and a session of it, before the organization came. */
  let old: { email: string; id: string; token: string };
  let domain: string;

  beforeAll(async () => {
    scene = await createScene();
    domain = scene.a.domain;
    // The organization gives its domain up, people come, and it takes the domain back.
    const claim = (domains: string[]) =>
      services().organizations.update(scene.project.id, scene.a.organization.id, { domains }, undefined, systemContext);
    await claim([]);
    const email = `old@${domain}`;
    const created = await admin("POST", "/admin/identities", {
      traits: { email },
      credentials: { password: { config: { password: PASSWORD } } },
    });
    const token = (await submit("login", { method: "password", identifier: email, password: PASSWORD })).body["session_token"];
    expect(token).toMatch(/^orgate_st_/);
    old = { email, id: (created.body as { id: string }).id, token: token as string };
    await claim([domain]);
  });

  const admin = async (method: string, path: string, body: object) => {
    const headers = { Authorization: `Bearer ${ROOT_KEY}`, "Content-Type": "application/json" };
    const answer = await createVisitor(env).send(`${scene.origin}${path}`, { method, headers, body: JSON.stringify(body) });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  /** A flow of a program, begun and submitted. */
  const submit = async (kind: "login" | "registration", fields: object) => {
    const visitor = createVisitor(env, freshAddress());
    const headers = { "Content-Type": "application/json" };
    const flow = (await (await visitor.send(`${scene.origin}/self-service/${kind}/api`)).json()) as { id: string };
    const url = `${scene.origin}/self-service/${kind}?flow=${flow.id}`;
    const answer = await visitor.send(url, { method: "POST", headers, body: JSON.stringify(fields) });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  /** Runs an attempt and shows that it left no identity, credential or session behind. */
  const leavesNothing = async (attempt: () => Promise<unknown>) => {
    const people = async () => {
      const { identities, password_credentials, oidc_credentials, sessions, api_keys } = await d1Contents();
      return { identities, password_credentials, oidc_credentials, sessions, api_keys };
    };
    const before = await people();
    await attempt();
    expect(await people()).toEqual(before);
  };

  /** The organization in every state in which its domain is still its own. */
  const states: [name: string, change: string, restore: string][] = [
    ["as it should be", "UPDATE organizations SET state = 'enabled' WHERE id = ?1", "SELECT ?1"],
    [
      "with the organization disabled",
      "UPDATE organizations SET state = 'disabled' WHERE id = ?1",
      "UPDATE organizations SET state = 'enabled' WHERE id = ?1",
    ],
    [
      "with its connection disabled",
      "UPDATE connections SET state = 'disabled' WHERE organization_id = ?1",
      "UPDATE connections SET state = 'enabled' WHERE organization_id = ?1",
    ],
  ];

  describe.each(states)("%s", (_name, change, restore) => {
    const inState = async (attempt: () => Promise<void>) => {
      await env.DB.prepare(change).bind(scene.a.organization.id).run();
      try {
        await leavesNothing(attempt);
      } finally {
        await env.DB.prepare(restore).bind(scene.a.organization.id).run();
      }
    };

    test("password: the right old password is refused like the wrong one, in every spelling", async () => {
      await inState(async () => {
        for (const identifier of [old.email, old.email.toUpperCase(), `old@${domain.replace("a", "ａ")}`, `new@${domain}`]) {
          for (const password of [PASSWORD, "another password"]) {
            const { status, body } = await submit("login", { method: "password", identifier, password });
            expect(status).not.toBe(200);
            expect(body).not.toHaveProperty("session_token");
            expect(await scene.lastEvent()).toMatchObject({ type: "login.refused", reason: "sso_required" });
          }
        }
      });
    });

    test("registration: of a new and of the old address is refused", async () => {
      await inState(async () => {
        for (const email of [`new@${domain}`, old.email, `NEW@${domain.toUpperCase()}`]) {
          const fields = { method: "password", traits: { email, name: "New" }, password: PASSWORD };
          const { status, body } = await submit("registration", fields);
          expect(status).not.toBe(200);
          expect(body).not.toHaveProperty("session_token");
          expect(await scene.lastEvent()).toMatchObject({ type: "registration.refused", reason: "sso_required" });
        }
      });
    });

    test("admin: no password, no hash, no account outside, no address from outside", async () => {
      const guest = (await admin("POST", "/admin/identities", { traits: { email: `g${Date.now()}@guests.example` } })).body;
      const base = { schema_id: "default", state: "active" };
      const withPassword = (config: object) => ({ credentials: { password: { config } } });
      const member = { traits: { email: `m@${domain}` }, organization_id: scene.a.organization.id };
      const attempts: [method: string, path: string, body: object][] = [
        ["POST", "/admin/identities", { traits: { email: `new@${domain}` } }],
        ["POST", "/admin/identities", { traits: { email: `new@${domain}` }, ...withPassword({ password: PASSWORD }) }],
        ["POST", "/admin/identities", { ...member, ...withPassword({ password: PASSWORD }) }],
        ["POST", "/admin/identities", { ...member, ...withPassword({ hashed_password: COLLEAGUE_HASH }) }],
        ["POST", "/admin/identities", { ...member, organization_id: scene.b.organization.id }],
        [
          "PUT",
          `/admin/identities/${old.id}`,
          { ...base, traits: { email: old.email }, ...withPassword({ password: PASSWORD }) },
        ],
        [
          "PUT",
          `/admin/identities/${old.id}`,
          { ...base, traits: { email: old.email }, ...withPassword({ hashed_password: COLLEAGUE_HASH }) },
        ],
        ["PUT", `/admin/identities/${guest["id"]}`, { ...base, traits: { email: `guest@${domain}` } }],
      ];
      await inState(async () => {
        for (const [method, path, body] of attempts) {
          const answer = await admin(method, path, body);
          expect([method, answer.status, JSON.stringify(answer.body)]).toEqual([
            method,
            422,
            expect.stringMatching(/sso_required|email_outside_organization/),
          ]);
        }
        for (const patch of [
          [{ op: "replace", path: "/traits/email", value: `guest@${domain}` }],
          [{ op: "replace", path: "/traits", value: { email: `guest@${domain}` } }],
          [{ op: "add", path: "/credentials", value: { password: { config: { password: PASSWORD } } } }],
        ]) {
          expect((await admin("PATCH", `/admin/identities/${guest["id"]}`, patch)).status).toBe(422);
        }
      });
    });
  });

  test("social: what a social provider asserts of it opens nothing", async () => {
    const social = await createConnection(scene.project, {
      issuerUrl: scene.idpB.issuer,
      clientId: "client-1",
      clientSecret: "secret-1",
    });
    await leavesNothing(async () => {
      for (const email of [`new@${domain}`, old.email]) {
        const answer = await finish(social, { ...person(domain), sub: email, email });
        expect(answer.headers.getSetCookie().join()).not.toContain("orgate_session=");
        expect(await scene.lastEvent()).toMatchObject({ type: "login.refused", reason: "sso_required" });
      }
    });
  });

  test("foreign organization: what another organization's provider asserts of it opens nothing", async () => {
    await leavesNothing(async () => {
      for (const email of [`new@${domain}`, old.email]) {
        const answer = await finish(scene.b.connection, { ...person(domain), sub: email, email });
        expect(answer.headers.getSetCookie().join()).not.toContain("orgate_session=");
        expect(await scene.lastEvent()).toMatchObject({ reason: "email_outside_organization" });
      }
    });
  });

  const finish = async (connection: Connection, user: { sub: string; email: string }) => {
    const visitor = createVisitor(env, freshAddress());
    const callback = await scene.idpB.authorize(await scene.start(connection, visitor), user);
    return await visitor.get(callback);
  };

  test.each(READERS)("T55: %s takes the password session from before the claim for none", async (route) => {
    await countsAsNone(route, scene.origin, old.token);
  });

  test.each(Object.keys(DOORS))("%s makes nothing of the address, wherever it is put, and gives no session", async (route) => {
    const [method = "", path = ""] = route.split(" ");
    const url = new URL(fill(path, { id: "none", name: "none" }), originFor(path, scene.origin));
    const fields = { identifier: old.email, email: old.email, login_hint: old.email, method: "password", password: PASSWORD };
    for (const [name, value] of Object.entries({ ...fields, connection: scene.a.connection.id })) {
      url.searchParams.set(name, value);
    }
    await leavesNothing(async () => {
      for (const headers of sessionHeaders(old.token)) {
        const body = method === "GET" ? {} : { body: JSON.stringify({ ...fields, traits: { email: old.email } }) };
        const answer = await createVisitor(env, freshAddress()).send(url, {
          method,
          headers: { ...headers, "Content-Type": "application/json" },
          ...body,
        });
        expect(answer.headers.getSetCookie().join()).not.toMatch(/orgate_(?:console_)?session=[^;]/);
        expect(await answer.text()).not.toContain("orgate_st_");
      }
    });
  });
});

describe("T65: a session that has lost its ground counts as none, whatever reads it", () => {
  const LOSSES: [name: string, sql: string][] = [
    ["organization disabled", "UPDATE organizations SET state = 'disabled' WHERE id = ?1"],
    ["connection disabled", "UPDATE connections SET state = 'disabled' WHERE organization_id = ?1"],
    ["connection deleted", "DELETE FROM connections WHERE organization_id = ?1"],
    ["connection re-pointed", "UPDATE connections SET trust_revision = 2 WHERE organization_id = ?1"],
    ["domain given up", "DELETE FROM organization_domains WHERE organization_id = ?1"],
    ["person moved out", "UPDATE identities SET organization_id = NULL WHERE organization_id = ?1"],
    ["person deactivated", "UPDATE identities SET state = 'inactive' WHERE organization_id = ?1"],
    ["session expired", "UPDATE sessions SET expires_at = 1 WHERE organization_id = ?1"],
    ["session revoked", "DELETE FROM sessions WHERE organization_id = ?1"],
  ];

  /** A member who is signed in through the organization's connection, in a project of her own. */
  const member = async () => {
    const project = await putProject();
    const organization = await putOrganization(project.id, ["member.test"]);
    const connection = await putConnection(project.id, { organizationId: organization.id });
    const identity = await putIdentity(project.id, "ada@member.test", { organizationId: organization.id });
    const ground = { organizationId: organization.id, connectionId: connection.id, connectionTrustRevision: 1 };
    const { token } = await signIn(identity, ground);
    return { origin: `http://${project.slug}.localhost:8787`, organizationId: organization.id, token };
  };

  test.each(LOSSES)("%s", async (_name, sql) => {
    const { origin, organizationId, token } = await member();
    for (const headers of sessionHeaders(token)) {
      expect((await createVisitor(env).send(`${origin}/sessions/whoami`, { headers })).status).toBe(200);
    }
    await env.DB.prepare(sql).bind(organizationId).run();
    for (const route of READERS) await countsAsNone(route, origin, token);
  });

  const OPERATOR_LOSSES: [name: string, sql: string][] = [
    ["deactivated", "UPDATE identities SET state = 'inactive'"],
    ["session expired", "UPDATE sessions SET expires_at = 1"],
    ["moved into an organization", ""],
  ];
  const MANAGEMENT = Object.keys(DOORS).filter((route) => route.includes(" /projects"));

  test.each(OPERATOR_LOSSES)("an operator who is %s is a stranger to the management API and the console", async (_name, sql) => {
    const token = await createOperator({ all: "owner" });
    const pages = async () => {
      const answers = [];
      for (const route of CONSOLE_PAGES) {
        const [method = "", path = ""] = route.split(" ");
        const headers = { Cookie: `__Host-orgate_console_session=${token}` };
        const answer = await createVisitor(env).send(`${BASE}${fill(path, {})}`, { method, headers });
        answers.push([route, answer.headers.get("location")?.split("?")[0] === "/console/login"]);
      }
      return answers;
    };
    expect((await pages()).filter(([, sentAway]) => sentAway)).toEqual([]);
    const statuses = () =>
      Promise.all(
        MANAGEMENT.map(async (route) => {
          const [method = "", path = ""] = route.split(" ");
          const url = `http://localhost:8787${fill(path, {})}`;
          const headers = { Cookie: `ory_session_ory=${token}` };
          return [route, (await createVisitor(env).send(url, { method, headers })).status];
        }),
      );
    expect((await statuses()).filter(([, status]) => status === 401)).toEqual([]);
    if (sql) await env.DB.prepare(sql).run();
    else {
      const home = await services().projects.findBySlug("console");
      await putOrganization(home?.id ?? "", ["operators.example"]);
    }
    expect((await statuses()).filter(([, status]) => status !== 401)).toEqual([]);
    expect((await pages()).filter(([, sentAway]) => !sentAway)).toEqual([]);
  });
});

/** Shows that a route answers a session just as it answers nobody. */
async function countsAsNone(route: string, origin: string, token: string): Promise<void> {
  const [method = "", path = ""] = route.split(" ");
  const url = `${origin}${fill(path, {})}`;
  const ask = async (visitor: Visitor, accept: string, headers: Record<string, string>) => {
    const answer = await visitor.send(url, { method, headers: { Accept: accept, ...headers } });
    await answer.text();
    return [route, answer.status, answer.headers.get("location")?.split("?")[0]];
  };
  for (const accept of ["application/json", "text/html"]) {
    const nobody = await ask(createVisitor(env, freshAddress()), accept, {});
    for (const headers of sessionHeaders(token)) {
      expect(await ask(createVisitor(env, freshAddress()), accept, headers)).toEqual(nobody);
    }
  }
}

/** The console stands on the base host, below one path. */
function originFor(path: string, origin: string): string {
  return path === "/console" || path.startsWith("/console/") ? BASE : origin;
}

/** A session as a browser and as a program present it. */
function sessionHeaders(token: string): Record<string, string>[] {
  return [{ Cookie: `__Host-orgate_session=${token}` }, { "X-Session-Token": token }];
}

let addresses = 0;
/** Everybody has a network of their own, so that no counter of another attempt answers first. */
function freshAddress(): string {
  addresses += 1;
  return `198.18.${(addresses >> 8) & 255}.${addresses & 255}`;
}
