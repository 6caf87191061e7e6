// The benchmark runs from end to end: every floor and every scenario that it names answers as it should. No time is judged.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { GOALS } from "../../bench/goals.ts";
import { GROUPS } from "../../bench/groups.ts";
import { run } from "../../scripts/processes.ts";

const directory = mkdtempSync(join(tmpdir(), "orgate-bench-test-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("every scenario and every floor is measured, and the report has them", { timeout: 600_000 }, async () => {
  const report = join(directory, "benchmarks.md");
  const { code, output } = await run("bench/run.ts", [
    ...["--sizes", "10", "--rounds", "1", "--judged-rounds", "1", "--seconds", "0.01", "--concurrency", "2", "--write", report],
  ]);
  expect(code, output).toBe(0);
  const written = readFileSync(report, "utf8");
  for (const { title, floors, ours } of GROUPS.filter(({ alone }) => alone)) {
    expect(written, title).toContain(`| ${ours[0]?.title} | ${floors[0]?.title} | 1 |`);
  }
  for (const { title, floors, ours } of GROUPS.filter(({ alone }) => !alone)) {
    expect(written).toContain(`## ${title}`);
    for (const scenario of [...floors, ...ours]) expect(written).toContain(`| ${scenario.title} | 10 |`);
  }
  for (const goal of GOALS) expect(written).toContain(`| ${goal.text} |`);
  expect(written).not.toContain("NaN");
  expect(written).not.toContain("undefined");
});

test("another server can be loaded, and a wrong answer ends the run", async () => {
  const server = createServer((request, response) => response.writeHead(request.url === "/right" ? 200 : 404).end("{}"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const brief = ["--against", url, "--rounds", "1", "--seconds", "0.01", "--concurrency", "2"];
  const right = await run("bench/run.ts", [...brief, "--path", "/right"]);
  expect(right.code, right.output).toBe(0);
  expect(right.output).toContain("/right");
  const wrong = await run("bench/run.ts", [...brief, "--path", "/wrong"]);
  expect(wrong.code).not.toBe(0);
  expect(wrong.output).toContain("answered 404 instead of 200");
  server.close();
});
