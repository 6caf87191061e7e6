// What a run ran on: figures mean nothing without it.

import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const PACKAGES = ["workerd", "miniflare", "wrangler", "hono", "drizzle-orm", "oauth4webapi", "jose", "oidc-provider"];

export interface Machine {
  /** Name and value, in the order to show them in. */
  facts: [string, string][];
  /** Processes that wanted to run before the run, in the mean of a minute. */
  load: number;
}

/** Call it before the run: it tells what else the machine was doing. */
export function describeMachine(data: string): Machine {
  const [processor] = cpus();
  const [load = 0] = loadavg();
  return {
    load,
    facts: [
      ["date", new Date().toISOString().slice(0, 10)],
      ["processor", `${processor?.model.trim() ?? "unknown"}, ${cpus().length} cores`],
      ["memory", `${Math.round(totalmem() / 2 ** 30)} GiB`],
      ["system", `${type()} ${release().split("-")[0]}`],
      ["data", data === "/dev/shm" ? "in memory" : "on disk"],
      ["load before the run", load.toFixed(1)],
      ["Node.js", process.versions.node],
      ...PACKAGES.map((name): [string, string] => [name, versionOf(name)]),
    ],
  };
}

function versionOf(name: string): string {
  return (JSON.parse(readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8")) as { version: string }).version;
}
