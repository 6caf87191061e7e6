// The example apps as `npm run example:…` starts them, in a real Chromium: from the app through Orgate to an identity provider
// or a password, back, and out again.

import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { resolve } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from "vitest";
import { LOCAL_ACCOUNT } from "../../scripts/demo-seed.ts";
import { isPortFree } from "../../scripts/processes.ts";
import { launchBrowser, screenshot } from "../support/browser.ts";
import { startTestOrgate, type TestOrgate } from "../support/harness.ts";

const ROOT = resolve(import.meta.dirname, "../..");

interface App {
  url: string;
  port: number;
  runner: ChildProcess;
}

let orgate: TestOrgate;
let browser: Browser;
let hono: App;
let express: App;
let session: App;
let contexts: BrowserContext[] = [];
/** What pages complained about: blocked by the content security policy, failed scripts. */
let complaints: string[] = [];

beforeAll(async () => {
  [orgate, browser] = await Promise.all([startTestOrgate(), launchBrowser()]);
  [hono, express, session] = await Promise.all([start("hono"), start("express"), start("session")]);
});
afterAll(async () => {
  await Promise.all([hono, express, session].map((app) => app && interrupt(app)));
  await Promise.all([browser?.close(), orgate?.close()]);
});
afterEach(async () => {
  const found = complaints;
  await Promise.all(contexts.map((context) => context.close()));
  contexts = [];
  complaints = [];
  expect(found).toEqual([]);
});

test.each(["hono", "express"] as const)("%s: SSO, and signing out in the app signs out at Orgate", async (name) => {
  const app = { hono, express }[name];
  const page = await open(app.url);
  await screenshot(page, `example-${name}-welcome`);
  await page.getByRole("link", { name: "Sign in" }).click();
  await signInWithSso(page, "ada@acme.example");
  expect(await facts(page, app)).toEqual({
    Name: "Ada",
    "E-mail": "ada@acme.example",
    Organization: "Acme",
    Connection: orgate.demo.organizations.Acme.connections[0]?.id,
  });
  await screenshot(page, `example-${name}-person`);
  expect(await orgateSession(page)).toBe(200);

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("You are not signed in.").waitFor();
  expect(page.url()).toBe(`${app.url}/`);
  expect(await orgateSession(page)).toBe(401);
  await page.getByRole("link", { name: "Sign in" }).click();
  await address(page).waitFor();
});

test("a password; a second app asks nothing; signing out at Orgate ends the session of the app that is told (T122)", async () => {
  const page = await open(`${hono.url}/login`);
  await enterAddress(page, LOCAL_ACCOUNT);
  await page.getByLabel("Password", { exact: true }).fill(orgate.credentials.localPassword);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  const pat = { Name: "Pat", "E-mail": LOCAL_ACCOUNT, Organization: "none", Connection: "none: a password" };
  expect(await facts(page, hono)).toEqual(pat);

  await page.goto(`${express.url}/login`);
  expect(await facts(page, express)).toEqual(pat);

  await signOutAtOrgate(page);
  const welcome = async () => {
    await page.goto(express.url);
    return await page.getByText("You are not signed in.").count();
  };
  await expect.poll(welcome, { timeout: 20_000, interval: 200 }).toBe(1);
});

test("an app for Acme alone refuses a person of Globex with access_denied, and lets them choose another account (T119)", async () => {
  await pin("Example: Express", [orgate.demo.organizations.Acme.id]);
  onTestFinished(() => pin("Example: Express", []));
  const page = await open(`${hono.url}/login`);
  await signInWithSso(page, "cy@globex.example");
  expect(await facts(page, hono)).toMatchObject({ "E-mail": "cy@globex.example", Organization: "Globex" });

  await page.goto(`${express.url}/login`);
  await page.getByRole("alert").waitFor();
  expect(new URL(page.url()).searchParams.get("error")).toBe("access_denied");
  expect(await page.getByRole("alert").textContent()).toMatch(/You were not let in: .*organization/);
  await screenshot(page, "example-refused");
  await page.goto(express.url);
  await page.getByText("You are not signed in.").waitFor();

  await page.goto(`${express.url}/login?account=other`);
  await answerProvider(page, "ada@acme.example");
  expect(await facts(page, express)).toMatchObject({ "E-mail": "ada@acme.example", Organization: "Acme" });
});

