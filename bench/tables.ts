// From the rounds of a run to the lines of its tables. Pure.

import type { Series } from "./measure.ts";
import type { Group, Scenario } from "./scenario.ts";
import { median, ratios, type Spread, spread } from "./statistics.ts";

/** One line of the tables: a scenario on one size with so many at once. */
export interface Line {
  scenario: string;
  title: string;
  organizations: number;
  concurrency: number;
  /** Repetitions a second. */
  rate: Spread;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** Microseconds per repetition: of workerd and, where they take part, of the identity provider and of a process of the stores. */
  cpu: number;
  idpCpu: number | undefined;
  storesCpu: number | undefined;
  /** Rate over the floor's; undefined for floors. */
  ratio: Spread | undefined;
  /** CPU over the floor's; undefined for floors. */
  cpuRatio: Spread | undefined;
  /** Time over the time on the smallest size; undefined there. */
  growth: Spread | undefined;
  /** The same of CPU. */
  cpuGrowth: Spread | undefined;
}

/** The lines of a group: floors first, then ours; each by size and by how many at once. */
export function linesOf(group: Group, series: readonly Series[]): Line[] {
  const smallest = Math.min(...series.map(({ organizations }) => organizations));
  const find = (scenario: string | undefined, organizations: number, concurrency: number) =>
    series.find((each) => each.scenario === scenario && each.organizations === organizations && each.concurrency === concurrency);
  const lineOf = (scenario: Scenario, each: Series): Line => {
    const { organizations, concurrency, outcomes } = each;
    const floor = group.ours.includes(scenario) ? find(group.floors[0]?.name, organizations, concurrency) : undefined;
    const small = organizations === smallest ? undefined : find(scenario.name, smallest, concurrency);
    return {
      scenario: scenario.name,
      title: scenario.title,
      organizations,
      concurrency,
      rate: spread(rates(each)),
      p50: median(outcomes.map(({ p50 }) => p50)),
      p99: median(outcomes.map(({ p99 }) => p99)),
      cpu: median(cpus(each, "workerd")),
      idpCpu: group.idp ? median(cpus(each, "idp")) : undefined,
      storesCpu: group.alone ? median(cpus(each, "stores")) : undefined,
      ratio: floor && ratios(rates(each), rates(floor)),
      cpuRatio: floor && ratios(cpus(each, "workerd"), cpus(floor, "workerd")),
      growth: small && ratios(rates(small), rates(each)),
      cpuGrowth: small && ratios(cpus(each, "workerd"), cpus(small, "workerd")),
    };
  };
  return [...group.floors, ...group.ours].flatMap((scenario) =>
    series
      .filter((each) => each.scenario === scenario.name)
      .toSorted((a, b) => a.organizations - b.organizations || a.concurrency - b.concurrency)
      .map((each) => lineOf(scenario, each)),
  );
}

/** Headings and rows of a group's table. */
export function tableOf(group: Group, lines: readonly Line[]): [headings: readonly string[], rows: string[][]] {
  return group.alone ? [ALONE_HEADINGS, aloneCells(lines)] : [HEADINGS, lines.map(cellsOf)];
}

export const HEADINGS = [
  ...["", "organizations", "at once", "a second", "spread", "p50 ms", "p99 ms", "CPU µs", "IdP CPU µs"],
  ...["rate / floor", "spread", "CPU / floor", "time / smallest"],
] as const;

/** A line's cells, in the order of the headings. */
export function cellsOf(line: Line): string[] {
  const { rate, ratio, cpuRatio, growth } = line;
  return [
    line.title,
    line.organizations.toLocaleString("en"),
    String(line.concurrency),
    whole(rate.median),
    `${whole(rate.min)}–${whole(rate.max)}`,
    line.p50.toFixed(2),
    line.p99.toFixed(2),
    whole(line.cpu),
    line.idpCpu === undefined ? "" : whole(line.idpCpu),
    ratio?.median.toFixed(2) ?? "",
    rangeOf(ratio),
    cpuRatio?.median.toFixed(2) ?? "",
    growth?.median.toFixed(2) ?? "",
  ];
}

export const ALONE_HEADINGS = [
  ...["", "floor", "at once", "CPU µs", "floor's CPU µs", "CPU / floor", "spread"],
  ...["stores' CPU µs", "stores' CPU µs, floor"],
] as const;

/** The cells of a group that is measured alone: each of ours beside its floor, in the order of the headings. */
export function aloneCells(lines: readonly Line[]): string[][] {
  return lines.flatMap((line) => {
    const floor = lines.find((each) => !each.cpuRatio && each.concurrency === line.concurrency);
    if (!line.cpuRatio || !floor) return [];
    const cells = [line.title, floor.title, String(line.concurrency), whole(line.cpu), whole(floor.cpu)];
    const stores = [line, floor].map(({ storesCpu }) => whole(storesCpu ?? Number.NaN));
    return [[...cells, line.cpuRatio.median.toFixed(2), rangeOf(line.cpuRatio), ...stores]];
  });
}

/** Columns as wide as their widest cell; the first one is text, the others numbers. */
export function plainTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, i) => Math.max(heading.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  ");
  return [headings, ...rows].map(line).join("\n");
}

export function markdownTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = headings.map((_, i) => (i === 0 ? "---" : "---:"));
  return [headings, rule, ...rows].map(line).join("\n");
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en");
}

function rangeOf(ratio: Spread | undefined): string {
  return ratio ? `${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)}` : "";
}

function rates({ outcomes }: Series): number[] {
  return outcomes.map(({ done, seconds }) => done / seconds);
}

function cpus({ outcomes }: Series, process: string): number[] {
  return outcomes.map(({ cpu }) => cpu[process] ?? Number.NaN);
}
