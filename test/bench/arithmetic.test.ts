// The benchmark's arithmetic, on figures small enough to check by hand.

import { describe, expect, test } from "vitest";
import { judgeFlatness, judgeGoals } from "../../bench/goals.ts";
import { parseAnswer } from "../../bench/load/connection.ts";
import type { Outcome } from "../../bench/load/job.ts";
import { type Series, together } from "../../bench/measure.ts";
import { readOptions } from "../../bench/options.ts";
import { summaryOf } from "../../bench/report.ts";
import type { Group, Scenario } from "../../bench/scenario.ts";
import { median, percentile, ratios, spread } from "../../bench/statistics.ts";
import {
  ALONE_HEADINGS,
  aloneCells,
  cellsOf,
  HEADINGS,
  linesOf,
  markdownTable,
  plainTable,
  tableOf,
} from "../../bench/tables.ts";

describe("figures", () => {
  test("the median is the middle one, or the mean of the two in the middle, in whatever order they come", () => {
    expect(median([5])).toBe(5);
    expect(median([9, 1, 5])).toBe(5);
    expect(median([10, 2, 4, 100])).toBe(7);
    expect(median([])).toBeNaN();
  });

  test("a percentile is the smallest value that so many do not exceed", () => {
    const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
    expect(percentile(hundred, 0.5)).toBe(50);
    expect(percentile(hundred, 0.99)).toBe(99);
    expect(percentile([7], 0.99)).toBe(7);
    expect(percentile([1, 2], 0.5)).toBe(1);
    expect(percentile([], 0.5)).toBeNaN();
  });

  test("a spread is the middle, the least and the greatest", () => {
    expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  });

  test("ratios are taken round by round, so that a slow round counts for both sides", () => {
    expect(ratios([80, 8, 70], [100, 10, 100])).toEqual({ median: 0.8, min: 0.7, max: 0.8 });
  });
});

describe("turns of a round", () => {
  test("are one outcome: what was done in all their time, and the CPU of each by how much it did", () => {
    const turn = { begun: 4, seconds: 0.5, p50: 0, p99: 0, failures: [] };
    const outcome = together([
      { ...turn, done: 3, durations: [1, 4, 9], cpu: { workerd: 100, idp: 0 } },
      { ...turn, done: 1, durations: [2], cpu: { workerd: 500, idp: 40 } },
    ]);
    expect(outcome).toEqual({
      ...{ done: 4, begun: 8, seconds: 1, durations: [1, 2, 4, 9], p50: 2, p99: 9, failures: [] },
      cpu: { workerd: 200, idp: 10 },
    });
  });
});

const floor: Scenario = { name: "floor-d1", title: "one D1 row", at: "floors", prepare: async () => ({ steps: [] }) };
const ours: Scenario = { name: "whoami", title: "whoami", at: "orgate", prepare: async () => ({ steps: [] }) };
const group: Group = { name: "whoami", title: "Whoami", floors: [floor], ours: [ours] };

/** Rounds of a second each. */
function series(scenario: string, organizations: number, rates: number[], cpu = 100): Series {
  const outcomes = rates.map(
    (done): Outcome => ({
      done,
      begun: done,
      seconds: 1,
      durations: [],
      p50: 1,
      p99: 2,
      failures: [],
      cpu: { workerd: cpu, idp: 0 },
    }),
  );
  return { group: "whoami", scenario, organizations, concurrency: 16, outcomes };
}

describe("tables", () => {
  const lines = linesOf(group, [
    series("whoami", 1000, [300, 400, 500], 150),
    series("floor-d1", 1000, [400, 500, 600]),
    series("whoami", 10, [600, 800, 1000], 130),
    series("floor-d1", 10, [800, 1000, 1200]),
  ]);

  test("floors come first, then ours, each by size; only ours has a ratio, and only the larger size a growth", () => {
    expect(lines.map((line) => [line.scenario, line.organizations, line.rate.median])).toEqual([
      ["floor-d1", 10, 1000],
      ["floor-d1", 1000, 500],
      ["whoami", 10, 800],
      ["whoami", 1000, 400],
    ]);
    expect(lines.map((line) => line.ratio?.median)).toEqual([undefined, undefined, 0.8, 0.8]);
    expect(lines.map((line) => line.cpuRatio?.median)).toEqual([undefined, undefined, 1.3, 1.5]);
    expect(lines.map((line) => line.growth?.median)).toEqual([undefined, 2, undefined, 2]);
  });

  test("a line has a cell for each heading", () => {
    for (const line of lines) expect(cellsOf(line)).toHaveLength(HEADINGS.length);
    expect(cellsOf(lines[3] as (typeof lines)[number])).toEqual(
      ["whoami", "1,000", "16", "400", "300–500", "1.00", "2.00", "150", "", "0.80", "0.75–0.83", "1.50", "2.00"], //
    );
  });

  test("with the Workers alone, ours stands beside its floor, at each number at once", () => {
    const alone = { ...group, alone: true };
    const measured = ([concurrency, scenario, cpus, stores]: [number, string, number[], number]): Series => {
      const [outcome] = series(scenario, 10, [1000]).outcomes;
      const outcomes = cpus.map((workerd) => ({ ...(outcome as Outcome), cpu: { workerd, stores } }));
      return { ...series(scenario, 10, []), concurrency, outcomes };
    };
    const rounds: [number, string, number[], number][] = [
      [16, "floor-d1", [100, 200, 1000], 40],
      [16, "whoami", [120, 300, 900], 50],
      [1, "floor-d1", [2000], 60],
      [1, "whoami", [2200], 70],
    ];
    const rows = aloneCells(linesOf(alone, rounds.map(measured)));
    expect(rows).toEqual([
      ["whoami", "one D1 row", "1", "2,200", "2,000", "1.10", "1.10–1.10", "70", "60"],
      ["whoami", "one D1 row", "16", "300", "200", "1.20", "0.90–1.50", "50", "40"],
    ]);
    expect(rows[0]).toHaveLength(ALONE_HEADINGS.length);
    expect(tableOf(alone, linesOf(alone, rounds.map(measured)))).toEqual([ALONE_HEADINGS, rows]);
  });

  test("plain columns are as wide as their widest cell, markdown has a rule", () => {
    expect(plainTable(["", "n"], [["one", "1000"]])).toBe("        n\none  1000");
    expect(markdownTable(["a", "n"], [["one", "1000"]])).toBe("| a | n |\n| --- | ---: |\n| one | 1000 |");
  });
});

