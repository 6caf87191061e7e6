// The flow API as Ory's clients see it: shapes that the unmodified SDK parses, and every row of its table of results.

import { env } from "cloudflare:workers";
import { LoginFlowFromJSON, RegistrationFlowFromJSON, SessionFromJSON } from "@ory/client-fetch";
import { beforeAll, describe, expect, it } from "vitest";
import { FLOW_LIFESPAN_MS } from "../../src/domain/flows/flow.ts";
import { openFlow, sealFlow } from "../../src/domain/flows/seal.ts";
import type { WireFlow } from "../../src/http/selfservice/flow-wire.ts";
import { countRows } from "../support/rows.ts";
import { services } from "../support/seed.ts";
import { browser, call, formOf, messageIds, nodes, PASSWORD, type Scene, setScene, spa, submitPage, values } from "./scene.ts";

let scene: Scene;
let email: string;
beforeAll(async () => {
  scene = await setScene();
  email = "pat@personal.example";
  const flow = await call(scene, "/self-service/registration/api");
  const body = { method: "password", traits: { email, name: "Pat" }, password: PASSWORD };
  const answer = await call(scene, `/self-service/registration?flow=${flow.body.id}`, body);
  expect(answer.status).toBe(200);
});

const begin = async (kind: "login" | "registration", query = "") => (await call(scene, `/self-service/${kind}/api${query}`)).body;
const submit = <T = WireFlow>(flow: WireFlow, body: unknown, kind = "login") =>
  call<T>(scene, `/self-service/${kind}?flow=${flow.id}`, body);

describe("the flow object", () => {
  it("is parsed by the unmodified SDK, with every field it requires", async () => {
    const flow = await begin("login", "?return_to=/welcome");
    const parsed = LoginFlowFromJSON(flow);
    expect(parsed.type).toBe("api");
    expect(parsed.expires_at.getTime() - parsed.issued_at.getTime()).toBe(FLOW_LIFESPAN_MS);
    expect(parsed.return_to).toBe(`${scene.origin}/welcome`);
    expect(parsed.ui.action).toBe(`${scene.origin}/self-service/login?flow=${flow.id}`);
    expect(parsed.ui.nodes.map((node) => (node.attributes as { name: string }).name)).toEqual([
      "csrf_token",
      "identifier",
      "method",
      "provider",
    ]);
    const registration = RegistrationFlowFromJSON(await begin("registration"));
    expect(registration.state).toBe("choose_method");
    expect(registration.ui.nodes.some((node) => node.group === "profile")).toBe(true);
  });

  it("never names an organization's connection before an address does", async () => {
    const { connection } = scene.acme;
    expect(JSON.stringify(await begin("login"))).not.toContain(connection.id);
    expect(values(await begin("login"), "provider")).toEqual([scene.social.id]);
  });

  it("is stored nowhere: an anonymous visitor writes no row", async () => {
    const tables = ["sessions", "identities", "events", "consumedTransactions", "attemptCounters"] as const;
    const before = await Promise.all(tables.map(countRows));
    const flow = await begin("login");
    await submit(flow, { method: "identifier_first", identifier: "a@acme.example" });
    await browser().get(`${scene.origin}/login`);
    expect(await Promise.all(tables.map(countRows))).toEqual(before);
  });

  it("is bound to an organization by ?organization=, and not by anything else in its place", async () => {
    const pinned = await begin("login", `?organization=${scene.globex.id}`);
    expect(pinned.organization_id).toBe(scene.globex.id);
    expect(values(pinned, "provider")).toEqual(scene.globex.connections.map((c) => c.id));
    expect(nodes(pinned, "identifier")).toEqual([]);
    const other = await setScene();
    for (const organization of ["nonsense", "", other.acme.id, crypto.randomUUID()]) {
      const flow = await begin("login", `?organization=${organization}`);
      expect(flow.organization_id, organization).toBe(null);
      expect(values(flow, "provider")).toEqual([scene.social.id]);
    }
  });

  it("bound to an organization takes no password, and no other organization's connection", async () => {
    const pinned = await begin("login", `?organization=${scene.globex.id}`);
    const byPassword = await submit(pinned, { method: "password", identifier: email, password: PASSWORD });
    expect([byPassword.status, messageIds(byPassword.body)]).toEqual([400, [4010002]]);
    const elsewhere = await submit(pinned, { method: "oidc", provider: scene.acme.connection.id });
    expect([elsewhere.status, messageIds(elsewhere.body)]).toEqual([400, [4010002]]);
    const own = await submit(pinned, { method: "oidc", provider: scene.globex.connections[1]?.id });
    expect(own.status).toBe(422);
  });

  it("refuses a return target that is not allowed before anything else (T76)", async () => {
    for (const path of ["login/api", "login/browser", "registration/api", "registration/browser"]) {
      const answer = await call<{ error: { id: string } }>(scene, `/self-service/${path}?return_to=//evil.example`);
      expect([answer.status, answer.body.error.id]).toEqual([400, "self_service_flow_return_to_forbidden"]);
    }
    expect((await browser().get(`${scene.origin}/login?return_to=https://evil.example`)).status).toBe(400);
  });
});

