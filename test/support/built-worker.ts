// The Worker as a deployment would send it, built once for a whole run of the tests and started by many of them.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildModules } from "../../scripts/build.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** Tells the processes of one run where its build is. */
const VARIABLE = "ORGATE_TEST_BUILD";

export interface BuiltWorker {
  directory: string;
  /** wrangler.toml, beside what is built. */
  config: string;
  /** The entry first. */
  modules: { type: "ESModule"; path: string; contents: string }[];
}

/** Builds, and returns what removes the build again. */
export async function buildWorker(): Promise<() => void> {
  const directory = mkdtempSync(join(tmpdir(), "orgate-build-"));
  await buildModules(directory);
  const config = readFileSync(join(ROOT, "wrangler.toml"), "utf8").replace(
    /^migrations_dir = .*$/m,
    `migrations_dir = ${JSON.stringify(join(ROOT, "migrations"))}`,
  );
  writeFileSync(join(directory, "wrangler.toml"), config);
  process.env[VARIABLE] = directory;
  return () => rmSync(directory, { recursive: true, force: true });
}

/** What this run has built. */
export function builtWorker(): BuiltWorker {
  const directory = process.env[VARIABLE];
  if (!directory) throw new Error("node-setup.ts has built nothing");
  const names = (readdirSync(directory, { recursive: true }) as string[]).filter((name) => name.endsWith(".js"));
  return {
    directory,
    config: join(directory, "wrangler.toml"),
    modules: ["index.js", ...names.filter((name) => name !== "index.js")].map((name) => ({
      type: "ESModule" as const,
      path: join(directory, name),
      contents: readFileSync(join(directory, name), "utf8"),
    })),
  };
}
