// A Worker's start in workerd, alone: how much CPU it takes until it listens and until its first answer, and where it goes.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const PATH = "/healthz";
/** A Worker that does nothing, and one that loads the other while somebody looks. */
const IDLE = "export default { fetch: () => new Response() };";
const LATE = 'export default { async fetch() { await import("./index.js"); return new Response(); } };';
const PROFILE_INTERVAL_US = 100;

export interface Start {
  /** Milliseconds of CPU, of all threads of workerd, until it listens. */
  listening: number;
  /** The same until the first answer has come. */
  answered: number;
}

export interface Module {
  /** Relative to the Worker. */
  name: string;
  contents: string;
}

/** V8's format, as much of it as is read. */
export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number; columnNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
}

/** The modules of a build, the entry first. */
export function modulesIn(directory: string): Module[] {
  const names = (readdirSync(directory, { recursive: true }) as string[]).filter((name) => /\.(?:js|css)$/.test(name));
  return ["index.js", ...names.filter((name) => name !== "index.js")].map((name) => ({
    name,
    contents: readFileSync(join(directory, name), "utf8"),
  }));
}

/** One start in a new process. */
export async function startOnce(modules: readonly Module[]): Promise<Start> {
  return await withWorkerd(modules, [], async ({ pid, port }) => {
    const listening = cpuOf(pid);
    await (await fetch(`http://127.0.0.1:${port}${PATH}`)).arrayBuffer();
    return { listening, answered: cpuOf(pid) };
  });
}

/** Status of the first answer of a new process. */
export async function firstStatus(modules: readonly Module[]): Promise<number> {
  return await withWorkerd(modules, [], async ({ port }) => (await fetch(`http://127.0.0.1:${port}${PATH}`)).status);
}

/** The same files beside a Worker that does nothing: what workerd itself takes, and reading the files. */
export async function startIdle(modules: readonly Module[]): Promise<Start> {
  return await startOnce([{ name: "idle.js", contents: IDLE }, ...modules]);
}

/** What V8 does while the Worker is loaded. */
export async function profileStart(modules: readonly Module[]): Promise<CpuProfile> {
  const late = [{ name: "late.js", contents: LATE }, ...modules];
  return await withWorkerd(late, ["--inspector-addr=127.0.0.1:0"], async ({ port, inspectorPort }) => {
    const socket = new WebSocket(`ws://127.0.0.1:${inspectorPort}/main`);
    await new Promise((open, fail) => {
      socket.addEventListener("open", open);
      socket.addEventListener("error", fail);
    });
    const ask = asker(socket);
    await ask("Profiler.enable");
    await ask("Profiler.setSamplingInterval", { interval: PROFILE_INTERVAL_US });
    await ask("Profiler.start");
    await (await fetch(`http://127.0.0.1:${port}/`)).arrayBuffer();
    const { profile } = (await ask("Profiler.stop")) as { profile: CpuProfile };
    socket.close();
    return profile;
  });
}

interface Running {
  pid: number;
  port: number;
  inspectorPort: number;
}

async function withWorkerd<T>(modules: readonly Module[], options: string[], use: (running: Running) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "orgate-startup-"));
  try {
    for (const { name, contents } of modules) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), contents);
    }
    writeFileSync(join(directory, "config.capnp"), configuration(modules));
    const arguments_ = ["serve", join(directory, "config.capnp"), "--control-fd=3", ...options];
    const workerd = spawn(workerdProgram(), arguments_, { stdio: ["ignore", "ignore", "inherit", "pipe"] });
    try {
      return await use(await listening(workerd, options.length > 0));
    } finally {
      await ended(workerd);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function configuration(modules: readonly Module[]): string {
  // A chunk is code, whatever else the build puts beside the entry is text.
  const kind = (name: string) => (/^(?:[a-z]+|chunks\/.+)\.js$/.test(name) ? "esModule" : "text");
  const list = modules.map(({ name }) => `(name = ${JSON.stringify(name)}, ${kind(name)} = embed ${JSON.stringify(name)})`);
  const { date, flags } = compatibility();
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [${list.join(", ")}],
    compatibilityDate = "${date}",
    compatibilityFlags = [${flags}],
  ))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;
}

/** As wrangler.toml has it. */
function compatibility(): { date: string; flags: string } {
  const text = readFileSync(join(ROOT, "wrangler.toml"), "utf8");
  const setting = (pattern: RegExp) => pattern.exec(text)?.[1] ?? "";
  return { date: setting(/^compatibility_date = "(.*)"$/m), flags: setting(/^compatibility_flags = \[(.*)\]$/m) };
}

/** The program that wrangler brings along. */
function workerdProgram(): string {
  const wrangler = createRequire(join(ROOT, "node_modules/wrangler/package.json"));
  return join(dirname(wrangler.resolve("workerd/package.json")), "bin/workerd");
}

function listening(workerd: ChildProcess, inspected: boolean): Promise<Running> {
  let said = "";
  return new Promise((resolve, reject) => {
    workerd.on("error", reject);
    workerd.on("exit", (code) => reject(new Error(`workerd ended with ${code}`)));
    workerd.stdio[3]?.on("data", (chunk: Buffer) => {
      said += chunk;
      const port = /"socket":"http","port":(\d+)/.exec(said)?.[1];
      const inspectorPort = /"listen-inspector","port":(\d+)/.exec(said)?.[1];
      if (port && (inspectorPort || !inspected)) {
        resolve({ pid: workerd.pid ?? 0, port: Number(port), inspectorPort: Number(inspectorPort) });
      }
    });
  });
}

async function ended(workerd: ChildProcess): Promise<void> {
  if (workerd.exitCode !== null || workerd.signalCode !== null) return;
  const gone = new Promise((resolve) => workerd.once("close", resolve));
  workerd.kill("SIGKILL");
  await gone;
}

/** Nanoseconds on a core, by Linux's own count, summed over the threads. */
function cpuOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const spent = threads.map((id) => Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, "utf8").split(" ")[0]));
  return spent.reduce((sum, each) => sum + each, 0) / 1e6;
}

function asker(socket: WebSocket): (method: string, params?: object) => Promise<unknown> {
  const waiting = new Map<number, (result: unknown) => void>();
  socket.addEventListener("message", ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id: number; result: unknown };
    waiting.get(id)?.(result);
  });
  return (method, params = {}) =>
    new Promise((resolve) => {
      const id = waiting.size + 1;
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, method, params }));
    });
}