describe("the first step", () => {
  it("is a 400 with the same flow, and one organization's one connection for its address", async () => {
    const flow = await begin("login");
    const { status, body } = await submit(flow, { method: "identifier_first", identifier: "Wile@ACME.example" });
    expect(status).toBe(400);
    expect(body.id).toBe(flow.id);
    expect(body.active).toBe("identifier_first");
    expect(body.organization_id).toBe(scene.acme.id);
    expect(nodes(body, "password")).toEqual([]);
    const [button] = nodes(body, "provider");
    expect(button).toMatchObject({
      group: "oidc",
      attributes: { type: "submit", value: scene.acme.connection.id },
      meta: { label: { id: 1010002, text: "Sign in with SSO", context: { provider_id: scene.acme.connection.id } } },
    });
    expect(nodes(body, "provider")).toHaveLength(1);
    expect(LoginFlowFromJSON(body).active).toBe("identifier_first");
  });

  it("labels several connections, in registration too", async () => {
    const flow = await begin("registration");
    const { status, body } = await submit(flow, { method: "profile", traits: { email: "h@globex.example" } }, "registration");
    expect(status).toBe(400);
    expect(nodes(body, "provider").map((n) => [n.meta.label?.id, n.meta.label?.text])).toEqual([
      [1040002, "Sign in with SSO – Headquarters"],
      [1040002, "Sign in with SSO – Laboratories"],
    ]);
    expect(nodes(body, "password")).toEqual([]);
  });

  it("opens no door for an organization without a usable connection", async () => {
    const { body } = await submit(await begin("login"), { method: "identifier_first", identifier: "p@initech.example" });
    expect(messageIds(body)).toEqual([5000003]);
    expect(body.ui.nodes.every((node) => node.attributes.type === "hidden")).toBe(true);
  });

  it("offers password and social sign-in for every other address, known or not, in the same words (T92)", async () => {
    const shapes = [];
    for (const identifier of [email, "nobody@personal.example"]) {
      const { status, body, headers } = await submit(await begin("login"), { method: "identifier_first", identifier });
      expect(nodes(body, "password")).toHaveLength(1);
      expect(values(body, "provider")).toEqual([scene.social.id]);
      const text = JSON.stringify([status, body.ui.messages, body.ui.nodes, body.organization_id, body.active]);
      shapes.push([text.replaceAll(identifier, "X"), [...headers.keys()]]);
    }
    expect(shapes[1]).toEqual(shapes[0]);
  });

  it.each([
    [{}, [4010002]],
    [{ method: "" }, [4010002]],
    [{ method: "code", identifier: "a@b.example" }, [4010002]],
    [{ method: "identifier_first" }, [4000002]],
    [{ method: "identifier_first", identifier: "not an address" }, [4000040]],
    [{ method: "identifier_first", identifier: 5 }, [4000002]],
    [{ method: "password", identifier: "a@b.example" }, [4000002]],
    [{ method: "password", password: "x" }, [4000002]],
    [{ method: "oidc" }, [4000002]],
    [{ method: "password", provider: "x", identifier: "a@b.example" }, [4000002]],
  ])("%j is answered with the same step and a message (T14)", async (body, ids) => {
    const answer = await submit(await begin("login"), body);
    expect(answer.status).toBe(400);
    expect(messageIds(answer.body)).toEqual(ids);
  });
});

