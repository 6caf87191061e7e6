// What Orgate wants to reach, and whether it did. The verdict follows from the figures, and from the worst of them. Pure.

import type { Group } from "./scenario.ts";
import { median } from "./statistics.ts";
import type { Line } from "./tables.ts";

export interface Goal {
  /** Name of the scenario that it is about. */
  scenario: string;
  text: string;
  /** `rate`: ours over the floor's, at least. `cpu`: ours over the floor's, at most. */
  measure: "rate" | "cpu";
  bound: number;
}

export interface Verdict {
  text: string;
  bound: string;
  /** The worst of the medians, over all that the goal is about. */
  worst: number;
  /** The middle of them. */
  typical: number;
  /** Where that was. */
  where: string;
  /** The worst of the same by CPU, for goals about rates and times: what a busy machine disturbs least. */
  byCpu?: number;
  met: boolean;
}

export const GOALS: readonly Goal[] = [
  rate("lookup-isolate", 0.8, "lookup, isolate-warm, against fixed JSON"),
  rate("lookup-kv", 0.8, "lookup, KV-warm, against one KV read"),
  rate("lookup-cold", 0.8, "lookup, cold, against one D1 row"),
  rate("lookup-unknown", 0.8, "lookup, unknown domain, against one D1 row"),
  rate("whoami", 0.8, "whoami, against one D1 row"),
  rate("start", 0.9, "SSO start, against the bare relying party's"),
  { scenario: "login", measure: "cpu", bound: 1.3, text: "CPU of a whole login, against the bare relying party's" },
  { scenario: "login-kept", measure: "cpu", bound: 1.3, text: "the same, against that of one that keeps as much" },
];

/** What must not depend on how many organizations there are. */
export const FLAT: readonly string[] = [
  ...["lookup-isolate", "lookup-kv", "lookup-cold", "lookup-unknown", "whoami"],
  ...["start", "start-email", "callback", "login", "password"],
];
/** Time with the most organizations over the time with the fewest, at most. */
const FLAT_BOUND = 1.2;

/** Whether a goal is about it; what must be flat alone is judged by fewer and wider figures. */
export function isJudged({ ours }: Group): boolean {
  return GOALS.some(({ scenario }) => ours.some(({ name }) => name === scenario));
}

/** One verdict for each goal whose scenario was measured. */
export function judgeGoals(lines: readonly Line[]): Verdict[] {
  return GOALS.flatMap(({ scenario, measure, bound, text }) => {
    if (measure === "rate") return verdictOf(text, ratesOf(scenario, lines), bound, "least");
    const figures = lines.flatMap((line) =>
      line.scenario === scenario && line.cpuRatio ? [{ value: line.cpuRatio.median, line }] : [],
    );
    return verdictOf(text, figures, bound, "most");
  });
}

/** One verdict for each scenario that was measured on more than one size: the largest against the smallest. */
export function judgeFlatness(lines: readonly Line[]): Verdict[] {
  const largest = Math.max(...lines.map(({ organizations }) => organizations));
  return FLAT.flatMap((scenario) => {
    const figures = lines.flatMap((line) => {
      const { growth, cpuGrowth, organizations } = line;
      const counts = line.scenario === scenario && organizations === largest && growth && cpuGrowth;
      return counts ? [{ value: growth.median, cpu: cpuGrowth.median, line }] : [];
    });
    return verdictOf(figures[0]?.line.title ?? "", figures, FLAT_BOUND, "most");
  });
}

interface Figure {
  value: number;
  /** The same by CPU. */
  cpu?: number;
  line: Line;
}

function ratesOf(scenario: string, lines: readonly Line[]): Figure[] {
  return lines.flatMap((line) => {
    const { ratio, cpuRatio } = line;
    return line.scenario === scenario && ratio && cpuRatio ? [{ value: ratio.median, cpu: 1 / cpuRatio.median, line }] : [];
  });
}

/** None without figures. @param bad which end of them is the bad one */
function verdictOf(text: string, figures: readonly Figure[], bound: number, bad: "least" | "most"): Verdict[] {
  const worstOf = (values: readonly number[]) => (bad === "least" ? Math.min(...values) : Math.max(...values));
  const values = figures.map(({ value }) => value);
  const worst = figures.find(({ value }) => value === worstOf(values));
  if (!worst) return [];
  const cpu = figures.flatMap((figure) => figure.cpu ?? []);
  const byCpu = cpu.length > 0 ? { byCpu: worstOf(cpu) } : {};
  const judged = { text, worst: worst.value, typical: median(values), where: whereOf(worst.line), ...byCpu };
  return bad === "least"
    ? [{ ...judged, bound: `≥ ${bound}`, met: worst.value >= bound }]
    : [{ ...judged, bound: `≤ ${bound}`, met: worst.value <= bound }];
}

function whereOf(line: Line): string {
  return `${line.organizations.toLocaleString("en")} organizations, ${line.concurrency} at once`;
}

function rate(scenario: string, bound: number, text: string): Goal {
  return { scenario, measure: "rate", bound, text };
}
