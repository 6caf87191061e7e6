// How a page looks and whether everybody can use it: two widths, two colour schemes, axe-core, nothing that overflows.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Page } from "playwright-core";
import { screenshot } from "./browser.ts";

const AXE = readFileSync(resolve(import.meta.dirname, "../../node_modules/axe-core/axe.min.js"), "utf8");

const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 360, height: 740 };
/** What a scheme or a width can change; the other rules look at the markup alone. */
const DEPENDS_ON_LOOK = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"];

/**
 * Looks at the open page in every width and scheme and returns what is wrong: a sentence for each serious or critical
 * finding of axe-core, and for each width that the page does not fit. With SCREENSHOTS=1 it saves what it sees.
 */
export async function faultsOf(page: Page, name: string): Promise<string[]> {
  const faults: string[] = [];
  for (const viewport of [WIDE, NARROW]) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const look = `${name} ${viewport.width} ${colorScheme}`;
      if (process.env["SCREENSHOTS"]) await screenshot(page, look.replaceAll(/[^a-z0-9]+/gi, "-"));
      const unfolded = (await page.evaluate(UNFOLD)) as boolean;
      if (colorScheme === "light" && !(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")))
        faults.push(`${look}: wider than the window`);
      const first = viewport === WIDE && colorScheme === "light";
      faults.push(...(await findings(page, first ? undefined : DEPENDS_ON_LOOK)).map((finding) => `${look}: ${finding}`));
      if (unfolded) await page.evaluate(FOLD);
    }
  }
  await page.setViewportSize(WIDE);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  return faults;
}

/** Opens what is folded away, so that it is looked at as well. */
const UNFOLD = `(() => {
  const folded = [...document.querySelectorAll("main details:not([open])")];
  for (const details of folded) { details.open = true; details.dataset.unfolded = ""; }
  return folded.length > 0;
})()`;
const FOLD = `for (const details of document.querySelectorAll("[data-unfolded]")) { details.open = false; delete details.dataset.unfolded; }`;

async function findings(page: Page, rules: string[] | undefined): Promise<string[]> {
  if (!(await page.evaluate("'axe' in globalThis"))) await loadAxe(page);
  const options = { resultTypes: ["violations"], ...(rules ? { runOnly: { type: "rule", values: rules } } : {}) };
  return (await page.evaluate(`(async () => {
    const { violations } = await axe.run(document, ${JSON.stringify(options)});
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ": " + html.slice(0, 160) + " " + failureSummary));
  })()`)) as string[];
}

/** Past Playwright, which would have the half megabyte compiled anew for every page, and whatever the page's policy says. */
async function loadAxe(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: `${AXE};undefined` });
  await session.detach();
}
