// Does a job: so many at once, for so long, each answer checked.

import { percentile } from "../statistics.ts";
import { type Answer, type Connection, openConnection } from "./connection.ts";
import { cpuMicroseconds } from "./cpu.ts";
import type { Job, Outcome, Step } from "./job.ts";
import { faultOf, renderStep } from "./requests.ts";

/** Failures told; the others are like them. */
const FAILURES_TOLD = 5;
/** Repetitions made ready beforehand, as a multiple of the time that is measured. */
const READY_FACTOR = 1.5;
/** And at least so many for each of those who load at once. */
const READY_EACH = 4;
/** How many make repetitions ready at once. */
const READY_CONCURRENCY = 16;

interface Run {
  job: Job;
  next: number;
  begun: number;
  durations: number[];
  failures: string[];
}

export async function drive(job: Job): Promise<Outcome> {
  const connections = Array.from({ length: Math.max(job.concurrency, READY_CONCURRENCY) }, () =>
    openConnection(job.host, job.port),
  );
  try {
    await Promise.all(
      connections.slice(0, job.timed === "all" ? job.concurrency : connections.length).map((one) => one.connect()),
    );
    return job.timed === "all" ? await driveAll(job, connections) : await driveLast(job, connections);
  } finally {
    for (const connection of connections) connection.close();
  }
}

async function driveAll(job: Job, connections: Connection[]): Promise<Outcome> {
  const run = newRun(job);
  const measured = await measure(job, run, async (until) => {
    await atOnce(connections.slice(0, job.concurrency), async (connection) => {
      while (performance.now() < until && run.failures.length === 0) {
        const n = take(run);
        if (n === undefined) return;
        const begun = performance.now();
        const answer = await walk(run, connection, job.steps, n);
        if (answer) run.durations.push(performance.now() - begun);
      }
    });
  });
  return { ...measured, begun: run.begun };
}

async function driveLast(job: Job, connections: Connection[]): Promise<Outcome> {
  const run = newRun(job);
  const last = job.steps.at(-1) as Step;
  const ready: string[] = [];
  const readyUntil = performance.now() + job.seconds * 1000 * READY_FACTOR;
  const enough = () => performance.now() >= readyUntil && ready.length >= job.concurrency * READY_EACH;
  await atOnce(connections.slice(0, READY_CONCURRENCY), async (connection) => {
    while (!enough() && run.failures.length === 0) {
      const n = take(run);
      if (n === undefined) return;
      const answer = await walk(run, connection, job.steps.slice(0, -1), n);
      if (answer) ready.push(renderStep(job, last, n, answer));
    }
  });
  const measured = await measure(job, run, async (until) => {
    await atOnce(connections.slice(0, job.concurrency), async (connection) => {
      while (performance.now() < until && run.failures.length === 0) {
        const request = ready.pop();
        if (request === undefined) return;
        const begun = performance.now();
        if (await ask(run, connection, last, request)) run.durations.push(performance.now() - begun);
      }
    });
  });
  return { ...measured, begun: run.begun };
}

/** One repetition, step by step. Undefined when one was answered wrongly. */
async function walk(run: Run, connection: Connection, steps: Step[], n: number): Promise<Answer | undefined> {
  let answer: Answer | undefined;
  for (const step of steps) {
    answer = await ask(run, connection, step, renderStep(run.job, step, n, answer));
    if (!answer) return undefined;
  }
  return answer;
}

async function ask(run: Run, connection: Connection, step: Step, request: string): Promise<Answer | undefined> {
  try {
    const answer = await connection.send(request);
    const fault = faultOf(step, answer);
    if (fault === undefined) return answer;
    tell(run, `${request.split("\r\n", 1)[0]} ${fault}`);
  } catch (error) {
    tell(run, `${request.split("\r\n", 1)[0]} failed: ${error instanceof Error ? error.message : String(error)}`);
  }
  return undefined;
}

async function measure(job: Job, run: Run, load: (until: number) => Promise<void>): Promise<Omit<Outcome, "begun">> {
  const before = cpuOf(job);
  const begun = performance.now();
  await load(begun + job.seconds * 1000);
  const seconds = (performance.now() - begun) / 1000;
  const after = cpuOf(job);
  const { durations, failures } = run;
  const sorted = durations.toSorted((a, b) => a - b);
  const done = sorted.length;
  const cpu = Object.fromEntries(Object.keys(after).map((name) => [name, ((after[name] ?? 0) - (before[name] ?? 0)) / done]));
  return { done, seconds, durations: sorted, p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), failures, cpu };
}

function cpuOf(job: Job): Record<string, number> {
  return Object.fromEntries(Object.entries(job.processes).map(([name, pid]) => [name, cpuMicroseconds(pid)]));
}

function newRun(job: Job): Run {
  return { job, next: job.from, begun: 0, durations: [], failures: [] };
}

/** The number of the next repetition; undefined when there are no more. */
function take(run: Run): number | undefined {
  const { limit, span } = run.job;
  if (limit !== undefined && run.begun >= limit) return undefined;
  run.begun += 1;
  const n = run.next;
  run.next += 1;
  return span === undefined ? n : n % span;
}

function tell(run: Run, failure: string): void {
  if (run.failures.length < FAILURES_TOLD) run.failures.push(failure);
}

async function atOnce(connections: Connection[], load: (connection: Connection) => Promise<void>): Promise<void> {
  await Promise.all(connections.map(load));
}
