// `npm test`: types, lint and every test, counted together. The last line of the output is the sum and nothing else.
// Arguments after `--` go to vitest.

import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { QUIET_WRANGLER, run, WRANGLER } from "./processes.ts";

const REPORT = "test-results/vitest.json";

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

process.chdir(resolve(import.meta.dirname, ".."));
const total: Tally = { passed: 0, failed: 0, skipped: 0 };
await Promise.all([
  check("generated types are up to date", WRANGLER, ["types", "--check"], QUIET_WRANGLER),
  check("types", "node_modules/typescript/bin/tsc", ["--noEmit"]),
  check("lint and format", "node_modules/@biomejs/biome/bin/biome", ["check", "--error-on-warnings"]),
]);
add(await runTests(process.argv.slice(2)));
process.exitCode = total.failed === 0 ? 0 : 1;
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`);

/** A program that passes or fails as a whole; it speaks only when it fails. */
async function check(name: string, script: string, args: string[], env: Record<string, string> = {}): Promise<void> {
  const { code, output } = await run(script, args, { env });
  if (code === 0) {
    console.log(`✓ ${name}`);
    add({ passed: 1, failed: 0, skipped: 0 });
  } else {
    console.log(`✗ ${name}\n${output}`);
    add({ passed: 0, failed: 1, skipped: 0 });
  }
}

async function runTests(args: string[]): Promise<Tally> {
  mkdirSync("test-results", { recursive: true });
  rmSync(REPORT, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${REPORT}`];
  const { code } = await run("node_modules/vitest/vitest.mjs", ["run", ...reporters, ...args], {
    show: true,
    env: QUIET_WRANGLER,
  });
  const tally = readReport();
  // A runner that crashed, or that failed for a reason no single test shows, is a failure of its own.
  if (code !== 0 && tally.failed === 0) tally.failed = 1;
  if (tally.passed + tally.failed === 0) tally.failed = 1;
  return tally;
}

interface Report {
  testResults: { name: string; status: string; message: string; assertionResults: { status: string }[] }[];
}

/** What vitest reported. A file that could not be loaded has no tests and counts as one failure. */
function readReport(): Tally {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  let report: Report;
  try {
    report = JSON.parse(readFileSync(REPORT, "utf8")) as Report;
  } catch {
    console.log("vitest ended without a report");
    return { ...tally, failed: 1 };
  }
  for (const file of report.testResults) {
    if (file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed")) tally.failed += 1;
    for (const { status } of file.assertionResults) {
      if (status === "passed") tally.passed += 1;
      else if (status === "failed") tally.failed += 1;
      else tally.skipped += 1;
    }
  }
  return tally;
}

function add(more: Tally): void {
  total.passed += more.passed;
  total.failed += more.failed;
  total.skipped += more.skipped;
}
