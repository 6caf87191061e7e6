// Starting and stopping child processes without leaving any behind, and knowing which ports are free.

import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

/** Wrangler's environment: no telemetry, no update check, no log files, no lookups on the internet. */
export const QUIET_WRANGLER = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_WRITE_LOGS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

export const WRANGLER = "node_modules/wrangler/wrangler-dist/cli.js";

/** The last line that `npm start` says when everything is there. */
export const STARTED = "Ctrl-C stops all of it.";

export interface Outcome {
  code: number;
  output: string;
}

/** Runs a program of Node's to its end. `show` passes its output through as it comes. */
export function run(
  script: string,
  args: string[],
  options: { show?: boolean; env?: Record<string, string> } = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, ["--no-warnings", script, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
  });
  let output = "";
  const take = (chunk: Buffer) => {
    output += chunk;
    if (options.show) process.stdout.write(chunk);
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: 1, output: `${output}${error.message}\n` }));
    child.on("close", (code, signal) => resolve({ code: code ?? 1, output: signal ? `${output}ended by ${signal}\n` : output }));
  });
}

/** Starts a program of Node's in a process group of its own, so that `stopGroup` reaches all it starts in turn. */
export function startGroup(
  script: string,
  args: string[],
  env: Record<string, string>,
  onLine: (line: string) => void,
): ChildProcess {
  const child = spawn(process.execPath, ["--no-warnings", script, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", onLine);
  return child;
}

/** Ends a group politely, and after `patience` milliseconds for certain. */
export async function stopGroup(child: ChildProcess, patience = 4000): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once("exit", () => resolve());
  });
  signalGroup(child, "SIGTERM");
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patience);
  });
  await Promise.race([gone, tooLate]);
  clearTimeout(timer);
  signalGroup(child, "SIGKILL");
}

/** A signal sent to `npm` alone ends only the shell between it and us: then `stop` is called. */
export function stopWithParent(stop: () => void): void {
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && stop(), 300).unref();
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

/** Whether nobody listens on this port of this machine. */
export async function isPortFree(port: number): Promise<boolean> {
  for (const host of ["127.0.0.1", "::1", "0.0.0.0"]) {
    const free = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "EADDRINUSE"));
      probe.listen({ port, host }, () => probe.close(() => resolve(true)));
    });
    if (!free) return false;
  }
  return true;
}
