// Measures groups of scenarios: round by round, floors and ours in turn, on all sizes in turn, so that what slows the machine
// for a while slows everything that is compared. A round is made of short turns, there and back again: garbage that one has
// left and the other collects, or a database that writes its log back, falls on both alike.

import type { Generator } from "./load/generator.ts";
import type { Job, Outcome } from "./load/job.ts";
import type { Group, Scenario, Stage, Work } from "./scenario.ts";
import { percentile } from "./statistics.ts";

export interface Plan {
  rounds: number;
  seconds: number;
  concurrency: readonly number[];
}

/** The rounds of one scenario on one size with so many at once. */
export interface Series {
  group: string;
  scenario: string;
  organizations: number;
  concurrency: number;
  outcomes: Outcome[];
}

/** More a second than any scenario does. */
const RATE_AT_MOST = 4_000;
/** And so many besides: a few moments may be faster than any second, and what has begun is ended. */
const BESIDES = 300;
/** Seconds of load before the first round, so that the runtime has compiled what runs often. */
const WARM_UP = 0.3;
const WARM_UP_CONCURRENCY = 4;
/** Seconds of a turn. */
const TURN = 0.1;

/** @throws {Error} when anything was answered wrongly: a wrong answer is not a fast one */
export async function measureGroup(
  group: Group,
  stages: readonly Stage[],
  idpPid: number,
  generator: Generator,
  plan: Plan,
): Promise<Series[]> {
  const { rounds, seconds } = plan;
  const most = Math.max(...plan.concurrency);
  const concurrency = group.concurrency?.filter((atOnce) => atOnce <= most) ?? plan.concurrency;
  const repetitions = repetitionsAtMost({ ...plan, concurrency });
  const warmUp = { concurrency: Math.min(WARM_UP_CONCURRENCY, most), seconds: Math.min(WARM_UP, seconds) };
  const tracks: Track[] = [];
  for (const stage of stages) {
    for (const scenario of [...group.floors, ...group.ours]) {
      const track = { stage, scenario, work: await scenario.prepare(stage, repetitions), next: 0 };
      tracks.push(track);
      await run(track, warmUp, idpPid, generator);
    }
  }
  const all = tracks.flatMap((track) => concurrency.map((atOnce) => ({ track, series: seriesOf(group, track, atOnce) })));
  for (let round = 0; round < rounds; round += 1) {
    for (const atOnce of concurrency) {
      const turn = all.filter(({ series }) => series.concurrency === atOnce);
      const turns = Math.max(1, Math.floor(seconds / TURN));
      const outcomes = turn.map((): Outcome[] => []);
      for (let each = 0; each < turns; each += 1) {
        // Whoever went first goes last in the next turn.
        const order = (round + each) % 2 === 0 ? [...turn.keys()] : [...turn.keys()].reverse();
        for (const n of order) {
          const { track } = turn[n] as (typeof turn)[number];
          outcomes[n]?.push(await run(track, { concurrency: atOnce, seconds: seconds / turns }, idpPid, generator));
        }
      }
      for (const [n, { series }] of turn.entries()) series.outcomes.push(together(outcomes[n] ?? []));
    }
  }
  return all.map(({ series }) => series);
}

/** More than a plan asks for of one scenario. */
export function repetitionsAtMost({ rounds, seconds, concurrency }: Plan): number {
  return BESIDES + Math.ceil(RATE_AT_MOST * (Math.min(WARM_UP, seconds) + rounds * seconds * concurrency.length));
}

function seriesOf(group: Group, { stage, scenario }: Track, concurrency: number): Series {
  return { group: group.name, scenario: scenario.name, organizations: stage.size.organizations, concurrency, outcomes: [] };
}

/** One outcome of several: all that was done, in all the time that it took. */
export function together(outcomes: readonly Outcome[]): Outcome {
  const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const done = sum((outcome) => outcome.done);
  const durations = outcomes.flatMap((outcome) => outcome.durations).sort((a, b) => a - b);
  const names = Object.keys(outcomes[0]?.cpu ?? {});
  return {
    done,
    begun: sum(({ begun }) => begun),
    seconds: sum((outcome) => outcome.seconds),
    durations,
    p50: percentile(durations, 0.5),
    p99: percentile(durations, 0.99),
    failures: outcomes.flatMap(({ failures }) => failures),
    cpu: Object.fromEntries(names.map((name) => [name, sum((outcome) => (outcome.cpu[name] ?? 0) * outcome.done) / done])),
  };
}

/** A scenario on a stage, and how far its numbers have come. */
interface Track {
  stage: Stage;
  scenario: Scenario;
  work: Work;
  next: number;
}

async function run(
  track: Track,
  load: { concurrency: number; seconds: number },
  idpPid: number,
  generator: Generator,
): Promise<Outcome> {
  const { stage, scenario, work } = track;
  const target = stage.runtime[scenario.at];
  const job: Job = {
    host: "127.0.0.1",
    port: target.port,
    authority: target.authority,
    steps: work.steps,
    timed: work.onlyLast ? "last" : "all",
    from: track.next,
    ...(work.span === undefined ? {} : { span: work.span }),
    ...(work.pool === undefined ? {} : { limit: work.pool - track.next }),
    ...(work.values === undefined ? {} : { values: work.values }),
    ...load,
    processes: { ...stage.runtime.processes, idp: idpPid },
  };
  const outcome = await generator.run(job);
  track.next += outcome.begun;
  if (outcome.failures.length > 0 || outcome.done === 0) {
    const where = `${scenario.name} with ${stage.size.organizations} organizations`;
    throw new Error(`${where} was answered wrongly:\n${outcome.failures.join("\n") || "nothing was answered"}`);
  }
  return outcome;
}
