// Trying a connection: the whole round trip of an operator, and what must never come of one.

import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Connection } from "../../src/domain/connections/connection.ts";
import { createScene, person, type Scene } from "../login/scene.ts";
import { d1Contents } from "../security/contents.ts";
import { type OperatorClient, operatorAt, readable } from "../support/console.ts";
import { countingEnv } from "../support/counting.ts";
import type { IdpUser } from "../support/idp/idp.ts";
import { api } from "../support/management.ts";
import { createConnection, createProject, services, systemContext } from "../support/seed.ts";
import { createVisitor, type Visitor } from "../support/visitor.ts";

let scene: Scene;
let kim: OperatorClient;

beforeEach(async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  scene = await createScene();
  kim = await operatorAt({ [scene.project.id]: "editor" });
});
afterEach(() => {
  scene.network.restore();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const pathOf = (connection: Connection) => `/projects/${scene.project.id}/connections/${connection.id}`;

/** What the button leads to: the address with the ticket, on the project's own host. */
async function ticketFor(connection: Connection = scene.a.connection): Promise<string> {
  const answer = await kim.post(`${pathOf(connection)}/try`);
  expect(answer.status).toBe(303);
  return answer.location ?? "";
}

/** From the ticket to the identity provider. */
async function begin(connection: Connection = scene.a.connection, who: Visitor = kim.visitor): Promise<URL> {
  const answer = await who.get(await ticketFor(connection));
  expect(answer.status).toBe(303);
  return new URL(answer.headers.get("location") ?? "");
}

async function tryOut(user: IdpUser, connection: Connection = scene.a.connection): Promise<Response> {
  const idp = connection.issuerUrl === scene.idpA.issuer ? scene.idpA : scene.idpB;
  return await kim.visitor.get(await idp.authorize(await begin(connection), user));
}

const PEOPLE = ["identities", "oidc_credentials", "password_credentials", "sessions"] as const;
async function peopleOfProject(): Promise<unknown[]> {
  const rows = await Promise.all(
    PEOPLE.map((table) => env.DB.prepare(`SELECT * FROM ${table} WHERE project_id = ?`).bind(scene.project.id).all()),
  );
  return rows.map(({ results }) => results);
}

describe("a trial", () => {
  test("shows what came back, what becomes of it and what would happen, and makes neither session nor identity", async () => {
    const before = await peopleOfProject();
    const answer = await tryOut({ ...person(scene.a.domain), department: "canary-7f3a" });
    const page = await answer.text();
    const text = readable(page);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.getSetCookie().join("\n")).not.toContain("session=");
    expect(text).toContain("This login would come through");
    expect(text).toContain("A new account is made");
    expect(text).toContain("department canary-7f3a");
    expect(text).toContain(`email email ada@${scene.a.domain}`);
    expect(text).toContain(`${scene.idpA.issuer}/token`);
    expect(page).toContain(`/console${pathOf(scene.a.connection)}`);
    expect(await peopleOfProject()).toEqual(before);
    const stored = JSON.stringify(await d1Contents());
    expect(stored).not.toContain("canary-7f3a");
    expect(stored).not.toContain(`ada@${scene.a.domain}`);
  });

  test("leaves one audit event that names the operator, and no claim", async () => {
    await tryOut(person(scene.a.domain));
    const { results } = await env.DB.prepare(
      "SELECT type, actor_type, actor_id, identity_id, reason, connection_id, details FROM events WHERE project_id = ? AND type NOT LIKE '%.created'",
    )
      .bind(scene.project.id)
      .all();
    expect(results).toEqual([
      {
        type: "connection.tried",
        actor_type: "operator",
        actor_id: kim.identityId,
        identity_id: null,
        reason: null,
        connection_id: scene.a.connection.id,
        details: JSON.stringify({
          label: scene.a.connection.label,
          provider: "generic",
          admitted: true,
          identity: "create",
        }),
      },
    ]);
  });

  test("does not touch how the connection is doing, and pins nothing", async () => {
    const row = () => services().connections.get(scene.project.id, scene.a.connection.id);
    const before = await row();
    await tryOut(person(scene.a.domain));
    await tryOut(person("elsewhere.test"));
    expect(await row()).toEqual(before);
  });

  test.each<[string, (s: Scene) => IdpUser, string]>([
    ["an address outside the organization", () => person("elsewhere.test"), "email_outside_organization"],
    ["no address", () => ({ sub: "x" }), "email_missing"],
    ["an unverified address", (s) => ({ ...person(s.a.domain), email_verified: false }), "email_unverified"],
  ])("with %s names the exact reason and the fix", async (_name, user, reason) => {
    const text = readable(await (await tryOut(user(scene))).text());
    expect(text).toContain("This login would be refused");
    expect(text).toContain(reason);
    expect(text).toMatch(/What to do\. [A-Z]/);
    expect(await scene.lastEvent()).toMatchObject({ type: "connection.tried", reason });
    expect(await scene.events("login.refused")).toHaveLength(0);
  });

  test("shows the claims of a token that is refused as not verified", async () => {
    scene.idpA.mutate({ claims: { aud: "somebody-else" } });
    const text = readable(await (await tryOut(person(scene.a.domain))).text());
    expect(text).toContain("aud_mismatch");
    expect(text).toContain("Claims of the ID token, not verified");
    expect(text).toContain("aud somebody-else");
  });

  test("says at once when the provider's metadata cannot be used", async () => {
    scene.idpA.mutate({ faults: { discovery: "reset" } });
    const answer = await kim.visitor.get(await ticketFor());
    expect(answer.status).toBe(200);
    expect(readable(await answer.text())).toContain("discovery_unreachable");
    expect(await scene.lastEvent()).toMatchObject({ type: "connection.tried", reason: "discovery_unreachable" });
  });

  test("what a provider says is shown as text, whatever it is (T85)", async () => {
    const page = await (await tryOut({ ...person(scene.a.domain), name: "<img src=x onerror=alert(1)>" })).text();
    expect(page).not.toContain("<img");
    expect(page).toContain("&lt;img");
  });

  test("works for a disabled connection, which stays closed for everybody else", async () => {
    const { connections } = services();
    await connections.update(scene.project.id, scene.a.connection.id, { state: "disabled" }, undefined, systemContext);
    const text = readable(await (await tryOut(person(scene.a.domain))).text());
    expect(text).toContain("This login would come through");
    expect(text).toContain("The connection is disabled");
    expect((await createVisitor(env).get(`${scene.origin}/sso/start?connection=${scene.a.connection.id}`)).status).toBe(403);
  });

  test("a connection that is changed meanwhile ends the trial, too (T58)", async () => {
    const callback = await scene.idpA.authorize(await begin(), person(scene.a.domain));
    const { connections } = services();
    await connections.update(scene.project.id, scene.a.connection.id, { clientId: "other" }, undefined, systemContext);
    expect(readable(await (await kim.visitor.get(callback)).text())).toContain("connection_changed");
    expect(scene.idpA.to("token")).toHaveLength(0);
  });

  test("takes three D1 round trips at its callback, and sends the code once", async () => {
    const callback = await scene.idpA.authorize(await begin(), person(scene.a.domain));
    const jar = kim.visitor.cookies.get(new URL(scene.origin).host) ?? new Map<string, string>();
    const counted = countingEnv(env);
    const visitor = createVisitor(counted.env);
    await visitor.get(`${scene.origin}/login`);
    counted.reset();
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    expect((await visitor.send(callback, { headers: { Cookie: cookie, Accept: "text/html" } })).status).toBe(200);
    expect(counted.d1.roundTrips).toBe(3);
    expect(scene.idpA.to("token")).toHaveLength(1);
  });
});

describe("a trial can never become a session", () => {
  test("also when its callback and its cookie are sent again", async () => {
    const callback = await scene.idpA.authorize(await begin(), person(scene.a.domain));
    const jar = kim.visitor.cookies.get(new URL(scene.origin).host) ?? new Map<string, string>();
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => createVisitor(env).send(callback, { headers: { Cookie: cookie, Accept: "text/html" } })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(400)]);
    for (const answer of answers) expect(answer.headers.getSetCookie().join("\n")).not.toContain("session=");
    expect(await peopleOfProject()).toEqual(PEOPLE.map(() => []));
    expect(scene.idpA.to("token")).toHaveLength(1);
  });

  test("its cookie does not pass for an ordinary transaction's", async () => {
    const ordinary = await scene.start(scene.a.connection);
    const jar = scene.visitor.cookies.get(new URL(scene.origin).host) ?? new Map<string, string>();
    const [name = ""] = [...jar.keys()].filter((key) => key.startsWith("__Host-orgate_tx_"));
    await begin();
    const trials = kim.visitor.cookies.get(new URL(scene.origin).host) ?? new Map<string, string>();
    const [, sealed = ""] = [...trials].find(([key]) => key.startsWith("__Host-orgate_tx_")) ?? [];
    const callback = await scene.idpA.authorize(ordinary, person(scene.a.domain));
    const answer = await createVisitor(env).send(callback, { headers: { Cookie: `${name}=${sealed}`, Accept: "text/html" } });
    expect(answer.headers.getSetCookie().join("\n")).not.toContain("session=");
    expect(await peopleOfProject()).toEqual(PEOPLE.map(() => []));
  });

  test("and leaves the session alone that the browser has", async () => {
    await scene.login(scene.a.connection, person(scene.a.domain), kim.visitor);
    const before = kim.visitor.cookies.get(new URL(scene.origin).host)?.get("__Host-orgate_session");
    expect(before).toBeDefined();
    await tryOut(person(scene.a.domain, "bob"));
    expect(kim.visitor.cookies.get(new URL(scene.origin).host)?.get("__Host-orgate_session")).toBe(before);
    expect((await scene.whoami(kim.visitor)).status).toBe(200);
  });
});

