// The hosted pages by their HTML and headers: the path without scripts, what they reveal, what they allow.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { createConnection, createOrganization, putIdentity, putSession } from "../support/seed.ts";
import { createVisitor } from "../support/visitor.ts";
import { withoutTokens } from "../support/without-tokens.ts";
import { browser, formOf, PASSWORD, type Scene, setScene, submitPage } from "./scene.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await setScene();
});

const get = async (path: string, visitor = browser()) => {
  const answer = await visitor.get(new URL(path, scene.origin));
  return { answer, page: await answer.text() };
};

/** Two steps as a browser without scripts takes them. @returns the page of the second step */
async function secondStep(kind: "login" | "registration", identifier: string, visitor = browser()) {
  const field = kind === "login" ? "identifier" : "traits.email";
  const method = kind === "login" ? "identifier_first" : "profile";
  const answer = await submitPage(visitor, scene, `/${kind}`, { method, [field]: identifier });
  expect(answer.status).toBe(303);
  return (await get(answer.headers.get("Location") ?? "", visitor)).page;
}

describe("without a script", () => {
  it.each(["login", "registration"] as const)(
    "%s asks for the address, then shows only its organization's connection",
    async (kind) => {
      const page = await secondStep(kind, "wile@acme.example");
      const { inputs, buttons } = formOf(page);
      expect(inputs).toEqual([]);
      expect(buttons).toEqual([{ name: "provider", value: scene.acme.connection.id }]);
      expect(page).toContain("wile@acme.example");
      expect(page).toMatch(/<a href="[^"]*change=1">Change/);
    },
  );

  it.each(["login", "registration"] as const)("%s shows the password for every other address", async (kind) => {
    const { inputs, buttons } = formOf(await secondStep(kind, "pat@personal.example"));
    expect(inputs.map((i) => i.name)).toEqual(kind === "login" ? ["password"] : ["traits.name", "password"]);
    expect(buttons.map((b) => b.value)).toEqual(["password", scene.social.id]);
  });

  it("an organization without a connection is told whom to ask, and nothing can be pressed", async () => {
    const page = await secondStep("login", "peter@initech.example");
    expect(page).toContain("requires single sign-on, but no sign-in provider is available");
    expect(formOf(page)).toMatchObject({ inputs: [], buttons: [] });
  });

  it("the address can be changed, and is still there", async () => {
    const visitor = browser();
    const page = await secondStep("login", "wile@acme.example", visitor);
    const change = /<a href="([^"]*change=1)"/.exec(page)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const { inputs } = formOf((await get(change, visitor)).page);
    expect(inputs[0]).toEqual({ name: "identifier", type: "email", value: "wile@acme.example" });
  });

  it("an account is made, seen and left", async () => {
    const visitor = browser();
    const page = await secondStep("registration", "kim@personal.example", visitor);
    const form = formOf(page);
    const fields = { ...form.fields, "traits.name": "Kim", password: PASSWORD, method: "password" };
    const answer = await visitor.post(new URL(form.action, scene.origin), fields);
    expect([answer.status, answer.headers.get("Location")]).toEqual([303, `${scene.origin}/`]);
    const account = await get("/", visitor);
    expect(account.page).toContain("Hello, Kim");
    expect(account.page).toContain("kim@personal.example");
    const leave = formOf(account.page);
    const left = await visitor.post(new URL(leave.action, scene.origin), leave.fields);
    expect([left.status, left.headers.get("Location")]).toEqual([303, `${scene.origin}/login`]);
    expect((await get("/", visitor)).answer.headers.get("Location")).toBe("/login");
  });

  it("what is wrong is said at the top with a link, and at the field", async () => {
    const visitor = browser();
    const fields = { method: "password", "traits.email": "kai@personal.example", password: "tiny-pw" };
    const answer = await submitPage(visitor, scene, "/registration", fields);
    const { page } = await get(answer.headers.get("Location") ?? "", visitor);
    expect(page).toMatch(/role="alert"[^>]*>.*<a href="#field-password">Use at least 8 characters\.<\/a>/);
    expect(page).toMatch(
      /<input id="field-password"[^>]*aria-describedby="field-password-hint field-password-error"[^>]*aria-invalid="true"/,
    );
    expect(page).toContain('id="field-password-error">Use at least 8 characters.');
    expect(page).not.toContain("tiny-pw");
  });
});

