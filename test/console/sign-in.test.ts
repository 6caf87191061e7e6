// Operators sign in through the same doors as everybody, below /console on the base host: password and single sign-on, with
// a cookie of the console's own beside the default project's.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import type { Connection } from "../../src/domain/connections/connection.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import { operatorAccess } from "../../src/storage/schema.ts";
import { person } from "../login/scene.ts";
import { CONSOLE_COOKIE, consoleUrl } from "../support/console.ts";
import { createIdp, type Idp } from "../support/idp/idp.ts";
import { connectNetwork } from "../support/idp/network.ts";
import { consoleProject, createConnection, createOrganization, services, systemContext } from "../support/seed.ts";
import { createVisitor, type Visitor } from "../support/visitor.ts";

const PASSWORD = "violet harbour ladder 42";
const SESSION_COOKIE = "__Host-orgate_session";
const HOST = new URL(env.BASE_URL).host;

let home: Project;
let idp: Idp;
let connection: Connection;

beforeAll(async () => {
  home = await consoleProject();
  idp = await createIdp({ issuer: "https://idp-console.test", clients: [{ client_id: "client-1", client_secret: "secret-1" }] });
  connectNetwork(idp);
  const organization = await createOrganization(home, { label: "Staff", domains: ["staff.test"] });
  connection = await createConnection(home, {
    organizationId: organization.id,
    issuerUrl: idp.issuer,
    clientId: "client-1",
    clientSecret: "secret-1",
  });
  const pat = await services().identities.create(
    home.id,
    {
      schemaId: "default",
      traits: { email: "pat@operators.example" },
      state: "active",
      organizationId: null,
      metadataPublic: null,
      metadataAdmin: null,
      password: { text: PASSWORD },
    },
    systemContext,
  );
  await grant(pat.id);
});

async function grant(operatorId: string): Promise<void> {
  const { directory } = services().runtime;
  const row = { projectId: home.id, operatorProjectId: home.id, operatorId, role: "owner" as const, createdAt: 0 };
  await directory.commit([directory.query.insert(operatorAccess).values(row)]);
}

const newVisitor = () => createVisitor(env, `198.51.100.${Math.trunc(performance.now()) % 250}`);
const cookiesOf = (visitor: Visitor) => [...(visitor.cookies.get(HOST)?.keys() ?? [])];

/** Answers the first step of the sign-in page at `path` with an address, and follows to the next step. */
async function typeAddress(visitor: Visitor, path: string, identifier: string) {
  const page = await (await visitor.get(consoleUrl(path))).text();
  const { action, csrf } = formOf(page);
  const step = await visitor.post(new URL(action, env.BASE_URL), { csrf_token: csrf, method: "identifier_first", identifier });
  expect(step.status).toBe(303);
  const next = await (await visitor.get(new URL(step.headers.get("Location") ?? "", env.BASE_URL))).text();
  return { ...formOf(next), page: next };
}

function formOf(page: string) {
  const action = /<form method="post" action="([^"]*)"/.exec(page)?.[1]?.replaceAll("&amp;", "&") ?? "";
  const csrf = /name="csrf_token" value="([^"]*)"/.exec(page)?.[1] ?? "";
  return { action, csrf };
}

