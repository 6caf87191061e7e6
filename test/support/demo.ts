// Journeys through a running Orgate and the demo identity providers, as a browser without JavaScript makes them.

import { expect } from "vitest";
import { createHttpBrowser, formsOf, type HttpBrowser, type Step } from "./cookie-jar.ts";
import type { TestOrgate } from "./harness.ts";

export const SESSION_COOKIE = "__Host-orgate_session";

/** Opens a link that starts a login and goes on to the identity provider's page. */
export async function reachIdp(browser: HttpBrowser, link: string): Promise<Step> {
  const page = await browser.open(link);
  if (!page.url.pathname.startsWith("/interaction/")) {
    throw new Error(`did not arrive at an identity provider but at ${page.url.pathname}: ${page.status} ${textOf(page)}`);
  }
  return page;
}

/** Signs in (or cancels) at the provider's page and returns the callback URL, which has not been opened yet. */
export async function answerIdp(browser: HttpBrowser, page: Step, email: string | "cancel"): Promise<URL> {
  const [form] = formsOf(page);
  if (!form) throw new Error(`no form on the identity provider's page: ${textOf(page)}`);
  const cancel = email === "cancel";
  const answer = await browser.submit(form, cancel ? {} : { email }, { name: "action", value: cancel ? "cancel" : "sign-in" });
  const steps = await browser.follow(answer, isCallback);
  const location = steps[steps.length - 1]?.location;
  if (!location) throw new Error("the identity provider did not send the browser back");
  return location;
}

/** A whole login: link, provider, callback, and on to where Orgate sends the browser. */
export async function signIn(browser: HttpBrowser, link: string, email: string): Promise<Step> {
  const callback = await answerIdp(browser, await reachIdp(browser, link), email);
  return await browser.open(callback);
}

/** A login in a browser of its own, for tests that only need somebody to be signed in. */
export async function signedIn(orgate: TestOrgate, email: string): Promise<HttpBrowser> {
  const browser = createHttpBrowser();
  await signIn(browser, `${orgate.baseUrl}/sso/start?email=${encodeURIComponent(email)}`, email);
  expect(await browser.cookie(orgate.baseUrl, SESSION_COOKIE)).toMatch(/^orgate_st_/);
  return browser;
}

export interface WhoAmI {
  id: string;
  active: boolean;
  authentication_methods: { method: string; provider?: string; organization?: string }[];
  identity: { id: string; organization_id: string | null; traits: { email?: string; name?: string } };
}

/** The browser's session, or undefined when it has none. */
export async function whoAmI(orgate: TestOrgate, browser: HttpBrowser): Promise<WhoAmI | undefined> {
  const response = await browser.fetch(`${orgate.baseUrl}/sessions/whoami`);
  return response.status === 401 ? undefined : ((await response.json()) as WhoAmI);
}

/** What a person reads on a page. */
export function textOf(page: Step): string {
  return page.body
    .replace(/<(script|style|head)\b[\s\S]*?<\/\1>/gi, " ")
    .replace(/<[^>]+>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

/** The reference number that a page of refusal shows. */
export function referenceOf(page: Step): string | undefined {
  return /Reference\s*<code>([0-9A-Z]{5}-[0-9A-Z]{5})<\/code>/.exec(page.body)?.[1];
}

/** The audit event that a reference number finds. */
export async function eventOf(
  orgate: TestOrgate,
  reference: string | undefined,
): Promise<{ type: string; reason: string | null }> {
  const response = await orgate.manage("GET", `/projects/${orgate.demo.projectId}/events?reference=${reference}`);
  const { events } = (await response.json()) as { events: { type: string; reason: string | null }[] };
  const [found] = events;
  if (!found) throw new Error(`no audit event has the reference ${reference}`);
  return found;
}

function isCallback(url: URL): boolean {
  return url.pathname.startsWith("/self-service/methods/oidc/");
}
