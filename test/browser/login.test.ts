// The hosted pages in a real Chromium, with and without JavaScript, through a real identity provider and back.

import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { LOCAL_ACCOUNT } from "../../scripts/demo-seed.ts";
import { launchBrowser } from "../support/browser.ts";
import { startTestOrgate, type TestOrgate } from "../support/harness.ts";
import { faultsOf } from "../support/looks.ts";

let orgate: TestOrgate;
let browser: Browser;
let contexts: BrowserContext[] = [];
/** What pages complained about: blocked by the content security policy, failed scripts. */
let complaints: string[] = [];

beforeAll(async () => {
  [orgate, browser] = await Promise.all([startTestOrgate(), launchBrowser()]);
});
afterAll(async () => {
  await Promise.all([browser?.close(), orgate?.close()]);
});
afterEach(async () => {
  const found = complaints;
  await Promise.all(contexts.map((context) => context.close()));
  contexts = [];
  complaints = [];
  expect(found).toEqual([]);
});

async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options);
  contexts.push(context);
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (/content security policy/i.test(message.text())) complaints.push(message.text());
  });
  await page.goto(`${orgate.baseUrl}${path}`);
  return page;
}

const address = (page: Page) => page.getByRole("textbox", { name: /e-mail/i });
const password = (page: Page) => page.getByLabel("Password", { exact: true });
const ssoButtons = (page: Page) => page.getByRole("button", { name: /with SSO/ });

/** What a person sees: unlike `textContent` without what is hidden. */
function visibleText(page: Page): Promise<string> {
  // biome-ignore lint/performance/useDomNodeTextContent: hidden text must not count
  return page.locator("main").innerText();
}

/** Types as a person does and waits until the page has asked which door the address has. */
async function type(page: Page, email: string): Promise<void> {
  const asked = page.waitForResponse((response) => {
    const url = new URL(response.url());
    return (
      url.pathname === "/self-service/sso" && url.searchParams.get("identifier")?.endsWith(email.split("@")[1] ?? "") === true
    );
  });
  await address(page).pressSequentially(email);
  await (await asked).finished();
  // What the page asks now is answered after what it has asked before, so that it has also acted on that by then.
  await page.evaluate("fetch('/readyz').then((answer) => answer.text())");
}