test("the session-cookie app knows the person by asking or by JWT, until the session ends", async () => {
  const page = await open(session.url);
  await page.getByRole("link", { name: "Sign in" }).click();
  await signInWithSso(page, "ada@acme.example");
  const ada = { "E-mail": "ada@acme.example", Organization: orgate.demo.organizations.Acme.id };
  expect(await facts(page, session)).toMatchObject(ada);

  await page.goto(`${session.url}/edge`);
  await page.getByText("Orgate was asked for a JWT.").waitFor();
  await page.reload();
  await page.getByText("The JWT was checked here; nobody was asked.").waitFor();
  expect(await facts(page, session, "/edge")).toMatchObject(ada);
  await screenshot(page, "example-session-edge");

  await signOutAtOrgate(page);
  await page.goto(session.url);
  await page.getByText("You are not signed in.").waitFor();
  // The JWT is still valid, but its session's cookie is gone.
  await page.goto(`${session.url}/edge`);
  await page.getByText("You are not signed in.").waitFor();

  await page.getByRole("link", { name: "Sign in" }).click();
  await signInWithSso(page, "cy@globex.example");
  await facts(page, session);
  await page.goto(`${session.url}/edge`);
  expect(await facts(page, session, "/edge")).toMatchObject({ "E-mail": "cy@globex.example" });
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("You are not signed in.").waitFor();
  expect(await orgateSession(page)).toBe(401);
});

test("Ctrl-C leaves no port behind, and starting again uses the client that is there", async () => {
  await Promise.all([hono, express, session].map(interrupt));
  const taken = async () => {
    const free = await Promise.all([hono, express, session].map(({ port }) => isPortFree(port)));
    return free.filter((yes) => !yes).length;
  };
  await expect.poll(taken, { timeout: 30_000 }).toBe(0);

  const [before] = await clients("Example: Express");
  express = await start("express");
  const after = await clients("Example: Express");
  expect(after).toHaveLength(1);
  expect(after[0]).toMatchObject({ client_id: before?.client_id, redirect_uris: [`${express.url}/callback`] });
  const page = await open(`${express.url}/login`);
  await signInWithSso(page, "ada@acme.example");
  expect(await facts(page, express)).toMatchObject({ Organization: "Acme" });
});

/** Starts an app as its npm script does, on a free port and beside this test's Orgate. */
async function start(name: "hono" | "express" | "session"): Promise<App> {
  const port = await freePort();
  const options = ["--port", String(port), "--orgate-port", new URL(orgate.baseUrl).port];
  const runner = spawn(process.execPath, ["--no-warnings", "scripts/example.ts", name, ...options], {
    cwd: ROOT,
    env: { ...process.env, ROOT_KEY: orgate.rootKey },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  await new Promise<void>((ready, failed) => {
    for (const stream of [runner.stdout, runner.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk;
        if (output.includes("Ctrl-C stops")) ready();
      });
    }
    runner.once("exit", () => failed(new Error(`example:${name} ended: ${output}`)));
  });
  return { url: `http://localhost:${port}`, port, runner };
}

/** Ctrl-C. */
async function interrupt({ runner }: App): Promise<void> {
  if (runner.exitCode !== null || runner.signalCode !== null) return;
  const gone = new Promise((resolve) => runner.once("exit", resolve));
  runner.kill("SIGINT");
  await gone;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** Without scripts: what the sign-in page's own script does is tested in login.test.ts, and the apps have none. */
async function open(url: string): Promise<Page> {
  const context = await browser.newContext({ javaScriptEnabled: false });
  contexts.push(context);
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (/content security policy/i.test(message.text())) complaints.push(message.text());
  });
  await page.goto(url);
  return page;
}

const address = (page: Page) => page.getByRole("textbox", { name: /e-mail/i });

/** From Orgate's sign-in page through the first provider that it offers. */
async function signInWithSso(page: Page, email: string): Promise<void> {
  await enterAddress(page, email);
  const buttons = page.getByRole("button", { name: /with SSO/ });
  await buttons.first().click();
  await answerProvider(page, email);
}

async function enterAddress(page: Page, email: string): Promise<void> {
  await address(page).fill(email);
  await page.getByRole("button", { name: "Continue" }).click();
}

async function answerProvider(page: Page, email: string): Promise<void> {
  await page.waitForURL(/\/interaction\//);
  await page.fill("#email", email);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** What the app's page says about the person. */
async function facts(page: Page, app: App, path = "/"): Promise<Record<string, string>> {
  await page.waitForURL(`${app.url}${path}`);
  await page.locator("dl").waitFor();
  const [names, values] = [await page.locator("dt").allTextContents(), await page.locator("dd").allTextContents()];
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""]));
}

/** The status with which Orgate answers whose session this browser has. */
async function orgateSession(page: Page): Promise<number> {
  return (await page.request.get(`${orgate.baseUrl}/sessions/whoami`)).status();
}

async function signOutAtOrgate(page: Page): Promise<void> {
  await page.goto(orgate.baseUrl);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/\/login/);
}

async function clients(name: string): Promise<{ client_id: string; redirect_uris: string[] }[]> {
  const answer = await orgate.manage("GET", `/admin/clients?client_name=${encodeURIComponent(name)}`);
  return (await answer.json()) as { client_id: string; redirect_uris: string[] }[];
}

async function pin(name: string, organizations: string[]): Promise<void> {
  const [client] = await clients(name);
  const change = [{ op: "replace", path: "/organization_ids", value: organizations }];
  expect((await orgate.manage("PATCH", `/admin/clients/${client?.client_id}`, change)).status).toBe(200);
}
