// `npm run startup [-- --runs N] [DIRECTORY ...]`: what a new isolate pays before its first answer. Builds the Worker and shows
// the bytes and the CPU of its start by package. Builds named by their directories are measured beside it, in turns, so that
// before and after are of the same minute: e.g. `wrangler deploy --dry-run --minify --outdir DIRECTORY`.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { SourceMap } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import type { Metafile } from "esbuild";
import { buildModules, startModules } from "./build.ts";
import { type CpuProfile, type Module, modulesIn, profileStart, type Start, startIdle, startOnce } from "./startup-workerd.ts";

/** Rows of a table by package. */
const SHOWN = 16;

const { values, positionals } = parseArgs({ options: { runs: { type: "string", default: "9" } }, allowPositionals: true });
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) throw new Error("--runs must be a whole number");
const others = positionals.map((directory) => resolve(directory));
process.chdir(resolve(import.meta.dirname, ".."));
const built = mkdtempSync(join(tmpdir(), "orgate-startup-build-"));
try {
  const metafile = await buildModules(built);
  showBytes(metafile, built);
  await compare([built, ...others]);
  const profile = await profileStart(modulesIn(built));
  table("CPU of loading, by package (V8's profiler, every 100 µs; names are of one run)", "ms", timeByPackage(profile, built));
} finally {
  rmSync(built, { recursive: true, force: true });
}

function showBytes(metafile: Metafile, directory: string): void {
  const modules = modulesIn(directory);
  const atStart = startModules(metafile, directory);
  const sizes = (of: readonly Module[]) => `${kib(sum(of.map(bytes)))}, ${kib(sum(of.map(packed)))} gzipped`;
  console.log(`all of it: ${modules.length} modules, ${sizes(modules)}`);
  const needed = modules.filter(({ name }) => atStart.includes(name));
  console.log(`at start:  ${needed.length} modules, ${sizes(needed)}`);
  const byPackage = new Map<string, number>();
  for (const [path, { inputs }] of Object.entries(metafile.outputs)) {
    if (!atStart.some((name) => path.endsWith(`/${name}`))) continue;
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) add(byPackage, packageOf(input), bytesInOutput / 1024);
  }
  table("Bytes at start, by package", "KiB", byPackage);
}

/** Each build next to the same files unread, one after the other and round again. */
async function compare(directories: readonly string[]): Promise<void> {
  const builds = directories.map((directory) => ({ directory, modules: modulesIn(directory), costs: [] as Start[] }));
  for (let run = 0; run < runs; run += 1) {
    for (const { modules, costs } of builds) {
      const [idle, start] = [await startIdle(modules), await startOnce(modules)];
      costs.push({ listening: start.listening - idle.listening, answered: start.answered - idle.answered });
    }
  }
  console.log(`\nCPU of a start beyond an idle Worker's, ms: median of ${runs} (least to most)`);
  for (const { directory, costs } of builds) {
    const listening = spread(costs.map((cost) => cost.listening));
    const answered = spread(costs.map((cost) => cost.answered));
    console.log(
      `  until it listens ${listening}   until the first answer ${answered}   ${directory === built ? "this build" : directory}`,
    );
  }
}

/** Microseconds to milliseconds; what has no place in our files (parsing, garbage, the runtime) stands under its own name. */
function timeByPackage({ nodes, samples, timeDeltas }: CpuProfile, directory: string): Map<string, number> {
  const maps = new Map<string, SourceMap>();
  const callers = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map<string, number>();
  samples.forEach((id, index) => {
    const frame = callers.get(id);
    const file = /(?:chunks\/[^/]+|index)\.js$/.exec(frame?.url ?? "")?.[0];
    const map = file === undefined ? undefined : (maps.get(file) ?? sourceMap(join(directory, `${file}.map`)));
    if (file !== undefined && map) maps.set(file, map);
    const entry = map?.findEntry(frame?.lineNumber ?? 0, frame?.columnNumber ?? 0);
    const source = entry && "originalSource" in entry ? packageOf(entry.originalSource) : undefined;
    const name = source ?? (file === undefined ? place(frame?.functionName ?? "") : "module bodies");
    if (name !== "(idle)") add(times, name, (timeDeltas[index] ?? 0) / 1000);
  });
  return times;
}

/** The entry that imports does so natively: what V8 spends there is reading and compiling. */
function place(functionName: string): string {
  return functionName === "fetch" ? "(parsing and linking)" : functionName.startsWith("(") ? functionName : "(runtime)";
}

function sourceMap(path: string): SourceMap | undefined {
  return existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, "utf8"))) : undefined;
}

function packageOf(path: string): string {
  // drizzle's own source maps leave a folder out.
  if (path.includes("node_modules/src/")) return "drizzle-orm";
  return /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? /src\/[^/]+(?:\/[^/.]+(?=\/))?/.exec(path)?.[0] ?? path;
}

function table(title: string, unit: string, values: ReadonlyMap<string, number>): void {
  console.log(`\n${title}`);
  const rows = [...values].sort(([, a], [, b]) => b - a);
  for (const [name, value] of rows.slice(0, SHOWN)) console.log(`${value.toFixed(1).padStart(9)} ${unit}  ${name}`);
  const rest = sum(rows.slice(SHOWN).map(([, value]) => value));
  console.log(
    `${rest.toFixed(1).padStart(9)} ${unit}  everything else\n${sum([...values.values()])
      .toFixed(1)
      .padStart(9)} ${unit}  together`,
  );
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b).map((value) => value.toFixed(0));
  return `${sorted[Math.floor(sorted.length / 2)]} (${sorted[0]} to ${sorted.at(-1)})`;
}

function add(to: Map<string, number>, name: string, value: number): void {
  to.set(name, (to.get(name) ?? 0) + value);
}

function bytes({ contents }: Module): number {
  return Buffer.byteLength(contents);
}

function packed({ contents }: Module): number {
  return gzipSync(contents).length;
}

function kib(count: number): string {
  return `${(count / 1024).toFixed(0)} KiB`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
