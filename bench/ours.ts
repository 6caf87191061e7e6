// A run against our own Orgate: starts what it needs, seeds it, measures group by group, reports.

import { writeFileSync } from "node:fs";
import { newSecrets } from "../scripts/secrets.ts";
import { buildWorker, builtWorker } from "../test/support/built-worker.ts";
import { startAlone } from "./alone.ts";
import { isJudged, judgeFlatness, judgeGoals } from "./goals.ts";
import { GROUPS } from "./groups.ts";
import { startBenchIdp } from "./idp.ts";
import type { Generator } from "./load/generator.ts";
import { describeMachine } from "./machine.ts";
import { measureGroup, type Plan, repetitionsAtMost, type Series } from "./measure.ts";
import type { Options } from "./options.ts";
import { reportOf, summaryOf } from "./report.ts";
import { dataFolder, startRuntime } from "./runtime.ts";
import type { Group, Stage } from "./scenario.ts";
import { seed } from "./seed.ts";
import { MEMBERS } from "./shape.ts";
import { linesOf, plainTable, tableOf } from "./tables.ts";
import { bundleFloors } from "./workers.ts";

/** @throws {Error} when `--only` names nothing, or anything was answered wrongly */
export async function benchOurs(chosen: Options, generator: Generator): Promise<void> {
  const groups = groupsOf(chosen);
  const machine = describeMachine(dataFolder());
  const undoBuild = process.env["ORGATE_TEST_BUILD"] ? () => undefined : await buildWorker();
  process.once("exit", undoBuild);
  const idp = await startBenchIdp();
  const stages: Stage[] = [];
  let alone: Stage | undefined;
  try {
    const floors = await bundleFloors();
    for (const organizations of chosen.sizes) stages.push(await startStage(organizations, floors, idp.issuer, chosen));
    const series: Series[] = [];
    for (const group of groups) {
      if (group.alone) alone ??= await aloneOn(stages);
      const measured = await measureGroup(
        group,
        group.alone && alone ? [alone] : stages,
        idp.pid,
        generator,
        planOf(group, chosen),
      );
      series.push(...measured);
      console.log(`\n${group.title}\n${plainTable(...tableOf(group, linesOf(group, measured)))}`);
    }
    const judged = groups.filter(({ alone }) => !alone);
    const lines = judged.flatMap((group) => linesOf(group, seriesIn(series, group)));
    console.log(`\nGoals: ${summaryOf([...judgeGoals(lines), ...judgeFlatness(lines)])}`);
    if (chosen.write) writeFileSync(chosen.write, reportOf(groups, series, chosen, machine));
  } finally {
    idp.close();
    await alone?.runtime.close();
    for (const { runtime } of stages) await runtime.close();
  }
}

/** The smallest of the stages, with its Workers in a process of their own. */
async function aloneOn(stages: readonly Stage[]): Promise<Stage> {
  const [smallest] = stages.toSorted((a, b) => a.size.organizations - b.size.organizations);
  if (!smallest) throw new Error("there is no database");
  return { ...smallest, runtime: await startAlone(smallest.runtime) };
}

function seriesIn(series: readonly Series[], { name }: Group): Series[] {
  return series.filter(({ group }) => group === name);
}

function planOf(group: Group, chosen: Options): Plan {
  return { ...chosen, rounds: isJudged(group) ? chosen.judgedRounds : chosen.rounds };
}

function groupsOf({ only }: Options): Group[] {
  const groups = GROUPS.filter(({ name }) => only.length === 0 || only.some((prefix) => name.startsWith(prefix)));
  if (groups.length === 0) throw new Error(`--only knows ${GROUPS.map(({ name }) => name).join(", ")}`);
  return groups;
}

async function startStage(organizations: number, floors: string, issuer: string, chosen: Options): Promise<Stage> {
  const begun = performance.now();
  const secrets = newSecrets();
  const runtime = await startRuntime(builtWorker(), floors, secrets);
  const size = { organizations, identities: organizations * MEMBERS };
  const lookups = repetitionsAtMost({ ...chosen, rounds: Math.max(chosen.rounds, chosen.judgedRounds) });
  const seeded = await seed(runtime, size, issuer, secrets, lookups);
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(`${organizations} organizations, ${size.identities} people: ready in ${seconds} s`);
  return { size, runtime, seeded, issuer, rootKey: secrets.ROOT_KEY };
}
