// Ory's ready-made pages, `@ory/elements-react`, unmodified: they render our flows in a browser and sign people in.

import { resolve } from "node:path";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LOCAL_ACCOUNT } from "../../scripts/demo-seed.ts";
import { launchBrowser } from "../support/browser.ts";
import { startTestOrgate, type TestOrgate } from "../support/harness.ts";

const HTML =
  '<!doctype html><meta charset="utf-8"><title>Elements</title><div id="root"></div><script type="module" src="/elements/page.js"></script>';

let orgate: TestOrgate;
let browser: Browser;
let script: string;
beforeAll(async () => {
  const bundled = build({
    entryPoints: [resolve(import.meta.dirname, "elements-page.jsx")],
    bundle: true,
    format: "esm",
    jsx: "automatic",
    // Not ours: there JSX means hono's.
    tsconfigRaw: {},
    minify: true,
    write: false,
    define: { "process.env.NODE_ENV": '"production"' },
  });
  [orgate, browser, script] = await Promise.all([
    startTestOrgate(),
    launchBrowser(),
    bundled.then((r) => r.outputFiles[0]?.text ?? ""),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await orgate?.close();
});

/** The page on Orgate's own origin, as behind a reverse proxy; nothing of it comes from Orgate. */
async function open(kind: "login" | "registration"): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.route("**/elements/page.js", (route) => route.fulfill({ contentType: "text/javascript", body: script }));
  await page.route(/\/elements\/(?:login|registration)/, (route) => route.fulfill({ contentType: "text/html", body: HTML }));
  await page.goto(`${orgate.baseUrl}/elements/${kind}`);
  return page;
}

const whoami = (page: Page) =>
  page.evaluate("fetch('/sessions/whoami').then(async (r) => r.ok ? (await r.json()).identity.traits.email : r.status)");

test("an organization's person types an address, is shown its sign-in and no password, and comes back signed in", async () => {
  const page = await open("login");
  await page.fill('input[name="identifier"]', "ada@acme.example");
  await page.click('button[type="submit"]');
  await page.locator('button[name="provider"]').waitFor();
  expect(await page.locator('input[type="password"]').count()).toBe(0);
  await page.click('button[name="provider"]');
  await page.waitForURL(/\/interaction\//);
  await page.fill('input[name="email"]', "ada@acme.example");
  await page.click('button[value="sign-in"]');
  await page.waitForURL(`${orgate.baseUrl}/`);
  expect(await whoami(page)).toBe("ada@acme.example");
});

test("everybody else is asked for a password, is told when it is wrong, and signs in with the right one", async () => {
  const page = await open("login");
  await page.fill('input[name="identifier"]', LOCAL_ACCOUNT);
  await page.click('button[type="submit"]');
  await page.locator('input[type="password"]').waitFor();
  await page.fill('input[type="password"]', "not the password");
  await page.keyboard.press("Enter");
  await page.getByText(/credentials are invalid/).waitFor();
  await page.fill('input[type="password"]', orgate.credentials.localPassword);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${orgate.baseUrl}/`);
  expect(await whoami(page)).toBe(LOCAL_ACCOUNT);
});

test("a registration asks for what the project asks for", async () => {
  const page = await open("registration");
  await page.locator('input[name="traits.email"]').waitFor();
  expect(await page.locator('input[name="traits.name"]').count()).toBe(1);
});
