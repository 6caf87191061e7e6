// The console as an operator of a running Orgate uses it, in a real browser.

import type { Browser, Page } from "playwright-core";
import { OPERATOR_EMAIL } from "../../scripts/operator.ts";
import type { TestOrgate } from "./harness.ts";

/** Opens the console in a browser of its own and signs in, as the first operator does. */
export async function openConsole(browser: Browser, orgate: TestOrgate): Promise<Page> {
  const context = await browser.newContext({ reducedMotion: "reduce" });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  await page.goto(`${orgate.baseUrl}/console`);
  await page.getByRole("textbox", { name: /e-mail/i }).fill(OPERATOR_EMAIL);
  await page.getByLabel("Password", { exact: true }).fill(orgate.credentials.operatorPassword);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL(`${orgate.baseUrl}/console`);
  return page;
}