describe("what pages reveal", () => {
  it("a known and an unknown address are answered with the same pages (T92)", async () => {
    const known = "known@personal.example";
    await putIdentity(scene.project.id, { email: known });
    const unify = (page: string, address: string) =>
      page
        .replaceAll(address, "X")
        .replaceAll(/flow=[\w.-]+/g, "flow=F")
        .replaceAll(/name="csrf_token" value="[^"]*"/g, "");
    const pages = [];
    for (const address of [known, "unknown@personal.example"]) {
      const visitor = browser();
      const step = await secondStep("login", address, visitor);
      const wrong = await submitPage(visitor, scene, "/login", {
        method: "password",
        identifier: address,
        password: "wrong one",
      });
      const after = await get(wrong.headers.get("Location") ?? "", visitor);
      pages.push([unify(step, address), unify(after.page, address)]);
    }
    expect(pages[1]).toEqual(pages[0]);
  });

  it("an organization's connections are on no page before its address is typed", async () => {
    for (const path of ["/login", "/registration"]) {
      const { page } = await get(path);
      for (const id of [scene.acme.connection.id, ...scene.globex.connections.map((c) => c.id)]) expect(page).not.toContain(id);
      expect(withoutTokens(page)).not.toMatch(/Okta|Headquarters|Acme/);
    }
  });

  it("hostile names, labels and addresses are text (T85)", async () => {
    const hostile = `<img src=x onerror=alert(1)>"'</script>`;
    const other = await setScene({ name: hostile });
    const organization = await createOrganization(other.project, { label: hostile, domains: ["hostile.example"] });
    const connection = await createConnection(other.project, { organizationId: organization.id, label: hostile });
    await createConnection(other.project, { organizationId: organization.id, label: "Second" });
    const visitor = browser();
    const answer = await submitPage(visitor, other, "/login", { method: "identifier_first", identifier: "a@hostile.example" });
    const pages = [await (await visitor.get(new URL(answer.headers.get("Location") ?? "", other.origin))).text()];
    const bad = await submitPage(visitor, other, "/login", { method: "identifier_first", identifier: hostile });
    pages.push(await (await visitor.get(new URL(bad.headers.get("Location") ?? "", other.origin))).text());
    const identityId = await putIdentity(other.project.id, { email: "a@hostile.example", organizationId: organization.id });
    const token = await putSession(other.project.id, identityId, connection);
    pages.push(await (await visitor.get(`${other.origin}/`, { Cookie: `__Host-orgate_session=${token}` })).text());
    for (const page of pages) {
      expect(page).toContain("&lt;img src=x onerror=alert(1)&gt;");
      expect(page).not.toContain("<img");
    }
  });
});

describe("the account page", () => {
  it("names organization and connection, tells once what a login has changed, and never shows the token", async () => {
    const identityId = await putIdentity(scene.project.id, { email: "ada@acme.example", organizationId: scene.acme.id });
    const token = await putSession(scene.project.id, identityId, scene.acme.connection);
    const visitor = createVisitor(env);
    const jar = new Map([
      ["__Host-orgate_session", token],
      ["__Host-orgate_notice", "joined_organization"],
    ]);
    visitor.cookies.set(new URL(scene.origin).host, jar);
    const first = await get("/", visitor);
    for (const text of ["Acme", "Okta", "ada@acme.example", "now belongs to Acme"]) expect(first.page).toContain(text);
    expect(first.page).not.toContain(token);
    const second = await get("/", visitor);
    expect(second.page).not.toContain("now belongs to");
  });

  it("sends everybody else to sign in", async () => {
    for (const cookie of ["", "__Host-orgate_session=orgate_st_nonsense"]) {
      const answer = await browser().get(`${scene.origin}/`, { Cookie: cookie });
      expect([answer.status, answer.headers.get("Location")]).toEqual([303, "/login"]);
    }
  });
});

