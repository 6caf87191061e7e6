import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createIdp } from "../support/idp/idp.ts";
import { connectNetwork } from "../support/idp/network.ts";
import { putIdentity } from "../support/rows.ts";
import { createConnection, createOrganization, services, systemContext } from "../support/seed.ts";
import { createVisitor } from "../support/visitor.ts";
import { createScene, person, type Scene } from "./scene.ts";

let scene: Scene;

beforeEach(async () => {
  scene = await createScene();
});
afterEach(() => {
  scene.network.restore();
  vi.useRealTimers();
});

/** No session, no identity, and (unless the code may have been sent) no token request came of it. */
async function expectRefused(answer: Response, reason: string, options: { status?: number; tokenRequests?: number } = {}) {
  expect(answer.status).toBe(options.status ?? 403);
  expect(answer.headers.getSetCookie().join("\n")).not.toContain("orgate_session");
  const page = await answer.text();
  expect(page).not.toContain(reason);
  expect(page).toMatch(/Reference/);
  expect(scene.idpA.to("token").length + scene.idpB.to("token").length).toBe(options.tokenRequests ?? 0);
  expect(await countRowsOf("identities")).toBe(0);
  expect(await countRowsOf("sessions")).toBe(0);
}
const countRowsOf = async (table: string) =>
  (await env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE project_id = ?`).bind(scene.project.id).first<{ n: number }>())
    ?.n ?? -1;

describe("a whole login", () => {
  test("lands at the return target with a session that says who vouched for it", async () => {
    const url = await scene.start(scene.a.connection, scene.visitor, "&return_to=https%3A%2F%2Fapp.example%2Fdeep%3Fx%3D1");
    const answer = await scene.visitor.get(await scene.idpA.authorize(url, person(scene.a.domain)));
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toBe("https://app.example/deep?x=1");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
    const { status, body } = await scene.whoami(scene.visitor);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      active: true,
      identity: { organization_id: scene.a.organization.id, traits: { email: `ada@${scene.a.domain}`, name: "Ada" } },
      authentication_methods: [
        { method: "oidc", aal: "aal1", provider: scene.a.connection.id, organization: scene.a.organization.id },
      ],
    });
    expect(await scene.lastEvent()).toMatchObject({ type: "login.succeeded" });
  });

  test("the authorization request carries S256, a fresh state and nonce of 256 bits, and nothing a caller may choose (T6, T15)", async () => {
    const one = await scene.start(
      scene.a.connection,
      scene.visitor,
      "&prompt=none&scope=admin&response_mode=form_post&hd=x&redirect_uri=https%3A%2F%2Fevil.test",
    );
    const two = await scene.start(scene.a.connection);
    const names = [
      "client_id",
      "code_challenge",
      "code_challenge_method",
      "nonce",
      "redirect_uri",
      "response_type",
      "scope",
      "state",
    ];
    expect([...one.searchParams.keys()].sort()).toEqual(names);
    expect(one.searchParams.get("redirect_uri")).toBe(scene.a.connection.redirectUri);
    for (const name of ["state", "nonce", "code_challenge"]) {
      expect(one.searchParams.get(name)).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(one.searchParams.get(name)).not.toBe(two.searchParams.get(name));
    }
  });

  test("the cookie of the longest return target fits what browsers take", async () => {
    const longest = `/${"x".repeat(1535 - scene.origin.length)}`;
    await scene.start(scene.a.connection, scene.visitor, `&return_to=${longest}`);
    const jar = scene.visitor.cookies.get(new URL(scene.origin).host) ?? new Map<string, string>();
    const [name, value] = [...jar].find(([cookie]) => cookie.startsWith("__Host-orgate_tx_")) ?? ["", ""];
    expect(name).not.toBe("");
    expect(name.length + value.length).toBeLessThan(4096);
  });

  test("login_hint reaches only the IdP of the organization whose address it is (T15, Kratos-26.2.19)", async () => {
    const hint = (domain: string) => `&login_hint=Ada%2Bx%40${domain}`;
    const own = await scene.start(scene.a.connection, scene.visitor, hint(scene.a.domain));
    expect(own.searchParams.get("login_hint")).toBe(`Ada+x@${scene.a.domain}`);
    for (const domain of [scene.b.domain, "nobody.test"]) {
      expect((await scene.start(scene.a.connection, scene.visitor, hint(domain))).searchParams.has("login_hint")).toBe(false);
    }
  });

  test("the second login of a person is the same identity, and a new session each time (T77, Auth0-2023-session-fixation)", async () => {
    await scene.login(scene.a.connection, person(scene.a.domain));
    const first = scene.visitor.cookies.get(new URL(scene.origin).host)?.get("__Host-orgate_session");
    await scene.login(scene.a.connection, person(scene.a.domain));
    const second = scene.visitor.cookies.get(new URL(scene.origin).host)?.get("__Host-orgate_session");
    expect(second).not.toBe(first);
    expect(await countRowsOf("identities")).toBe(1);
    expect(await countRowsOf("sessions")).toBe(1);
  });

  test("two first logins of one person at the same moment make one identity", async () => {
    const visitors = [createVisitor(env), createVisitor(env)];
    const callbacks: URL[] = [];
    for (const v of visitors)
      callbacks.push(await scene.idpA.authorize(await scene.start(scene.a.connection, v), person(scene.a.domain)));
    const answers = await Promise.all(visitors.map((v, i) => v.get(callbacks[i] ?? "")));
    expect(answers.map((a) => a.status)).toEqual([303, 303]);
    expect(await countRowsOf("identities")).toBe(1);
    expect(await countRowsOf("sessions")).toBe(2);
  });
});

describe("the transaction", () => {
  test("of 50 parallel callbacks one wins, and the code is sent once (T1, CVE-2025-46815)", async () => {
    const callback = await scene.idpA.authorize(await scene.start(scene.a.connection), person(scene.a.domain));
    const cookie = [...(scene.visitor.cookies.get(new URL(scene.origin).host) ?? [])].map(([n, v]) => `${n}=${v}`).join("; ");
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => scene.visitor.send(callback, { headers: { Cookie: cookie, Accept: "text/html" } })),
    );
    expect(answers.filter((a) => a.status === 303)).toHaveLength(1);
    expect(answers.filter((a) => a.status === 400)).toHaveLength(49);
    expect(scene.idpA.to("token")).toHaveLength(1);
    expect(await countRowsOf("sessions")).toBe(1);
  });

  test("the same callback once more, with the old cookie put back, is refused (T1)", async () => {
    const callback = await scene.idpA.authorize(await scene.start(scene.a.connection), person(scene.a.domain));
    const jar = scene.visitor.cookies.get(new URL(scene.origin).host);
    const cookie = [...(jar ?? [])].map(([n, v]) => `${n}=${v}`).join("; ");
    expect((await scene.visitor.get(callback)).status).toBe(303);
    const replay = await createVisitor(env).send(callback, { headers: { Cookie: cookie, Accept: "text/html" } });
    expect(replay.status).toBe(400);
    expect(replay.headers.getSetCookie().join()).not.toContain("orgate_session");
    expect(scene.idpA.to("token")).toHaveLength(1);
  });

  test("a callback in another browser is refused before anything is sent (T3, CVE-2022-39222)", async () => {
    const callback = await scene.idpA.authorize(await scene.start(scene.a.connection), person(scene.a.domain));
    await expectRefused(await createVisitor(env).get(callback), "transaction_missing", { status: 400 });
  });

  test.each<[string, (callback: URL) => void]>([
    ["missing", (u) => u.searchParams.delete("state")],
    ["empty", (u) => u.searchParams.set("state", "")],
    ["foreign", (u) => u.searchParams.set("state", "x".repeat(43))],
    ["truncated", (u) => u.searchParams.set("state", (u.searchParams.get("state") ?? "").slice(1))],
    ["10 KB long", (u) => u.searchParams.set("state", "x".repeat(10_240))],
    ["given twice", (u) => u.searchParams.append("state", u.searchParams.get("state") ?? "")],
  ])("a state that is %s is refused with no request to anybody (T2)", async (_name, change) => {
    const callback = await scene.idpA.authorize(await scene.start(scene.a.connection), person(scene.a.domain));
    scene.network.clear();
    change(callback);
    await expectRefused(await scene.visitor.get(callback), "state", { status: 400 });
    expect(scene.network.requests).toHaveLength(0);
  });

  test("works until ten minutes have passed and not after (T13, F24)", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const early = await scene.idpA.authorize(await scene.start(scene.a.connection), person(scene.a.domain));
    vi.setSystemTime(Date.now() + 10 * 60_000 - 1000);
    expect((await scene.visitor.get(early)).status).toBe(303);
    const late = await scene.idpA.authorize(await scene.start(scene.a.connection), person(scene.a.domain));
    vi.setSystemTime(Date.now() + 10 * 60_000 + 1000);
    expect((await scene.visitor.get(late)).status).toBe(400);
  });

  test("two logins in one browser finish in either order (T4)", async () => {
    const toA = await scene.start(scene.a.connection);
    const toB = await scene.start(scene.b.connection);
    const b = await scene.visitor.get(await scene.idpB.authorize(toB, person(scene.b.domain, "bob")));
    const a = await scene.visitor.get(await scene.idpA.authorize(toA, person(scene.a.domain)));
    expect([a.status, b.status]).toEqual([303, 303]);
  });

  test("a browser full of abandoned logins is relieved of them", async () => {
    for (let i = 0; i < 12; i++) await scene.start(scene.a.connection);
    const jar = scene.visitor.cookies.get(new URL(scene.origin).host) ?? new Map();
    expect([...jar.keys()].filter((name) => name.startsWith("__Host-orgate_tx_")).length).toBeLessThanOrEqual(8);
  });

  test.each(["organization", "connection"])(
    "the callback path of another %s is refused before any token request (T7, T9, GHSA-x445-f3h2-j279)",
    async (which) => {
      const callback = await scene.idpA.authorize(await scene.start(scene.a.connection), person(scene.a.domain));
      const second = await createConnection(scene.project, {
        organizationId: scene.a.organization.id,
        issuerUrl: "https://idp-c.test",
      });
      callback.pathname = new URL((which === "organization" ? scene.b.connection : second).redirectUri).pathname;
      await expectRefused(await scene.visitor.get(callback), "connection_mismatch", { status: 400 });
      expect(await scene.lastEvent()).toMatchObject({ type: "login.refused", reason: "connection_mismatch" });
    },
  );

  test("mix-up: an IdP that sends the browser on to another organization's IdP gets nothing (T7)", async () => {
    const evil = await scene.start(scene.b.connection);
    // IdP B answers B's request by redirecting to IdP A with A's client and B's state; A then calls A's callback back.
    const swapped = new URL(evil.href.replace(scene.idpB.issuer, scene.idpA.issuer));
    swapped.searchParams.set("redirect_uri", scene.a.connection.redirectUri);
    const callback = await scene.idpA.authorize(swapped, person(scene.a.domain));
    await expectRefused(await scene.visitor.get(callback), "connection_mismatch", { status: 400 });
  });

  test("mix-up on the right path: the answer of another issuer is refused (T8)", async () => {
    const callback = await scene.idpA.authorize(await scene.start(scene.a.connection), person(scene.a.domain));
    callback.searchParams.set("iss", scene.idpB.issuer);
    await expectRefused(await scene.visitor.get(callback), "iss_mismatch");
    expect(await scene.lastEvent()).toMatchObject({ reason: "iss_mismatch" });
  });

  test("a refused transaction is used up: the right answer comes too late", async () => {
    const callback = await scene.idpA.authorize(await scene.start(scene.a.connection), person(scene.a.domain));
    const cookie = [...(scene.visitor.cookies.get(new URL(scene.origin).host) ?? [])].map(([n, v]) => `${n}=${v}`).join("; ");
    const wrong = new URL(callback);
    wrong.searchParams.set("iss", scene.idpB.issuer);
    await scene.visitor.send(wrong, { headers: { Cookie: cookie, Accept: "text/html" } });
    await expectRefused(
      await scene.visitor.send(callback, { headers: { Cookie: cookie, Accept: "text/html" } }),
      "transaction_used",
      { status: 400 },
    );
    expect(await scene.events("login.refused")).toHaveLength(1);
  });

  test("a person who cancels at the IdP is told so, and nothing of the IdP's text is shown (T12, CVE-2026-42849)", async () => {
    const answer = await scene.visitor.get(scene.idpA.deny(await scene.start(scene.a.connection)));
    const page = await answer.clone().text();
    expect(page).toContain("cancelled");
    expect(page).not.toContain("alert(1)");
    await expectRefused(answer, "user_cancelled");
    expect(await scene.lastEvent()).toMatchObject({ reason: "user_cancelled" });
  });

  test("a callback that nobody asked for never makes a session (T17)", async () => {
    const answer = await scene.visitor.get(
      `${scene.a.connection.redirectUri}?code=x&iss=${encodeURIComponent(scene.idpA.issuer)}`,
    );
    await expectRefused(answer, "state_missing", { status: 400 });
  });

  test("HEAD neither starts nor ends a login (T88)", async () => {
    const callback = await scene.idpA.authorize(await scene.start(scene.a.connection), person(scene.a.domain));
    expect((await scene.visitor.send(callback, { method: "HEAD" })).status).toBe(405);
    expect((await scene.visitor.get(callback)).status).toBe(303);
  });
});

describe("who gets in", () => {
  test.each<[string, (s: Scene) => { sub: string; email?: string; email_verified?: unknown }, string]>([
    ["an address of another organization (T40)", (s) => person(s.b.domain, "victim"), "email_outside_organization"],
    ["an address of no organization (T40)", () => person("nonorg.test", "victim"), "email_outside_organization"],
    ["a subdomain of the organization's domain (T51)", (s) => person(`sub.${s.a.domain}`), "email_outside_organization"],
    ["an address whose domain ends alike (T51)", (s) => person(`not${s.a.domain}`), "email_outside_organization"],
    ["email_verified false (T42)", (s) => ({ ...person(s.a.domain), email_verified: false }), "email_unverified"],
    ["no address", () => ({ sub: "x" }), "email_missing"],
    ["two addresses in one (T52, CVE-2022-35924)", (s) => ({ sub: "x", email: `a@evil.test,b@${s.a.domain}` }), "email_invalid"],
    [
      "a full-width at sign (T52, GHSA-7rqj-j65f-68wh)",
      (s) => ({ sub: "x", email: `a@evil.test＠${s.a.domain}` }),
      "email_invalid",
    ],
  ])("not %s", async (_name, user, reason) => {
    await expectRefused(await scene.login(scene.a.connection, user(scene)), reason, { tokenRequests: 1 });
    expect(await scene.lastEvent()).toMatchObject({ type: "login.refused", reason });
  });

  test.each<[string, unknown]>([
    ["absent", undefined],
    ["the string true", "true"],
  ])("email_verified %s counts for nothing, and the organization's own domain is enough (T42)", async (_name, verified) => {
    expect((await scene.login(scene.a.connection, { ...person(scene.a.domain), email_verified: verified })).status).toBe(303);
  });

  test("another person's password account is untouched by a foreign IdP's word (T40, CVE-2026-9092)", async () => {
    const victim = await putIdentity(scene.project.id, "victim@nonorg.test");
    await scene.login(scene.a.connection, person("nonorg.test", "victim"));
    expect(await env.DB.prepare("SELECT organization_id, revision FROM identities WHERE id = ?").bind(victim.id).first()).toEqual(
      { organization_id: null, revision: 1 },
    );
    expect(await countRowsOf("oidc_credentials")).toBe(0);
  });

  test("one issuer and subject in two organizations are two people (T43)", async () => {
    const connection = await createConnection(scene.project, {
      organizationId: scene.b.organization.id,
      issuerUrl: scene.idpA.issuer,
      clientId: "client-1",
      clientSecret: "secret-1",
    });
    await scene.login(scene.a.connection, { ...person(scene.a.domain), sub: "42" });
    const other = createVisitor(env);
    expect((await scene.login(connection, { ...person(scene.b.domain), sub: "42" }, other)).status).toBe(303);
    expect(await countRowsOf("identities")).toBe(2);
    const [mine, theirs] = [await scene.whoami(scene.visitor), await scene.whoami(other)];
    expect(mine.body["identity"]).not.toMatchObject({ id: (theirs.body["identity"] as { id: string }).id });
  });

  test("another subject of the same IdP with a colleague's address is refused, not merged (T41, nOAuth)", async () => {
    await scene.login(scene.a.connection, person(scene.a.domain));
    const answer = await scene.login(scene.a.connection, { ...person(scene.a.domain), sub: "mallory" }, createVisitor(env));
    expect(answer.status).toBe(403);
    expect(await scene.lastEvent()).toMatchObject({ reason: "email_conflict" });
    expect(await countRowsOf("oidc_credentials")).toBe(1);
  });

  test("a new address inside the organization's domains follows the person; outside it is refused (T45)", async () => {
    await scene.login(scene.a.connection, person(scene.a.domain));
    await scene.login(scene.a.connection, { ...person(scene.a.domain), email: `lovelace@${scene.a.domain}` });
    expect(await env.DB.prepare("SELECT email FROM identities WHERE project_id = ?").bind(scene.project.id).all()).toMatchObject({
      results: [{ email: `lovelace@${scene.a.domain}` }],
    });
    expect((await scene.login(scene.a.connection, { ...person(scene.b.domain), sub: "ada-sub" })).status).toBe(403);
    expect(await countRowsOf("identities")).toBe(1);
  });

  test("an existing local account moves in: its password and sessions are gone, and the person is told (T46)", async () => {
    const domain = `hijack${Date.now()}.test`;
    const context = { ...systemContext, ipAddress: "198.51.100.77" };
    const address = { canonical: `ceo@${domain}`, local: "ceo", domain, typed: `ceo@${domain}` };
    const squatter = await services().login.register(
      scene.project,
      { address, name: "Squatter", password: "correct horse battery", returnTo: "/" },
      context,
    );
    if (!squatter.ok) throw new Error(squatter.reason);
    await services().organizations.update(
      scene.project.id,
      scene.a.organization.id,
      { domains: [scene.a.domain, domain] },
      undefined,
      systemContext,
    );
    const answer = await scene.login(scene.a.connection, person(domain, "ceo"));
    expect(answer.status).toBe(303);
    expect(answer.headers.getSetCookie().join("\n")).toContain("__Host-orgate_notice=joined_organization");
    expect((await scene.whoami(scene.visitor)).body["identity"]).toMatchObject({
      id: squatter.identity.id,
      organization_id: scene.a.organization.id,
    });
    expect(await countRowsOf("password_credentials")).toBe(0);
    expect(await services().sessions.authenticate(scene.project.id, squatter.token)).toMatchObject({ ok: false });
    expect(await scene.events("identity.joined_organization")).toHaveLength(1);
  });

  test("an account of another organization is never touched", async () => {
    const member = await putIdentity(scene.project.id, `ada@${scene.a.domain}`, { organizationId: scene.b.organization.id });
    expect((await scene.login(scene.a.connection, person(scene.a.domain))).status).toBe(403);
    expect(await scene.lastEvent()).toMatchObject({ reason: "identity_of_other_organization", identity_id: member.id });
  });

  test("a person may come through either of an organization's two IdPs (T60)", async () => {
    const second = await createIdp({ issuer: `https://second-${crypto.randomUUID()}.test` });
    const network = connectNetwork(scene.idpA, scene.idpB, second);
    const connection = await createConnection(scene.project, {
      organizationId: scene.a.organization.id,
      issuerUrl: second.issuer,
      clientId: "client-1",
      clientSecret: "secret-1",
    });
    await scene.login(scene.a.connection, person(scene.a.domain));
    const url = await scene.start(connection);
    const answer = await scene.visitor.get(await second.authorize(url, { ...person(scene.a.domain), sub: "other-subject" }));
    expect(answer.status).toBe(303);
    expect(await countRowsOf("identities")).toBe(1);
    expect(await countRowsOf("oidc_credentials")).toBe(2);
    network.restore();
  });

  test("a re-pointed connection inherits nobody, and its sessions are dead (T44)", async () => {
    await scene.login(scene.a.connection, person(scene.a.domain));
    expect((await scene.whoami(scene.visitor)).status).toBe(200);
    await services().connections.update(
      scene.project.id,
      scene.a.connection.id,
      { issuerUrl: scene.idpB.issuer, clientSecret: "secret-1" },
      undefined,
      systemContext,
    );
    expect((await scene.whoami(scene.visitor)).status).toBe(401);
    const attacker = createVisitor(env);
    const url = await scene.start(scene.a.connection, attacker);
    const answer = await attacker.get(await scene.idpB.authorize(url, person(scene.a.domain)));
    expect(answer.status).toBe(403);
    expect(await scene.lastEvent()).toMatchObject({ reason: "email_conflict" });
  });
});

