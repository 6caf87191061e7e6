// What Orgate wants to reach, and whether it did. The verdict follows from the figures, and from the worst of them. Pure.

import type { Scenario } from "./scenario.ts";
import type { Line } from "./tables.ts";

export interface Goal {
  /** Name of the scenario that it is about. */
  scenario: string;
  text: string;
  /** `rate`: ours over the floor's, at least. `cpu`: ours over the floor's, at most. */
  measure: "rate" | "cpu";
  bound: number;
}

export interface Judgement {
  text: string;
  /** The worst of the medians, over all that the goal is about. */
  worst: number;
  /** Where that was. */
  where: string;
  /** The worst of the same by CPU, for goals about rates and times: what a busy machine disturbs least. */
  byCpu?: number;
}

export interface Verdict extends Judgement {
  bound: string;
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
];

/** The worst rate of a scenario against another floor than its goal's; no goal. `lines` are made with that floor. */
export function judgeSameWork(scenario: Scenario, floor: Scenario, lines: readonly Line[]): Judgement | undefined {
  const figures = lines.flatMap((line) => {
    const { ratio, cpuRatio } = line;
    return line.scenario === scenario.name && ratio && cpuRatio
      ? [{ value: ratio.median, cpu: 1 / cpuRatio.median, where: whereOf(line) }]
      : [];
  });
  const [worst] = figures.toSorted((a, b) => a.value - b.value);
  if (!worst) return undefined;
  const byCpu = Math.min(...figures.map(({ cpu }) => cpu));
  return { text: `${scenario.title}, against ${floor.title}`, worst: worst.value, where: worst.where, byCpu };
}

/** What must not depend on how many organizations there are. */
export const FLAT: readonly string[] = [
  ...["lookup-isolate", "lookup-kv", "lookup-cold", "lookup-unknown", "whoami"],
  ...["start", "start-email", "callback", "login", "password"],
];
/** Time with the most organizations over the time with the fewest, at most. */
const FLAT_BOUND = 1.2;

/** One verdict for each goal whose scenario was measured. */
export function judgeGoals(lines: readonly Line[]): Verdict[] {
  return GOALS.flatMap((goal) => {
    const figures = lines.flatMap((line) => {
      const ratio = goal.measure === "rate" ? line.ratio : line.cpuRatio;
      return line.scenario === goal.scenario && ratio ? [{ value: ratio.median, where: whereOf(line) }] : [];
    });
    const sign = goal.measure === "rate" ? 1 : -1;
    const [worst] = figures.toSorted((a, b) => sign * (a.value - b.value));
    if (!worst) return [];
    const met = sign * (worst.value - goal.bound) >= 0;
    const verdict = { text: goal.text, worst: worst.value, where: worst.where, met };
    const shares = lines.flatMap((line) => (line.scenario === goal.scenario && line.cpuRatio ? [1 / line.cpuRatio.median] : []));
    return goal.measure === "rate"
      ? [{ ...verdict, bound: `≥ ${goal.bound}`, byCpu: Math.min(...shares) }]
      : [{ ...verdict, bound: `≤ ${goal.bound}` }];
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
    const [worst] = figures.toSorted((a, b) => b.value - a.value);
    if (!worst) return [];
    const byCpu = Math.max(...figures.map(({ cpu }) => cpu));
    const { value, line } = worst;
    return [{ text: line.title, bound: `≤ ${FLAT_BOUND}`, worst: value, where: whereOf(line), met: value <= FLAT_BOUND, byCpu }];
  });
}

function whereOf(line: Line): string {
  return `${line.organizations.toLocaleString("en")} organizations, ${line.concurrency} at once`;
}

function rate(scenario: string, bound: number, text: string): Goal {
  return { scenario, measure: "rate", bound, text };
}
