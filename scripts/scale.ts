// `npm run scale [-- --logins 5e6 --whoami 50 … | --write | --help]`: what traffic costs and where it meets limits, computed from
// the counted budgets (bench/budgets.ts), measured row sizes and published prices. `--write` renews docs/scale.md.

import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ASSUMPTIONS, type Scenario } from "../bench/scale/assumptions.ts";
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
else if (given["write"]) await renew();
else await show(sizes(), changes());

function help(): void {
  console.log("npm run scale [-- --logins 5e6] [--write]\n");
  for (const { flag, value, means } of Object.values(ASSUMPTIONS))
    console.log(`  --${flag.padEnd(17)} ${String(value).padEnd(6)} ${means}`);
}

/** Without flags: docs/scale.md is about the standard assumptions. */
async function renew(): Promise<void> {
  const { partsOf } = await document();
  writeFileSync(DOCUMENT, withParts(readFileSync(DOCUMENT, "utf8"), partsOf()));
  console.log("docs/scale.md is new.");
}

async function show(logins: readonly number[] | undefined, changed: Partial<Scenario>): Promise<void> {
  const { partsOf } = await document();
  const parts = partsOf(logins, changed);
  for (const name of ORDER) console.log(`\n${name}\n\n${parts[name]}`);
}

/** Loaded only when it is needed: it brings the product along. */
function document(): Promise<typeof import("../bench/scale/document.ts")> {
  return import("../bench/scale/document.ts");
}

/** Undefined: those of the document. */
function sizes(): readonly number[] | undefined {
  const logins = [given["logins"]].flat().filter((text): text is string => typeof text === "string");
  return logins.length === 0 ? undefined : logins.map((text) => numberOf("logins", text));
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