test("a re-pointed connection does not take its secret along to the new server (T35)", async () => {
  const { connection } = scene.a;
  const after = await services().connections.update(
    scene.project.id,
    connection.id,
    { issuerUrl: scene.idpB.issuer },
    undefined,
    systemContext,
  );
  expect(after.clientSecret).toBeNull();
  const url = await scene.start(after);
  expect((await scene.visitor.get(await scene.idpB.authorize(url, person(scene.a.domain)))).status).toBe(403);
  expect(await scene.lastEvent()).toMatchObject({ reason: "client_credentials_missing" });
  expect(scene.idpB.to("token")).toHaveLength(0);
});

describe("what changes while the person is away (T58, T65, CVE-2026-1486, CVE-2026-9098)", () => {
  test.each<[string, () => Promise<unknown>, string]>([
    [
      "the connection is disabled",
      () =>
        services().connections.update(scene.project.id, scene.a.connection.id, { state: "disabled" }, undefined, systemContext),
      "connection_changed",
    ],
    [
      "the connection is re-pointed",
      () =>
        services().connections.update(scene.project.id, scene.a.connection.id, { clientId: "other" }, undefined, systemContext),
      "connection_changed",
    ],
    [
      "the connection is deleted",
      () => services().connections.delete(scene.project.id, scene.a.connection.id, systemContext),
      "connection_not_found",
    ],
    [
      "the organization is disabled",
      () =>
        services().organizations.update(
          scene.project.id,
          scene.a.organization.id,
          { state: "disabled" },
          undefined,
          systemContext,
        ),
      "organization_disabled",
    ],
    [
      "the organization is deleted",
      () => services().organizations.delete(scene.project.id, scene.a.organization.id, systemContext),
      "connection_not_found",
    ],
  ])("%s: the callback ends without a session and without a token request", async (_name, change, reason) => {
    const callback = await scene.idpA.authorize(await scene.start(scene.a.connection), person(scene.a.domain));
    await change();
    const answer = await scene.visitor.get(callback);
    await expectRefused(answer, reason, { status: reason === "connection_not_found" ? 404 : 403 });
    expect((await scene.events("login.refused")).at(-1)).toMatchObject({ reason });
  });

  test("the organization is deleted while the code is being redeemed: nothing survives (T58)", async () => {
    const callback = await scene.idpA.authorize(await scene.start(scene.a.connection), person(scene.a.domain));
    scene.idpA.mutate({
      faults: {
        jwks: async () => {
          await services().organizations.delete(scene.project.id, scene.a.organization.id, systemContext);
          return Response.json({ keys: [scene.idpA.signing.publicJwk] });
        },
      },
    });
    const answer = await scene.visitor.get(callback);
    await expectRefused(answer, "email_outside_organization", { tokenRequests: 1 });
    expect(await countRowsOf("oidc_credentials")).toBe(0);
  });

  test("a domain that moves to another organization takes its people's sessions with it (T56)", async () => {
    await scene.login(scene.a.connection, person(scene.a.domain));
    await services().organizations.update(scene.project.id, scene.a.organization.id, { domains: [] }, undefined, systemContext);
    await services().organizations.update(
      scene.project.id,
      scene.b.organization.id,
      { domains: [scene.b.domain, scene.a.domain] },
      undefined,
      systemContext,
    );
    expect((await scene.whoami(scene.visitor)).status).toBe(401);
    expect((await scene.login(scene.a.connection, person(scene.a.domain))).status).toBe(403);
    expect(await scene.lastEvent()).toMatchObject({ reason: "email_outside_organization" });
  });
});