describe("signing in to the console", () => {
  test("a page asks a stranger to sign in, and a password leads back to it", async () => {
    const visitor = newVisitor();
    const asked = await visitor.get(consoleUrl("/projects?x=1"));
    expect(asked.status).toBe(303);
    const location = asked.headers.get("Location") ?? "";
    expect(location).toBe(`/console/login?return_to=${encodeURIComponent("/console/projects?x=1")}`);

    const { action, csrf } = await typeAddress(visitor, location, "pat@operators.example");
    expect(action).toMatch(/^\/console\/self-service\/login\?flow=/);
    const done = await visitor.post(new URL(action, env.BASE_URL), {
      csrf_token: csrf,
      method: "password",
      identifier: "pat@operators.example",
      password: PASSWORD,
    });
    expect([done.status, done.headers.get("Location")]).toEqual([303, `${env.BASE_URL}/console/projects?x=1`]);
    expect(cookiesOf(visitor)).toContain(CONSOLE_COOKIE);
    expect(cookiesOf(visitor)).not.toContain(SESSION_COOKIE);
    expect((await visitor.get(consoleUrl("/"))).status).toBe(200);
  });

  test("an operator whose domain belongs to an organization comes through its provider, and only so (T40)", async () => {
    const visitor = newVisitor();
    const { action, csrf, page } = await typeAddress(visitor, "/login", "kim@staff.test");
    expect(page).not.toContain('type="password"');
    const provider = await visitor.post(new URL(action, env.BASE_URL), {
      csrf_token: csrf,
      identifier: "kim@staff.test",
      provider: connection.id,
    });
    const authorize = new URL(provider.headers.get("Location") ?? "");
    expect(authorize.searchParams.get("redirect_uri")).toBe(
      `${env.BASE_URL}/console/self-service/methods/oidc/organization/${connection.organizationId}/callback/${connection.id}`,
    );
    const callback = await idp.authorize(authorize, person("staff.test", "kim"));
    const done = await visitor.get(callback);
    expect([done.status, done.headers.get("Location")]).toEqual([303, `${env.BASE_URL}/console`]);

    // Signed in, but nobody has given Kim anything yet.
    const stranger = await visitor.get(consoleUrl("/"));
    expect(stranger.status).toBe(403);
    expect(await stranger.text()).toContain("No access yet");
    const session = await visitor.get(consoleUrl("/sessions/whoami"), { Accept: "application/json" });
    const { identity } = (await session.json()) as { identity: { id: string } };
    await grant(identity.id);
    expect((await visitor.get(consoleUrl("/"))).status).toBe(200);
  });

  test("a link that starts a sign-in of the console does so below it, from the console's own host too", async () => {
    const visitor = newVisitor();
    const started = await visitor.get(consoleUrl(`/sso/start?email=kim@staff.test`));
    expect(new URL(started.headers.get("Location") ?? "").origin).toBe(idp.issuer);
    const moved = await visitor.get(`http://console.localhost:8787/sso/start?connection=${connection.id}`);
    expect(moved.headers.get("Location")).toMatch(new RegExp(`^${env.BASE_URL}/console/sso/start\\?connection=${connection.id}`));
  });

  test("the lookup answers for the operators' project", async () => {
    const ask = async (url: string) => (await (await newVisitor().get(url, { Accept: "application/json" })).json()) as object;
    const answer = await ask(consoleUrl("/self-service/sso?identifier=kim@staff.test"));
    expect(answer).toEqual({ sso: true, connections: [{ id: connection.id, label: connection.label }] });
  });

  test("signing out ends the console's session and leaves the default project's alone", async () => {
    const visitor = newVisitor();
    const { action, csrf } = await typeAddress(visitor, "/login", "pat@operators.example");
    const fields = { csrf_token: csrf, method: "password", identifier: "pat@operators.example", password: PASSWORD };
    await visitor.post(new URL(action, env.BASE_URL), fields);
    visitor.cookies.get(HOST)?.set(SESSION_COOKIE, "another");
    const home = await (await visitor.get(consoleUrl("/"))).text();
    const token = /name="token" value="([^"]*)"/.exec(home)?.[1] ?? "";
    const out = await visitor.post(consoleUrl("/self-service/logout"), { token, return_to: "/console/login" });
    expect([out.status, out.headers.get("Location")]).toEqual([303, `${env.BASE_URL}/console/login`]);
    expect(cookiesOf(visitor)).not.toContain(CONSOLE_COOKIE);
    expect(cookiesOf(visitor)).toContain(SESSION_COOKIE);
  });
});

describe("the two sessions of the base host are not exchangeable (T77)", () => {
  test("a console session does not sign in to the default project, nor the other way round", async () => {
    const visitor = newVisitor();
    const { action, csrf } = await typeAddress(visitor, "/login", "pat@operators.example");
    const fields = { csrf_token: csrf, method: "password", identifier: "pat@operators.example", password: PASSWORD };
    await visitor.post(new URL(action, env.BASE_URL), fields);
    const jar = visitor.cookies.get(HOST) ?? new Map<string, string>();
    const token = jar.get(CONSOLE_COOKIE) ?? "";
    expect((await visitor.get(`${env.BASE_URL}/sessions/whoami`, { Accept: "application/json" })).status).not.toBe(200);
    jar.delete(CONSOLE_COOKIE);
    jar.set(SESSION_COOKIE, token);
    expect((await visitor.get(consoleUrl("/"))).status).toBe(303);
  });

  test("nothing of the console answers on another host", async () => {
    for (const path of ["/console", "/console/login", "/console/projects"]) {
      expect((await newVisitor().get(`http://console.localhost:8787${path}`)).status, path).toBe(404);
    }
  });

  test.each(["https://evil.example/", "//evil.example", "/\\evil.example"])(
    "the way back leads nowhere else: %s (T76)",
    async (to) => {
      const answer = await newVisitor().get(consoleUrl(`/login?return_to=${encodeURIComponent(to)}`));
      expect(answer.status).toBe(400);
    },
  );
});