describe("an ordinary transaction cannot be turned into a trial", () => {
  test.each(["trial=true", "ticket=x", "try=1"])("by a parameter %s at start and callback", async (parameter) => {
    const url = await scene.start(scene.a.connection, scene.visitor, `&${parameter}`);
    const callback = await scene.idpA.authorize(url, person(scene.a.domain));
    const [name = "", value = ""] = parameter.split("=");
    callback.searchParams.set(name, value);
    expect((await scene.visitor.get(callback)).status).toBe(303);
    expect(await scene.events("connection.tried")).toHaveLength(0);
  });

  test("a ticket is no transaction, and a transaction is no ticket", async () => {
    const ticket = new URL(await ticketFor()).searchParams.get("ticket") ?? "";
    const url = await scene.start(scene.a.connection);
    const jar = scene.visitor.cookies.get(new URL(scene.origin).host) ?? new Map<string, string>();
    const [name = "", sealed = ""] = [...jar].find(([key]) => key.startsWith("__Host-orgate_tx_")) ?? [];
    expect((await kim.visitor.get(`${scene.origin}/sso/try?ticket=${encodeURIComponent(sealed)}`)).status).toBe(410);
    const callback = await scene.idpA.authorize(url, person(scene.a.domain));
    const answer = await createVisitor(env).send(callback, { headers: { Cookie: `${name}=${ticket}`, Accept: "text/html" } });
    expect(answer.status).toBe(400);
  });
});