describe("social sign-in", () => {
  test("opens for an ordinary verified address and never for an organization's (T54)", async () => {
    const connection = await createConnection(scene.project, {
      issuerUrl: scene.idpB.issuer,
      clientId: "client-1",
      clientSecret: "secret-1",
    });
    expect((await scene.login(connection, person("personal.example", "pat"))).status).toBe(303);
    const { body } = await scene.whoami(scene.visitor);
    expect(body["authentication_methods"]).toEqual([expect.not.objectContaining({ organization: expect.anything() })]);
    expect((await scene.login(connection, person(scene.a.domain), createVisitor(env))).status).toBe(403);
    expect(await scene.lastEvent()).toMatchObject({ reason: "sso_required" });
  });

  test("never links to an account by its address", async () => {
    await putIdentity(scene.project.id, "pat@personal.example");
    const connection = await createConnection(scene.project, {
      issuerUrl: scene.idpB.issuer,
      clientId: "client-1",
      clientSecret: "secret-1",
    });
    expect((await scene.login(connection, person("personal.example", "pat"))).status).toBe(403);
    expect(await scene.lastEvent()).toMatchObject({ reason: "email_conflict" });
  });
});

describe("start links", () => {
  test.each<[string, (s: Scene) => string]>([
    ["e-mail", (s) => `email=ada%40${s.a.domain}`],
    ["organization", (s) => `organization=${s.a.organization.id}`],
    ["connection", (s) => `connection=${s.a.connection.id}`],
    ["issuer (third-party-initiated login)", (s) => `iss=${encodeURIComponent(s.idpA.issuer)}&target_link_uri=%2Fdeep`],
  ])("by %s", async (_name, query) => {
    const answer = await scene.visitor.get(`${scene.origin}/sso/start?${query(scene)}`);
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toMatch(`${scene.idpA.issuer}/authorize?`);
  });

  test("the address of an e-mail link is the login hint", async () => {
    const answer = await scene.visitor.get(`${scene.origin}/sso/start?email=ada%40${scene.a.domain}`);
    expect(new URL(answer.headers.get("location") ?? "").searchParams.get("login_hint")).toBe(`ada@${scene.a.domain}`);
  });

  test("with several connections the person chooses on the login page", async () => {
    await createConnection(scene.project, { organizationId: scene.a.organization.id, issuerUrl: "https://idp-c.test" });
    const answer = await scene.visitor.get(`${scene.origin}/sso/start?email=ada%40${scene.a.domain}&return_to=%2Fdeep`);
    const location = new URL(answer.headers.get("location") ?? "");
    expect(location.pathname).toBe("/login");
    expect(location.searchParams.get("organization")).toBe(scene.a.organization.id);
    expect(location.searchParams.get("return_to")).toBe(`${scene.origin}/deep`);
  });

  test.each<[string, string, number]>([
    ["nothing", "", 422],
    ["two targets", "email=a%40b.test&connection=x", 422],
    ["an address that is none", "email=nobody", 422],
    ["an unknown connection", "connection=00000000-0000-4000-8000-000000000000", 404],
    ["an unknown organization", "organization=00000000-0000-4000-8000-000000000000", 404],
    ["an unknown issuer (T17)", "iss=https%3A%2F%2Funknown.test", 404],
    ["an address of no organization", "email=pat%40personal.example", 404],
    ["a forbidden return target (T76)", "email=a%40b.test&return_to=https%3A%2F%2Fevil.test", 400],
  ])("refuses %s", async (_name, query, status) => {
    const answer = await scene.visitor.get(`${scene.origin}/sso/start?${query}`);
    expect(answer.status).toBe(status);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(scene.network.requests).toHaveLength(0);
  });

  test("another project's connection does not exist here (T16, Polis-26.2.22)", async () => {
    const foreign = await createScene();
    const answer = await scene.visitor.get(`${scene.origin}/sso/start?connection=${foreign.a.connection.id}`);
    expect(answer.status).toBe(404);
    foreign.network.restore();
  });

  test("a disabled organization's connection cannot be started (T65)", async () => {
    await services().organizations.update(
      scene.project.id,
      scene.a.organization.id,
      { state: "disabled" },
      undefined,
      systemContext,
    );
    const answer = await scene.visitor.get(`${scene.origin}/sso/start?connection=${scene.a.connection.id}`);
    expect(answer.status).toBe(403);
  });

  test("an IdP that cannot be reached is a calm page and one audit event a minute, not one an attempt (F17)", async () => {
    const broken = await createOrganization(scene.project, { domains: [`down${Date.now()}.test`] });
    const connection = await createConnection(scene.project, {
      organizationId: broken.id,
      issuerUrl: "https://unreachable.test",
    });
    for (let i = 0; i < 3; i++) {
      const answer = await scene.visitor.get(`${scene.origin}/sso/start?connection=${connection.id}`);
      expect(answer.status).toBe(502);
      expect(await answer.text()).not.toContain("unreachable");
    }
    expect(await scene.events("login.refused")).toEqual([{ reason: "discovery_unreachable" }]);
  });
});

