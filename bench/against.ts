// The same load against another server: nothing is started, nothing seeded, nothing compared.

import type { Generator } from "./load/generator.ts";
import type { Outcome } from "./load/job.ts";
import type { Plan } from "./measure.ts";
import type { Against } from "./options.ts";
import { median, spread } from "./statistics.ts";
import { plainTable } from "./tables.ts";

const HEADINGS = ["", "at once", "a second", "spread", "p50 ms", "p99 ms"];

/** @throws {Error} when anything but 200 comes back */
export async function benchAgainst(against: Against, options: Plan, generator: Generator): Promise<string> {
  const { url, paths, headers } = against;
  const rows: string[][] = [];
  let next = 0;
  for (const path of paths) {
    for (const concurrency of options.concurrency) {
      const outcomes: Outcome[] = [];
      for (let round = 0; round < options.rounds; round += 1) {
        const outcome = await generator.run({
          host: url.hostname,
          port: Number(url.port || 80),
          authority: url.host,
          steps: [{ kind: "request", method: "GET", path, headers, status: 200, contains: "" }],
          timed: "all",
          from: next,
          concurrency,
          seconds: options.seconds,
          processes: {},
        });
        if (outcome.failures.length > 0) throw new Error(outcome.failures.join("\n"));
        next += outcome.begun;
        outcomes.push(outcome);
      }
      rows.push(rowOf(path, concurrency, outcomes));
    }
  }
  return plainTable(HEADINGS, rows);
}

function rowOf(path: string, concurrency: number, outcomes: readonly Outcome[]): string[] {
  const rate = spread(outcomes.map(({ done, seconds }) => done / seconds));
  return [
    path,
    String(concurrency),
    rate.median.toFixed(0),
    `${rate.min.toFixed(0)}–${rate.max.toFixed(0)}`,
    median(outcomes.map(({ p50 }) => p50)).toFixed(2),
    median(outcomes.map(({ p99 }) => p99)).toFixed(2),
  ];
}
