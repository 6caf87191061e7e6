// How a page looks and whether everybody can use it: two widths, two colour schemes, axe-core, nothing that overflows.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Page } from "playwright-core";
import { screenshot } from "./browser.ts";

const AXE = readFileSync(resolve(import.meta.dirname, "../../node_modules/axe-core/axe.min.js"), "utf8");

const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 360, height: 740 };
/** In an order that changes as little as possible at a time. */
const LOOKS = [
  [WIDE, "light"],
  [WIDE, "dark"],
  [NARROW, "dark"],
  [NARROW, "light"],
] as const;
/** What colours can change, and what a width can; the other rules look at the markup alone. */
const ON_COLOURS = ["color-contrast", "link-in-text-block"];
const ON_WIDTH = ["scrollable-region-focusable", "target-size"];

/**
 * Looks at the open page in every width and scheme and returns what is wrong: a sentence for each serious or critical
 * finding of axe-core, and for each width that the page does not fit. With SCREENSHOTS=1 it saves what it sees.
 */
export async function faultsOf(page: Page, name: string): Promise<string[]> {
  const faults: string[] = [];
  const before = page.viewportSize();
  for (const [viewport, colorScheme] of LOOKS) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const look = `${name} ${viewport.width} ${colorScheme}`;
    if (process.env["SCREENSHOTS"]) await screenshot(page, look.replaceAll(/[^a-z0-9]+/gi, "-"));
    const unfolded = (await page.evaluate(UNFOLD)) as boolean;
    if (colorScheme === "light" && !(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")))
      faults.push(`${look}: wider than the window`);
    const found = [];
    if (viewport === WIDE) {
      await page.evaluate(remember(colorScheme));
      found.push(...(await findings(page, colorScheme === "light" ? undefined : ON_COLOURS)));
    } else {
      const repainted = (await page.evaluate(findRepainted(colorScheme))) as boolean;
      if (repainted) found.push(...(await findings(page, ON_COLOURS, "repainted")));
      if (colorScheme === "light") found.push(...(await findings(page, ON_WIDTH)));
    }
    faults.push(...found.map((finding) => `${look}: ${finding}`));
    if (unfolded) await page.evaluate(FOLD);
  }
  if (before) await page.setViewportSize(before);
  return faults;
}

/** Opens what is folded away, so that it is looked at as well. */
const UNFOLD = `(() => {
  const folded = [...document.querySelectorAll("main details:not([open])")];
  for (const details of folded) { details.open = true; details.dataset.unfolded = ""; }
  return folded.length > 0;
})()`;
const FOLD = `for (const details of document.querySelectorAll("[data-unfolded]")) { details.open = false; delete details.dataset.unfolded; }`;

/** What the rules about colours read of an element and of what is around it. */
const PAINT = `((element) => {
  const style = getComputedStyle(element);
  const read = ["color", "backgroundColor", "backgroundImage", "opacity", "textShadow", "textDecorationLine", "filter",
    "position", "clipPath", "borderBottomStyle"];
  const [size, weight] = [Number.parseFloat(style.fontSize), Number(style.fontWeight)];
  // Large text, for which less contrast is enough (WCAG 1.4.3).
  const isLarge = size >= 24 || (size >= 18.66 && weight >= 700);
  return [element.checkVisibility({ visibilityProperty: true }), isLarge, ...read.map((name) => style[name])].join();
})`;

const remember = (scheme: string) => `(() => {
  const paint = ${PAINT};
  (globalThis.painted ??= {}).${scheme} = new Map([...document.querySelectorAll("body, body *")].map((one) => [one, paint(one)]));
})()`;

/** Elements that look otherwise than in the wide window, or only show here: to be judged anew, with all that is in them. */
const findRepainted = (scheme: string) => `(() => {
  const paint = ${PAINT};
  globalThis.repainted = [...document.querySelectorAll("body, body *")].filter(
    (one) => one.checkVisibility() && painted.${scheme}.get(one) !== paint(one),
  );
  return globalThis.repainted.length > 0;
})()`;

/** @param within a global variable with the elements to look at. */
async function findings(page: Page, rules: string[] | undefined, within = "document"): Promise<string[]> {
  if (!(await page.evaluate("'axe' in globalThis"))) await loadAxe(page);
  return (await page.evaluate(`(async () => {
    const isSerious = ({ impact }) => impact === "serious" || impact === "critical";
    // A rule's own impact is the one that its findings have.
    const others = axe._audit.rules.filter((rule) => rule.impact && !isSerious(rule)).map(({ id }) => [id, { enabled: false }]);
    const named = ${JSON.stringify(rules ?? null)};
    const options = named ? { runOnly: { type: "rule", values: named } } : { rules: Object.fromEntries(others) };
    const { violations } = await axe.run(${within}, { resultTypes: ["violations"], selectors: false, ...options });
    return violations
      .filter(isSerious)
      .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ": " + html.slice(0, 160) + " " + failureSummary));
  })()`)) as string[];
}

/** Past Playwright, which would have the half megabyte compiled anew for every page, and whatever the page's policy says. */
async function loadAxe(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: `${AXE};undefined` });
  await session.detach();
}