describe("headers", () => {
  it("forms may end at an identity provider over https, and nowhere else but here (T84)", async () => {
    for (const path of ["/login", "/registration"]) {
      const { answer } = await get(path);
      const csp = answer.headers.get("Content-Security-Policy") ?? "";
      expect(csp).toContain("form-action 'self' https:;");
      for (const part of [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ]) {
        expect(csp).toContain(part);
      }
      expect(csp).not.toMatch(/unsafe|localhost|\*/);
    }
    const loopback = createVisitor({ ...env, ALLOW_INSECURE_ISSUERS: "true" });
    const csp = (await get("/login", loopback)).answer.headers.get("Content-Security-Policy");
    expect(csp).toContain("form-action 'self' https: http://localhost:* http://127.0.0.1:*;");
  });

  it("nothing inline, nothing from elsewhere, and referrers stay here so that Origin is sent (T80, T83)", async () => {
    for (const path of ["/login", "/registration", "/error", "/nowhere"]) {
      const { answer, page } = await get(path);
      expect(page).not.toMatch(/<style|<script>|\son\w+=|\sstyle=/);
      for (const [, url = ""] of page.matchAll(/\b(?:src|href|action)="([^"]*)"/g))
        expect(url).toMatch(/^(?:\/(?!\/)|data:,$|#)/);
      expect(answer.headers.get("X-Frame-Options")).toBe("DENY");
    }
    expect((await get("/login")).answer.headers.get("Referrer-Policy")).toBe("same-origin");
    expect((await get("/nowhere")).answer.headers.get("Referrer-Policy")).toBe("no-referrer");
  });

  it("no answer but an asset is cacheable, and no asset sets a cookie (T87, CVE-2026-44457, CVE-2025-48947, CVE-2025-64762)", async () => {
    const paths = [
      "/login",
      "/registration",
      "/",
      "/error",
      "/nowhere",
      "/self-service/login/browser",
      "/self-service/login/api",
    ];
    for (const path of paths) expect((await get(path)).answer.headers.get("Cache-Control"), path).toBe("no-store");
    const { page } = await get("/login");
    const assets = [...page.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, url]) => url ?? "");
    expect(assets).toHaveLength(3);
    for (const path of assets) {
      const { answer } = await get(path);
      expect(answer.headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
    expect((await get("/assets/orgate.css?v=old")).answer.headers.get("Cache-Control")).toBe("no-cache");
    expect((await get("/assets/..%2f..%2fconfig.ts")).answer.status).toBe(404);
  });

  it("line breaks and separators in what is sent never reach a header (T86)", async () => {
    const visitor = browser();
    const hostile = "a@b.example\r\nSet-Cookie: planted-cookie=1; x";
    const answer = await submitPage(visitor, scene, "/login", { method: "identifier_first", identifier: hostile });
    expect(JSON.stringify([...answer.headers])).not.toContain("planted-cookie");
    const hint = await visitor.get(`${scene.origin}/self-service/login/browser?login_hint=${encodeURIComponent(hostile)}`);
    expect(hint.status).toBe(303);
    expect(hint.headers.get("Location")).not.toMatch(/[\r\n]/);
    expect(JSON.stringify(hint.headers.getSetCookie())).not.toContain("planted-cookie");
  });
});

describe("every page", () => {
  it("has a language, a title, a viewport, one heading, and a label for every input", async () => {
    const pages = ["/login", "/registration", "/error", "/nowhere"].map(async (path) => (await get(path)).page);
    pages.push(secondStep("login", "pat@personal.example"), secondStep("registration", "wile@acme.example"));
    for (const page of await Promise.all(pages)) {
      expect(page).toMatch(/^<!doctype html><html lang="en">/);
      expect(page).toMatch(/<title>[^<]+<\/title>/);
      expect(page).toContain('name="viewport"');
      expect(page.match(/<h1/g)).toHaveLength(1);
      for (const [, id] of page.matchAll(/<input id="([^"]+)"/g)) expect(page).toContain(`<label for="${id}"`);
    }
  });

  it("tells password managers what each field is", async () => {
    expect((await get("/login")).page).toMatch(/autocomplete="username".*autocomplete="current-password"/);
    expect((await get("/registration")).page).toMatch(/autocomplete="email".*autocomplete="new-password"/);
  });
});

it("a project without registration has no page that creates accounts, but lets an organization's people in", async () => {
  const closed = await setScene({ registration: false });
  const login = await (await browser().get(`${closed.origin}/login`)).text();
  expect(login).not.toContain("/registration");
  const visitor = browser();
  const answer = await submitPage(visitor, closed, "/registration", { method: "profile", "traits.email": "w@acme.example" });
  const page = await (await visitor.get(new URL(answer.headers.get("Location") ?? "", closed.origin))).text();
  expect(formOf(page).buttons).toEqual([{ name: "provider", value: closed.acme.connection.id }]);
  const other = await submitPage(visitor, closed, "/registration", { method: "profile", "traits.email": "w@personal.example" });
  const refused = await (await visitor.get(new URL(other.headers.get("Location") ?? "", closed.origin))).text();
  expect(formOf(refused).inputs).toEqual([]);
});