describe("no order of posts gets further than its own fields (T14, CVE-2026-49443)", () => {
  const member = { identifier: "wile@acme.example" };
  const bodies = {
    empty: {},
    identify: { method: "identifier_first", ...member },
    "another's address": { method: "identifier_first", identifier: "pat@personal.example" },
    "password of another": { method: "password", ...member, password: PASSWORD },
    "password alone": { method: "password", password: PASSWORD },
    "next step's fields": { method: "identifier_first", ...member, password: PASSWORD, provider: "x" },
    "password with a connection": { method: "password", ...member, password: PASSWORD, provider: "x" },
  };
  const names = Object.keys(bodies) as (keyof typeof bodies)[];
  it.each(names.flatMap((first) => names.map((second) => [first, second] as const)))(
    "%s, then %s: no session and no password for an organization's address",
    async (first, second) => {
      const flow = await begin("login");
      for (const body of [bodies[first], bodies[second]]) {
        const answer = await submit(flow, body);
        expect(answer.status).toBe(400);
        expect(JSON.stringify(answer.body)).not.toContain("session_token");
        if (answer.body.organization_id !== null) expect(nodes(answer.body, "password")).toEqual([]);
      }
    },
  );
});

describe("results for a program (api)", () => {
  it("a login answers 200 with session and session_token, and no cookie", async () => {
    const flow = await begin("login");
    await submit(flow, { method: "identifier_first", identifier: email });
    const answer = await submit<Record<string, unknown>>(flow, { method: "password", identifier: email, password: PASSWORD });
    expect(answer.status).toBe(200);
    expect(answer.body["session_token"]).toMatch(/^orgate_st_/);
    const session = SessionFromJSON(answer.body["session"]);
    expect(session.active).toBe(true);
    expect(session.identity?.traits).toMatchObject({ email });
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it("a wrong password answers 400 with the flow, the same for an unknown address (T92)", async () => {
    const shapes = [];
    for (const identifier of [email, "nobody@personal.example"]) {
      const { status, body, headers } = await submit(await begin("login"), {
        method: "password",
        identifier,
        password: "wrong password",
      });
      expect(messageIds(body)).toEqual([4000006]);
      expect(body.active).toBe("password");
      const shape = JSON.stringify([status, body.ui.messages, body.ui.nodes]).replaceAll(identifier, "X");
      shapes.push([shape, [...headers.keys()]]);
    }
    expect(shapes[1]).toEqual(shapes[0]);
  });

  it("a connection answers 422 with our own start, the address as its hint and the return target", async () => {
    const flow = await begin("login", "?return_to=/welcome");
    const answer = await submit<{ error: { id: string; code: number }; redirect_browser_to: string }>(flow, {
      method: "oidc",
      provider: scene.acme.connection.id,
      identifier: "wile@acme.example",
    });
    expect([answer.status, answer.body.error.code, answer.body.error.id]).toEqual([422, 422, "browser_location_change_required"]);
    const to = new URL(answer.body.redirect_browser_to);
    expect(`${to.origin}${to.pathname}`).toBe(`${scene.origin}/sso/start`);
    expect(Object.fromEntries(to.searchParams)).toEqual({
      connection: scene.acme.connection.id,
      login_hint: "wile@acme.example",
      return_to: `${scene.origin}/welcome`,
    });
  });

  it("a registration answers 200 with identity, session and session_token", async () => {
    const flow = await begin("registration");
    const body = { method: "password", traits: { email: "new@personal.example", name: "New" }, password: PASSWORD };
    const answer = await submit<Record<string, { traits?: unknown }>>(flow, body, "registration");
    expect(answer.status).toBe(200);
    expect(answer.body["identity"]?.traits).toEqual({ email: "new@personal.example", name: "New" });
    expect(answer.body["session_token"]).toMatch(/^orgate_st_/);
  });

  it("a registration under an organization's domain ends at its connection, whatever the method", async () => {
    for (const method of ["password", "profile", "identifier_first"]) {
      const body = { method, traits: { email: "eve@acme.example" }, password: PASSWORD };
      const answer = await submit(await begin("registration"), body, "registration");
      expect(answer.status).toBe(400);
      expect(values(answer.body, "provider")).toEqual([scene.acme.connection.id]);
      expect(nodes(answer.body, "password")).toEqual([]);
    }
  });

  it.each([
    ["short", 4000032],
    ["x".repeat(300), 4000033],
    ["password1", 4000034],
    ["fresh@personal.example", 4000031],
  ])("the password %j is refused at its field, with the reason", async (password, id) => {
    const body = { method: "password", traits: { email: "fresh@personal.example" }, password };
    const answer = await submit(await begin("registration"), body, "registration");
    expect(answer.status).toBe(400);
    const [node] = nodes(answer.body, "password");
    expect(node?.messages.map((m) => m.id)).toEqual([id]);
    expect(node?.messages[0]?.context["reason"]).toMatch(/^password_/);
  });

  it("an address that has an account is not called that (T92)", async () => {
    const body = { method: "password", traits: { email }, password: PASSWORD };
    const answer = await submit(await begin("registration"), body, "registration");
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body.ui.messages)).not.toMatch(/exist|taken|email_taken|4000007/);
    expect(messageIds(answer.body)).toEqual([4000001]);
  });

  it("too many attempts answer 429 with Retry-After", async () => {
    const flow = await begin("login");
    const body = { method: "password", identifier: "locked@personal.example", password: "wrong password" };
    const attempt = () => call<{ error: { id: string } }>(scene, `/self-service/login?flow=${flow.id}`, body, {}, "192.0.2.7");
    let answer = await attempt();
    for (let n = 0; n < 12 && answer.status === 400; n++) answer = await attempt();
    expect([answer.status, answer.body.error.id]).toEqual([429, "too_many_attempts"]);
    expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
  });
});

