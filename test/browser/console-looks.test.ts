// Every page of the console, found by following its links: it fits, it can be used by everybody, and it says what it is.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "../support/browser.ts";
import { createHttpBrowser } from "../support/cookie-jar.ts";
import { signedIn, signIn } from "../support/demo.ts";
import { startTestOrgate, type TestOrgate } from "../support/harness.ts";
import { faultsOf } from "../support/looks.ts";
import { openConsole } from "../support/operator.ts";

let orgate: TestOrgate;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  [orgate, browser] = await Promise.all([startTestOrgate(), launchBrowser()]);
  await fill();
  page = await openConsole(browser, orgate);
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
});
afterAll(async () => {
  await Promise.all([browser?.close(), orgate?.close()]);
});

/** Something for every list: people, sessions, a refusal, a key, an invitation. */
async function fill(): Promise<void> {
  const project = `/projects/${orgate.demo.projectId}`;
  for (const email of ["ada@acme.example", "grace@acme.example"]) await signedIn(orgate, email);
  await signIn(createHttpBrowser(), `${orgate.baseUrl}/sso/start?email=cy@acme.example`, "cy@elsewhere.example");
  await orgate.manage("POST", `${project}/api-keys`, { name: "Nightly import" });
  await orgate.manage("POST", `${project}/operator-invitations`, { email: "kim@orgate.example", role: "editor" });
  await orgate.manage("POST", `${project}/organizations`, { label: "Initech", domains: ["initech.example"] });
  await orgate.manage("POST", "/admin/clients", { client_name: "Reports", redirect_uris: ["https://reports.example/callback"] });
  await orgate.manage("PUT", `${project}/session-token-templates/edge`, { audience: ["https://api.example"] });
}

/** Every page that links lead to: a new one is to be named here. `:id` stands for ids; paths are the project's. */
const PAGES = [
  "",
  "/api-keys",
  "/api-keys/:id/revoke",
  "/api-keys/new",
  "/applications",
  "/applications/:id",
  "/applications/:id/delete",
  "/applications/:id/edit",
  "/applications/:id/rotate-secret",
  "/applications/new",
  "/connections",
  "/connections/:id",
  "/connections/:id/delete",
  "/connections/:id/disable",
  "/connections/:id/edit",
  "/connections/:id/rotate-secret",
  "/connections/new",
  "/connections/new?provider",
  "/console",
  "/console/projects/new",
  "/events",
  "/identities",
  "/identities/:id",
  "/identities/:id/delete",
  "/identities/new",
  "/operators",
  "/operators/invitations/:id/revoke",
  "/operators/invite",
  "/organizations",
  "/organizations/:id",
  "/organizations/:id/connections",
  "/organizations/:id/delete",
  "/organizations/:id/edit",
  "/organizations/:id/events",
  "/organizations/:id/members",
  "/organizations/:id/sessions",
  "/organizations/:id/sessions/revoke",
  "/organizations/new",
  "/routing",
  "/session-tokens/edge/delete",
  "/session-tokens/new",
  "/settings",
  "/settings/branding",
  "/signing-keys/revoke",
  "/signing-keys/rotate",
];

test("every page fits every width, finds nothing serious in axe-core in any scheme, and has a name", {
  timeout: 600_000,
}, async () => {
  const faults: string[] = [];
  const seen = new Map<string, string>();
  const waiting = ["/console"];
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    const answer = await page.goto(`${orgate.baseUrl}${path}`);
    const name = nameOf(path);
    if (answer?.status() !== 200) faults.push(`${path}: ${answer?.status()}`);
    faults.push(...(await faultsOf(page, name)));
    const headings = await page.getByRole("heading", { level: 1 }).allTextContents();
    if (headings.length !== 1) faults.push(`${path}: ${headings.length} headings of the first level`);
    const links = (await page.evaluate("[...document.querySelectorAll('a[href]')].map((a) => a.href)")) as string[];
    for (const link of links) {
      const url = new URL(link);
      if (url.origin !== orgate.baseUrl || !isOurs(url.pathname)) continue;
      const next = `${url.pathname}${url.searchParams.has("provider") ? `?provider=${url.searchParams.get("provider")}` : ""}`;
      const pattern = patternOf(next);
      if (seen.has(pattern)) continue;
      seen.set(pattern, next);
      waiting.push(next);
    }
  }
  expect(faults).toEqual([]);
  expect([...seen.keys()].sort()).toEqual(PAGES);
  expect(complaints).toEqual([]);
});

test("so do the page that deletes a project, which the default one has not, and the API's description", {
  timeout: 180_000,
}, async () => {
  const faults: string[] = [];
  const made = await orgate.manage("POST", "/projects", { name: "Gone soon", slug: "gone-soon" });
  const { id } = (await made.json()) as { id: string };
  const pages = [`/console/projects/${id}/settings/delete`, "/docs"];
  for (const path of pages) {
    const answer = await page.goto(`${orgate.baseUrl}${path}`);
    if (answer?.status() !== 200 || !page.url().endsWith(path)) faults.push(`${path}: ${answer?.status()} at ${page.url()}`);
    // The operations are one component; the first of each section has all of its parts, and the others only cost time.
    await page.evaluate("for (const one of document.querySelectorAll('.docs-operation ~ .docs-operation')) one.remove()");
    faults.push(...(await faultsOf(page, nameOf(path))));
    const headings = await page.getByRole("heading", { level: 1 }).allTextContents();
    if (headings.length !== 1) faults.push(`${path}: ${headings.length} headings of the first level`);
  }
  expect(faults).toEqual([]);
  expect(complaints).toEqual([]);
});

/** Pages of the console that are about the demo project, or about none. */
function isOurs(path: string): boolean {
  if (/\/logo$|\.css$/.test(path) || !/^\/console(\/|$)/.test(path)) return false;
  return !/^\/console\/projects\/[0-9a-f-]{36}/.test(path) || path.startsWith(`/console/projects/${orgate.demo.projectId}`);
}

function patternOf(path: string): string {
  return path
    .replace(/^\/console\/projects\/[0-9a-f-]{36}/, "")
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ":id")
    .replace(/provider=.*/, "provider");
}

function nameOf(path: string): string {
  return `console${patternOf(path).replaceAll(/[^a-z]+/g, "-")}`;
}
