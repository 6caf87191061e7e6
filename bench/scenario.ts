// What a measurement is made of: scenarios, in groups that are measured side by side.

import type { Step } from "./load/job.ts";
import type { Runtime } from "./runtime.ts";
import type { Seeded } from "./seed.ts";
import type { Size } from "./shape.ts";

/** A database of one size, with Orgate and the floors running on it. */
export interface Stage {
  size: Size;
  runtime: Runtime;
  seeded: Seeded;
  issuer: string;
  rootKey: string;
}

export interface Work {
  steps: Step[];
  /** For `{value}`. */
  values?: string[];
  /** The numbers start over after so many. */
  span?: number;
  /** Each number is good once, and there are so many. */
  pool?: number;
  /** Only the last step is measured; those before it are made ready. */
  onlyLast?: boolean;
}

export interface Scenario {
  /** Unique among scenarios. */
  name: string;
  title: string;
  at: "orgate" | "floors";
  /** Makes what it needs, once per stage. `repetitions` is more than will be asked for. */
  prepare(stage: Stage, repetitions: number): Promise<Work>;
}

export interface Group {
  /** Chosen by it with --only. */
  name: string;
  title: string;
  /** Each of `ours` is given as a share of the first floor. */
  floors: Scenario[];
  ours: Scenario[];
  /** The identity provider takes part: its CPU is shown. */
  idp?: boolean;
  /** Measured on the smallest size only, with D1 and KV in another process than the Workers (alone.ts). */
  alone?: boolean;
  /** How many at once, instead of what was asked for: where a request is a tenth of a second of work, more only queue. */
  concurrency?: readonly number[];
}
