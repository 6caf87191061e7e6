// `npm run scale [-- --logins 5e6 --whoami 50 … | --write | --help]`: what traffic costs and where it meets limits, computed from
// the counted budgets (bench/budgets.ts), measured row sizes and published prices. `--write` renews docs/scale.md.

import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ASSUMPTIONS, type Scenario } from "../bench/scale/assumptions.ts";
import { partsOf, SIZES } from "../bench/scale/document.ts";
import { withParts } from "../bench/scale/markdown.ts";

const DOCUMENT = resolve(import.meta.dirname, "../docs/scale.md");
const ORDER = ["findings", "assumptions", "caches", "databases", "retention", "cost", "levers", "free"];

const given = parseArgs({
  options: {
    logins: { type: "string", multiple: true },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
    ...Object.fromEntries(Object.values(ASSUMPTIONS).map(({ flag }) => [flag, { type: "string" as const }])),
  },
}).values as Record<string, string | string[] | boolean | undefined>;

if (given["help"]) help();
else if (given["write"]) renew();
else show();

function help(): void {
  console.log("npm run scale [-- --logins 5e6] [--write]\n");
  for (const { flag, value, means } of Object.values(ASSUMPTIONS))
    console.log(`  --${flag.padEnd(17)} ${String(value).padEnd(6)} ${means}`);
}

/** Without flags: docs/scale.md is about the standard assumptions. */
function renew(): void {
  writeFileSync(DOCUMENT, withParts(readFileSync(DOCUMENT, "utf8"), partsOf()));
  console.log("docs/scale.md is new.");
}

function show(): void {
  const parts = partsOf(sizes(), changes());
  for (const name of ORDER) console.log(`\n${name}\n\n${parts[name]}`);
}

function sizes(): readonly number[] {
  const logins = [given["logins"]].flat().filter((text): text is string => typeof text === "string");
  return logins.length === 0 ? SIZES : logins.map((text) => numberOf("logins", text));
}

function changes(): Partial<Scenario> {
  const changed = Object.entries(ASSUMPTIONS).flatMap(([name, { flag }]) => {
    const text = given[flag];
    return typeof text === "string" ? [[name, numberOf(flag, text)] as const] : [];
  });
  return Object.fromEntries(changed) as Partial<Scenario>;
}

function numberOf(flag: string, text: string): number {
  const value = Number(text);
  if (text === "" || !(value >= 0)) throw new RangeError(`--${flag} wants a number, not "${text}"`);
  return value;
}
