// What the load generator is told and what it tells: plain data between two processes.

/**
 * One request. `{n}` in path, headers and body stands for the number of the repetition, `{id}` for the same with zeros in
 * front (twelve digits), `{value}` for the n-th of the job's values.
 */
export interface RequestStep {
  kind: "request";
  method: "GET" | "POST";
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

/** The way back from the identity provider that the answer before points to, as a browser takes it; with its cookies. */
export interface CallbackStep {
  kind: "callback";
  /** Claims of the person who signs in there; with the same placeholders. */
  sub: string;
  email: string;
}

/** The authorization code in the answer before, redeemed at the provider's token endpoint. */
export interface RedeemStep {
  kind: "redeem";
  path: string;
  headers: Record<string, string>;
  redirectUri: string;
  codeVerifier: string;
}

export type Step = (RequestStep | CallbackStep | RedeemStep) & {
  status: number;
  /** Text that the answer must have, in its head or body. */
  contains: string;
};

export interface Job {
  host: string;
  port: number;
  /** What Host says. */
  authority: string;
  /** Done one after another by each of those who load at once. */
  steps: Step[];
  /** "last": the steps before the last one are done for all repetitions beforehand, and are not in the figures. */
  timed: "all" | "last";
  /** Number of the first repetition. */
  from: number;
  /** The numbers start over after so many. */
  span?: number;
  /** Repetitions at most. */
  limit?: number;
  values?: string[];
  /** How many load at once. */
  concurrency: number;
  seconds: number;
  /** Processes whose time on a processor is taken, by name. */
  processes: Record<string, number>;
}

export interface Outcome {
  /** Repetitions that were right. */
  done: number;
  /** Repetitions begun, right or not, timed or not. */
  begun: number;
  seconds: number;
  /** Milliseconds of each repetition, the shortest first. */
  durations: number[];
  /** Milliseconds per repetition. */
  p50: number;
  p99: number;
  /** What was wrong, the first of each kind. */
  failures: string[];
  /** Time on a processor by process, microseconds per repetition. */
  cpu: Record<string, number>;
}