describe("verdicts", () => {
  const lineOf = (scenario: string, floorRates: number[], ourRates: number[], cpu = 100) =>
    linesOf({ ...group, ours: [{ ...ours, name: scenario }] }, [
      series("floor-d1", 10, floorRates),
      series(scenario, 10, ourRates, cpu),
      series("floor-d1", 1000, floorRates),
      series(
        scenario,
        1000,
        ourRates.map((rate) => rate / 1.5),
        cpu,
      ),
    ]);

  test("a goal is judged by the worst of its figures, and exactly at its bound it is met", () => {
    const [met] = judgeGoals(linesOf(group, [series("floor-d1", 10, [1000]), series("whoami", 10, [800])]));
    expect(met).toMatchObject({ worst: 0.8, bound: "≥ 0.8", met: true, where: "10 organizations, 16 at once" });
    const [missed] = judgeGoals(lineOf("whoami", [1000], [1000]));
    expect(missed).toMatchObject({ met: false, where: "1,000 organizations, 16 at once" });
    expect(missed?.worst).toBeCloseTo(0.667, 3);
    expect(missed?.typical).toBeCloseTo(0.833, 3);
  });

  test("CPU is to be at most so much", () => {
    expect(judgeGoals(lineOf("login", [100], [10], 130))[0]).toMatchObject({ worst: 1.3, bound: "≤ 1.3", met: true });
    expect(judgeGoals(lineOf("login", [100], [100], 131))[0]).toMatchObject({ worst: 1.31, met: false });
  });

  test("flatness is the time on the largest size over the time on the smallest", () => {
    expect(judgeFlatness(lineOf("whoami", [100], [150]))[0]).toMatchObject({ worst: 1.5, byCpu: 1, bound: "≤ 1.2", met: false });
    const rise = [series("whoami", 10, [120]), series("whoami", 100, [40]), series("whoami", 1000, [100], 140)];
    expect(judgeFlatness(linesOf(group, rise))[0]).toMatchObject({ worst: 1.2, byCpu: 1.4, met: true });
    expect(judgeFlatness(linesOf(group, [series("whoami", 10, [100])]))).toEqual([]);
  });

  test("what is missed is named in the summary, with figure and bound", () => {
    const verdict = { text: "whoami", bound: "≥ 0.8", worst: 0.5, typical: 0.6, where: "somewhere", met: false };
    expect(summaryOf([verdict, { ...verdict, met: true }])).toBe("**1 of 2 are missed:** whoami (0.50, wanted ≥ 0.8).");
    expect(summaryOf([{ ...verdict, met: true }])).toContain("All 1 are met");
  });
});

describe("answers", () => {
  test("an answer is whole when its length is there, or its last chunk", () => {
    const sized = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    expect(parseAnswer(Buffer.from(`${sized}hell`))).toBeUndefined();
    expect(parseAnswer(Buffer.from(`${sized}hello`))).toMatchObject({ status: 200, body: "hello" });
    const chunked = "HTTP/1.1 303 See Other\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n";
    expect(parseAnswer(Buffer.from(chunked))).toBeUndefined();
    expect(parseAnswer(Buffer.from(`${chunked}0\r\n\r\n`))).toMatchObject({ status: 303, body: "hello world" });
    expect(parseAnswer(Buffer.from("HTTP/1.1 204 No Content\r\nX: y"))).toBeUndefined();
    expect(parseAnswer(Buffer.from("HTTP/1.1 204 No Content\r\nX: y\r\n\r\n"))).toMatchObject({ status: 204, body: "" });
  });
});

describe("options", () => {
  test("a whole run writes the report; a partial one only where it is told to", () => {
    expect(readOptions([])).toMatchObject({ sizes: [10, 1000, 10_000, 100_000], rounds: 5, write: "docs/benchmarks.md" });
    expect(readOptions(["--rounds", "9"])).toMatchObject({ rounds: 9, judgedRounds: 27 });
    expect(readOptions(["--quick"])).toMatchObject({ rounds: 2, judgedRounds: 2 });
    expect(readOptions(["--rounds", "9", "--judged-rounds", "11"])).toMatchObject({ rounds: 9, judgedRounds: 11 });
    expect(readOptions(["--quick"])?.write).toBeUndefined();
    expect(readOptions(["--only", "lookup"])?.write).toBeUndefined();
    expect(readOptions(["--only", "lookup", "--write", "x.md"])?.write).toBe("x.md");
    expect(readOptions(["--help"])).toBeUndefined();
  });

  test("nonsense is refused by name", () => {
    expect(() => readOptions(["--rounds", "none"])).toThrow("--rounds");
    expect(() => readOptions(["--sizes", "10,few"])).toThrow("--sizes");
    expect(() => readOptions(["--against", "elsewhere"])).toThrow("--against");
  });
});