describe("a ticket", () => {
  test("is used once: of ten that open it together one gets to the provider", async () => {
    const url = await ticketFor();
    const answers = await Promise.all(Array.from({ length: 10 }, () => createVisitor(env).get(url)));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array(9).fill(410)]);
  });

  test("is good for five minutes", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const [early, late] = [await ticketFor(), await ticketFor()];
    vi.setSystemTime(Date.now() + 5 * 60_000 - 1000);
    expect((await kim.visitor.get(early)).status).toBe(303);
    vi.setSystemTime(Date.now() + 2000);
    expect((await kim.visitor.get(late)).status).toBe(410);
  });

  test("of another project is refused, like one that is made up, empty, or missing", async () => {
    const other = await createProject();
    const elsewhere = new URL(await ticketFor());
    elsewhere.host = new URL(`http://${other.slug}.localhost:8787`).host;
    const bad = [
      elsewhere.href,
      `${scene.origin}/sso/try?ticket=made-up`,
      `${scene.origin}/sso/try?ticket=`,
      `${scene.origin}/sso/try`,
    ];
    for (const url of bad) expect((await kim.visitor.get(url)).status, url).toBe(410);
  });

  test("is not used up by HEAD (T88)", async () => {
    const url = await ticketFor();
    expect((await kim.visitor.send(url, { method: "HEAD" })).status).toBe(405);
    expect((await kim.visitor.get(url)).status).toBe(303);
  });

  test("is for those who may write: a viewer, a stranger and a forged form get none (T80)", async () => {
    const path = `${pathOf(scene.a.connection)}/try`;
    const viewer = await operatorAt({ [scene.project.id]: "viewer" });
    expect((await viewer.send(path, { csrf_token: viewer.csrf })).status).toBe(403);
    const other = await operatorAt({ [(await createProject()).id]: "owner" });
    expect((await other.send(path, { csrf_token: other.csrf })).status).toBe(404);
    expect((await kim.send(path, { csrf_token: "wrong" })).status).toBe(403);
  });

  test("comes from the API, too", async () => {
    const { status, json } = await api("POST", `${pathOf(scene.a.connection)}/try`);
    expect(status).toBe(200);
    expect(json).toEqual({ url: expect.stringMatching(`^${scene.origin}/sso/try\\?ticket=`), expires_at: expect.any(String) });
    expect((await createVisitor(env).get(json.url)).status).toBe(303);
  });

  test("of a connection that is gone, or not the project's, is not made", async () => {
    const theirs = await createConnection(await createProject());
    expect((await api("POST", `/projects/${scene.project.id}/connections/${theirs.id}/try`)).status).toBe(404);
  });
});
