// `npm run scoreboard`: every id of the catalogue, the tests whose titles carry it, and how they ended. Reads what the last
// `npm test` left behind, or runs the tests when there is nothing or with `--run`; writes docs/scoreboard.md. Fails when a
// test failed or an id that applies has no test.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { CATALOGUE } from "../test/catalogue/index.ts";
import { QUIET_WRANGLER, run } from "./processes.ts";
import { renderScoreboard, score, type TestResult } from "./scoreboard-table.ts";

const REPORT = "test-results/vitest.json";
const PAGE = "docs/scoreboard.md";

process.chdir(resolve(import.meta.dirname, ".."));
if (process.argv.includes("--run") || !existsSync(REPORT)) await runTests();
const board = score(CATALOGUE, readResults());
writeFileSync(PAGE, renderScoreboard(board));
for (const { name, rows } of board) {
  console.log(`\n${name}`);
  for (const { entry, tests, state } of rows) {
    const where =
      entry.waitsFor === undefined ? [...new Set(tests.map(({ file }) => file))].join(" ") : `waits for ${entry.waitsFor}`;
    console.log(`  ${state.padEnd(12)} ${String(tests.length).padStart(4)}  ${entry.id}  ${where}`);
  }
}
console.log();
for (const { name, rows } of board) {
  const of = (state: string) => rows.filter((row) => row.state === state).length;
  console.log(
    `${name.padEnd(32)} ${String(of("passed")).padStart(4)} passed ${String(of("failed")).padStart(4)} failed ` +
      `${String(of("not covered")).padStart(4)} not covered ${String(of("pending")).padStart(4)} pending`,
  );
}
const wrong = board.flatMap(({ rows }) => rows.filter((row) => row.state === "failed" || row.state === "not covered"));
for (const { entry, state } of wrong) console.log(`${state.toUpperCase()}  ${entry.id}  ${entry.title}`);
console.log(`\n${PAGE} is written.`);
process.exitCode = wrong.length === 0 ? 0 : 1;

async function runTests(): Promise<void> {
  mkdirSync("test-results", { recursive: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${REPORT}`];
  await run("node_modules/vitest/vitest.mjs", ["run", ...reporters], { show: true, env: QUIET_WRANGLER });
}

function readResults(): TestResult[] {
  const report = JSON.parse(readFileSync(REPORT, "utf8")) as {
    testResults: {
      name: string;
      assertionResults: { ancestorTitles: string[]; title: string; status: string }[];
    }[];
  };
  return report.testResults.flatMap((file) =>
    file.assertionResults.map(({ ancestorTitles, title, status }) => ({
      file: file.name.slice(process.cwd().length + 1),
      title: [...ancestorTitles, title].filter((part) => part !== "").join(" › "),
      passed: status === "passed",
    })),
  );
}