describe("results for a script on our own pages (browser, JSON)", () => {
  it("a login answers 200 with the session, its cookie and where to go, but not the token", async () => {
    const visitor = browser();
    const flow = (await spa(visitor, scene, "/self-service/login/browser?return_to=/welcome")).body;
    const csrf_token = values(flow, "csrf_token")[0];
    const step = await spa(visitor, scene, `/self-service/login?flow=${flow.id}`, {
      method: "identifier_first",
      identifier: email,
      csrf_token,
    });
    expect([step.status, step.body.id]).toEqual([400, flow.id]);
    const again = await spa(visitor, scene, `/self-service/login/flows?id=${flow.id}`);
    expect([again.status, nodes(again.body, "password").length]).toEqual([200, 1]);
    const answer = await spa<Record<string, unknown>>(visitor, scene, `/self-service/login?flow=${flow.id}`, {
      method: "password",
      identifier: email,
      password: PASSWORD,
      csrf_token,
    });
    expect(answer.status).toBe(200);
    expect(answer.body["session_token"]).toBeUndefined();
    expect(answer.body["continue_with"]).toEqual([
      { action: "redirect_browser_to", redirect_browser_to: `${scene.origin}/welcome` },
    ]);
    const cookie = answer.headers.getSetCookie().find((line) => line.startsWith("__Host-orgate_session="));
    expect(cookie).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    expect((await spa<unknown>(visitor, scene, "/sessions/whoami")).status).toBe(200);

    const second = await spa<{ error: { id: string } }>(visitor, scene, "/self-service/login/browser");
    expect([second.status, second.body.error.id]).toEqual([400, "session_already_available"]);
    expect((await spa(visitor, scene, "/self-service/login/browser?refresh=true")).status).toBe(200);
    const page = await visitor.get(`${scene.origin}/login?return_to=/welcome`);
    expect([page.status, page.headers.get("Location")]).toEqual([303, `${scene.origin}/welcome`]);
  });

  it("a connection answers 422, with the address of the step before as its hint", async () => {
    const visitor = browser();
    const flow = (await spa(visitor, scene, "/self-service/login/browser")).body;
    const csrf_token = values(flow, "csrf_token")[0];
    const path = `/self-service/login?flow=${flow.id}`;
    await spa(visitor, scene, path, { method: "identifier_first", identifier: "wile@acme.example", csrf_token });
    const body = { method: "oidc", provider: scene.acme.connection.id, csrf_token };
    const answer = await spa<{ redirect_browser_to: string }>(visitor, scene, path, body);
    expect(answer.status).toBe(422);
    expect(new URL(answer.body.redirect_browser_to).searchParams.get("login_hint")).toBe("wile@acme.example");
  });
});

