// A real Chromium: the one CHROMIUM_PATH names, otherwise the one that npm installed.

import { existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A process for each browser context and site, not one for nearly every navigation: starting one costs more than a page.
  "--renderer-process-limit=1",
];
/** Wide enough for the console's wide layout, otherwise small: every frame is painted by the CPU. */
const WINDOW = { width: 1000, height: 500 };

export async function launchBrowser(): Promise<Browser> {
  const browser = await launch();
  const newContext = browser.newContext.bind(browser);
  return Object.assign(browser, {
    newContext: (options: BrowserContextOptions = {}) => newContext({ viewport: WINDOW, ...options }),
  });
}

async function launch(): Promise<Browser> {
  const own = process.env["CHROMIUM_PATH"];
  if (own) return await chromium.launch({ executablePath: own, args: FLAGS });
  const { executablePath, libraries } = await unpackBrowser();
  const environment = {
    ...process.env,
    LD_LIBRARY_PATH: [process.env["LD_LIBRARY_PATH"], libraries].filter(Boolean).join(":"),
    ...(existsSync("/etc/fonts/fonts.conf") ? {} : { FONTCONFIG_PATH: join(tmpdir(), "fonts") }),
  };
  return await chromium.launch({ executablePath, args: [...FLAGS, "--headless=shell"], env: environment });
}

/** Saves what the page shows, for a person to look at. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const directory = resolve(import.meta.dirname, "../../test-results");
  mkdirSync(directory, { recursive: true });
  await page.screenshot({ path: join(directory, `${name}.png`), fullPage: true, animations: "disabled" });
}

/**
 * Unpacks the npm package's Chromium once; two who did it at once would disturb each other (node-setup.ts). Its archive of
 * shared libraries is meant for one hosting platform, where the package unpacks it by itself; a machine with nothing but
 * Node lacks the same libraries, so it is unpacked here too.
 */
export async function unpackBrowser(): Promise<{ executablePath: string; libraries: string }> {
  const { default: packaged, inflate } = await import("@sparticuz/chromium");
  packaged.setGraphicsMode = false;
  const executablePath = await packaged.executablePath();
  const archives = resolve(import.meta.dirname, "../../node_modules/@sparticuz/chromium/bin");
  await inflate(join(archives, "al2023.tar.br"));
  return { executablePath, libraries: join(tmpdir(), "al2023", "lib") };
}