describe("around a login", () => {
  test("a third party begins it, and it is finished like any other (T17, oidcc-client-test-3rd-party-init-login)", async () => {
    const link = new URL(`${scene.origin}/sso/start`);
    link.searchParams.set("iss", scene.idpA.issuer);
    link.searchParams.set("target_link_uri", "https://app.example/inbox");
    const begun = await scene.visitor.get(link);
    const request = new URL(begun.headers.get("location") ?? "");
    expect(request.origin).toBe(scene.idpA.issuer);
    const ended = await scene.visitor.get(await scene.idpA.authorize(request, person(scene.a.domain)));
    expect([ended.status, ended.headers.get("location")]).toEqual([303, "https://app.example/inbox"]);
    expect((await scene.whoami(scene.visitor)).status).toBe(200);
  });

  test("no code and no state stay behind: not in the next address, not on a page, not in a referrer, not in the log (T19)", async () => {
    const lines: unknown[] = [];
    for (const level of ["log", "info", "warn", "error"] as const) {
      vi.spyOn(console, level).mockImplementation((...line) => void lines.push(...line));
    }
    const callback = await scene.idpA.authorize(await scene.start(scene.a.connection), person(scene.a.domain));
    const secrets = [callback.searchParams.get("code") ?? "", callback.searchParams.get("state") ?? ""];
    for (const attempt of ["the first", "a repeated one"]) {
      const answer = await scene.visitor.get(callback);
      const seen = [answer.headers.get("location") ?? "", await answer.text(), JSON.stringify(lines)].join("\n");
      for (const secret of secrets) expect(seen.includes(secret), attempt).toBe(false);
      expect(answer.headers.get("Referrer-Policy"), attempt).toBe("no-referrer");
    }
    vi.restoreAllMocks();
  });
});