describe("results for a form (browser)", () => {
  it("begins with a 303 to the page and a cookie for CSRF", async () => {
    const answer = await browser().get(`${scene.origin}/self-service/login/browser`);
    expect(answer.status).toBe(303);
    expect(answer.headers.get("Location")).toMatch(/^\/login\?flow=ey/);
    expect(answer.headers.get("Set-Cookie")).toMatch(/^__Host-orgate_csrf=.+; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  });

  it("a next step is a 303 to the page with the same flow, which shows the step after the redirect (T18)", async () => {
    const visitor = browser();
    const init = await visitor.get(`${scene.origin}/self-service/login/browser`);
    const location = init.headers.get("Location") ?? "";
    const step = await submitPage(visitor, scene, location, { method: "identifier_first", identifier: "h@globex.example" });
    expect([step.status, step.headers.get("Location")]).toEqual([303, location]);
    const page = await (await visitor.get(new URL(location, scene.origin))).text();
    expect(formOf(page).buttons.map((b) => b.value)).toEqual(scene.globex.connections.map((c) => c.id));
    expect(page).toContain("h@globex.example");
    expect(page).not.toContain('type="password"');
  });

  it("a login is a 303 to the return target with a fresh session; the session before it is dead (T18, T77)", async () => {
    const visitor = browser();
    const tokens: string[] = [];
    for (let n = 0; n < 2; n++) {
      const answer = await submitPage(visitor, scene, "/login?refresh=true&return_to=/welcome", {
        method: "password",
        identifier: email,
        password: PASSWORD,
      });
      expect([answer.status, answer.headers.get("Location")]).toEqual([303, `${scene.origin}/welcome`]);
      tokens.push(/__Host-orgate_session=([^;]+)/.exec(answer.headers.getSetCookie().join("\n"))?.[1] ?? "");
    }
    const whoami = async (token = "") => (await call(scene, "/sessions/whoami", undefined, { "X-Session-Token": token })).status;
    expect(tokens[0]).not.toBe(tokens[1]);
    expect([await whoami(tokens[0]), await whoami(tokens[1])]).toEqual([401, 200]);
  });

  it("too many attempts are said on the page", async () => {
    const visitor = browser();
    const fields = { method: "password", identifier: "locked@personal.example", password: "wrong password" };
    for (let n = 0; n < 12; n++) await submitPage(visitor, scene, "/login", fields);
    const answer = await submitPage(visitor, scene, "/login", fields);
    const page = await (await visitor.get(new URL(answer.headers.get("Location") ?? "", scene.origin))).text();
    expect(page).toContain("Too many attempts");
  });

  it("an identity provider that cannot be used is said on the page, with a reference and the address kept", async () => {
    const visitor = browser();
    const answer = await submitPage(visitor, scene, "/login", { identifier: "w@acme.example", provider: crypto.randomUUID() });
    expect(answer.status).toBe(303);
    const page = await (await visitor.get(new URL(answer.headers.get("Location") ?? "", scene.origin))).text();
    expect(page).toMatch(/Reference: [0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}\b/);
    expect(page).toContain("w@acme.example");
  });
});

describe("ids that are not live flows of this project", () => {
  const stale = async (type: "api" | "browser", binding: string | null = null) => {
    const { runtime } = services();
    const now = runtime.clock();
    const flow = {
      uuid: crypto.randomUUID(),
      kind: "login",
      type,
      returnTo: `${scene.origin}/welcome`,
      organizationId: null,
    } as const;
    return sealFlow(runtime.sealer, scene.project.id, {
      ...flow,
      browser: binding,
      issuedAt: now - FLOW_LIFESPAN_MS,
      expiresAt: now,
    });
  };

  it("expired ones answer 410 with a fresh flow that wants the same", async () => {
    const id = await stale("api");
    for (const answer of [
      await call<Record<string, unknown>>(scene, `/self-service/login/flows?id=${id}`),
      await call<Record<string, unknown>>(scene, `/self-service/login?flow=${id}`, { method: "identifier_first" }),
    ]) {
      expect(answer.status).toBe(410);
      expect(answer.body["error"]).toMatchObject({ id: "self_service_flow_expired", code: 410 });
      const fresh = await call(scene, `/self-service/login/flows?id=${answer.body["use_flow_id"]}`);
      expect([fresh.status, fresh.body.return_to]).toEqual([200, `${scene.origin}/welcome`]);
    }
  });

  it("an expired page begins anew and says so", async () => {
    const page = await browser().get(`${scene.origin}/login?flow=${await stale("browser", "x")}`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("open for too long");
  });

  it("foreign, altered, oversized and wrong-kind ids answer 404", async () => {
    const other = await setScene();
    const foreign = (await call(other, "/self-service/login/api")).body.id;
    const own = await begin("login");
    const registration = await begin("registration");
    for (const id of [foreign, `${own.id}x`, own.id.slice(1), registration.id, "x".repeat(9000), crypto.randomUUID(), ""]) {
      expect((await call(scene, `/self-service/login/flows?id=${id}`)).status).toBe(404);
      expect((await call(scene, `/self-service/login?flow=${id}`, { method: "identifier_first" })).status).toBe(404);
    }
    expect(await openFlow(services().runtime.sealer, scene.project.id, foreign)).toBeUndefined();
  });
});

describe("a store that cannot answer (F4, F11)", () => {
  const broken = { ...env, DB: { prepare: fail, batch: fail, exec: fail, dump: fail, withSession: fail } as never } as Env;
  function fail(): never {
    throw new Error("D1_ERROR: overloaded");
  }

  it("answers 503 with Retry-After at every step, and never a password as a fallback", async () => {
    const { createVisitor } = await import("../support/visitor.ts");
    const visitor = createVisitor(broken);
    for (const path of ["/login", "/registration", "/self-service/login/browser", "/self-service/login/api", "/"]) {
      const answer = await visitor.get(`${scene.origin}${path}`);
      const text = await answer.text();
      expect([path, answer.status]).toEqual([path, 503]);
      expect(answer.headers.get("Retry-After")).toBe("5");
      expect(text).not.toMatch(/type="password"|overloaded/);
    }
  });
});