async function signInAtIdp(page: Page, email: string): Promise<void> {
  await page.waitForURL(/\/interaction\//);
  expect(await page.inputValue("#email")).toBe(email);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${orgate.baseUrl}/**`);
}

describe("signing in", () => {
  test("typing an organization's address swaps the password for one SSO button without a reload, and it leads in", async () => {
    const page = await open("/login");
    await page.evaluate("globalThis.stillTheSamePage = true");
    expect(await ssoButtons(page).count()).toBe(0);
    await type(page, "ada@acme.example");
    await ssoButtons(page).waitFor();
    expect(await ssoButtons(page).count()).toBe(1);
    await password(page).waitFor({ state: "hidden" });
    expect(await page.evaluate("globalThis.stillTheSamePage")).toBe(true);

    await ssoButtons(page).click();
    await signInAtIdp(page, "ada@acme.example");
    expect(new URL(page.url()).pathname).toBe("/");
    expect(await page.textContent("body")).toContain("ada@acme.example");
    expect(await page.textContent("body")).toContain("Acme");
  });

  test("Enter in the address field takes the door that is shown", async () => {
    const page = await open("/login");
    await type(page, "ada@acme.example");
    await ssoButtons(page).waitFor();
    await address(page).press("Enter");
    await signInAtIdp(page, "ada@acme.example");
    expect(await page.textContent("body")).toContain("ada@acme.example");
  });

  test("an organization with two connections shows a button for each", async () => {
    const page = await open("/login");
    await type(page, "cy@globex.example");
    await ssoButtons(page).first().waitFor();
    expect(await ssoButtons(page).allTextContents()).toEqual([
      expect.stringContaining("Globex headquarters"),
      expect.stringContaining("Globex laboratories"),
    ]);
    await ssoButtons(page).nth(1).click();
    await page.waitForURL(`${orgate.idps[1].issuer}/**`);
    await signInAtIdp(page, "cy@globex.example");
    expect(await page.textContent("body")).toContain("Globex laboratories");
  });

  test("an ordinary address shows nothing of SSO and signs in with its password", async () => {
    const page = await open("/login");
    await type(page, LOCAL_ACCOUNT);
    expect(await ssoButtons(page).count()).toBe(0);
    expect(await visibleText(page)).not.toMatch(/SSO|single sign-on/i);
    await password(page).fill(orgate.credentials.localPassword);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.waitForURL(`${orgate.baseUrl}/`);
    expect(await page.textContent("body")).toContain(LOCAL_ACCOUNT);
  });

  test("changing the address back to an ordinary one brings the password back", async () => {
    const page = await open("/login");
    await type(page, "ada@acme.example");
    await ssoButtons(page).waitFor();
    await address(page).fill("");
    await type(page, LOCAL_ACCOUNT);
    await password(page).waitFor();
    expect(await ssoButtons(page).count()).toBe(0);
  });

  test("the way back after a login never leads to a code in the address bar, and the session stays", async () => {
    const page = await open("/login");
    await type(page, "ada@acme.example");
    await ssoButtons(page).click();
    await signInAtIdp(page, "ada@acme.example");
    for (let step = 0; step < 3; step++) {
      await page.goBack().catch(() => null);
      expect(page.url()).not.toMatch(/[?&]code=/);
    }
    await page.goto(`${orgate.baseUrl}/login`);
    expect(new URL(page.url()).pathname).toBe("/");
    expect(await page.textContent("body")).toContain("ada@acme.example");
  });

  test("signing out leads back to the sign-in page and ends the session", async () => {
    const page = await open("/login");
    await type(page, "ada@acme.example");
    await ssoButtons(page).click();
    await signInAtIdp(page, "ada@acme.example");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(/\/login/);
    const answer = await page.request.get(`${orgate.baseUrl}/sessions/whoami`);
    expect(answer.status()).toBe(401);
  });

  test("cancelling at the provider leads to a calm page with a way to try again", async () => {
    const page = await open("/login");
    await type(page, "ada@acme.example");
    await ssoButtons(page).click();
    await page.waitForURL(/\/interaction\//);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.waitForURL(`${orgate.baseUrl}/**`);
    expect(await visibleText(page)).toMatch(/cancelled[\s\S]*Reference/);
    expect(await faultsOf(page, "refused")).toEqual([]);
    await page.getByRole("link", { name: "Try again" }).click();
    await address(page).waitFor();
  });
});

describe("without JavaScript", () => {
  const scriptless = { javaScriptEnabled: false };

  test("two steps lead an organization's address to its provider and back", async () => {
    const page = await open("/login", scriptless);
    await address(page).fill("ada@acme.example");
    await page.getByRole("button", { name: "Continue" }).click();
    await ssoButtons(page).waitFor();
    expect(await password(page).count()).toBe(0);
    expect(await page.textContent("main")).toContain("ada@acme.example");
    await ssoButtons(page).click();
    await signInAtIdp(page, "ada@acme.example");
    expect(await page.textContent("body")).toContain("ada@acme.example");
  });

  test("two steps lead an ordinary address to its password", async () => {
    const page = await open("/login", scriptless);
    await address(page).fill(LOCAL_ACCOUNT);
    await page.getByRole("button", { name: "Continue" }).click();
    await password(page).fill(orgate.credentials.localPassword);
    expect(await ssoButtons(page).count()).toBe(0);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.waitForURL(`${orgate.baseUrl}/`);
    expect(await page.textContent("body")).toContain(LOCAL_ACCOUNT);
  });

  test("registration takes the same two steps", async () => {
    const page = await open("/registration", scriptless);
    await address(page).fill("rae@acme.example");
    await page.getByRole("button", { name: "Continue" }).click();
    await ssoButtons(page).waitFor();
    expect(await password(page).count()).toBe(0);
    await ssoButtons(page).click();
    await signInAtIdp(page, "rae@acme.example");
    expect(await page.textContent("body")).toContain("Acme");
  });
});

describe("registration", () => {
  test("an organization's address gets the SSO button instead of a password", async () => {
    const page = await open("/registration");
    await type(page, "kay@acme.example");
    await ssoButtons(page).waitFor();
    await password(page).waitFor({ state: "hidden" });
    await ssoButtons(page).click();
    await signInAtIdp(page, "kay@acme.example");
    expect(await page.textContent("body")).toContain("kay@acme.example");
  });

  test("an ordinary address gets an account with a password", async () => {
    const page = await open("/registration");
    await type(page, "lee@personal.example");
    await page.getByLabel("Name", { exact: true }).fill("Lee");
    await password(page).fill("correct horse battery");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.waitForURL(`${orgate.baseUrl}/`);
    expect(await page.textContent("body")).toContain("Lee");
    expect(await ssoButtons(page).count()).toBe(0);
  });
});

/** Where a browser without a script has come to when it has said its address. */
async function secondStep(): Promise<string> {
  const page = await open("/login", { javaScriptEnabled: false });
  await address(page).fill("ada@acme.example");
  await page.getByRole("button", { name: "Continue" }).click();
  await ssoButtons(page).waitFor();
  return page.url();
}

describe("looks", () => {
  test("in every width and colour scheme nothing overflows and axe-core finds nothing serious", {
    timeout: 240_000,
  }, async () => {
    const page = await open("/login");
    const faults: string[] = [];
    const look = async (name: string) => void faults.push(...(await faultsOf(page, name)));
    await look("login");
    await type(page, "ada@acme.example");
    await ssoButtons(page).waitFor();
    await look("login-sso");
    await ssoButtons(page).click();
    await page.waitForURL(/\/interaction\//);
    await look("idp");
    await signInAtIdp(page, "ada@acme.example");
    await look("account");
    await page.goto(`${orgate.baseUrl}/self-service/logout`);
    await look("logout");
    await page.context().clearCookies();
    await page.goto(`${orgate.baseUrl}/registration`);
    await look("registration");
    await page.goto(`${orgate.baseUrl}/sso/start?email=nobody@nowhere.example`);
    await look("error");
    await page.goto(await secondStep());
    await look("login-second-step");
    await page.goto(`${orgate.baseUrl}/login`);
    await address(page).fill(LOCAL_ACCOUNT);
    await password(page).fill("not the password");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("alert").waitFor();
    await look("login-wrong-password");
    expect(faults).toEqual([]);
  });
});
