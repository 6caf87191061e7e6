// The Worker as a deployment would send it, built once for a whole run of the tests and started by many of them.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { QUIET_WRANGLER, run, WRANGLER } from "../../scripts/processes.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** Tells the processes of one run where its build is. */
const VARIABLE = "ORGATE_TEST_BUILD";

export interface BuiltWorker {
  directory: string;
  /** wrangler.toml for what is built: its modules are found by the names that the build has given them. */
  config: string;
  /** The entry first. */
  modules: { type: "ESModule" | "Text"; path: string; contents: string }[];
}

/** Builds, and returns what removes the build again. */
export async function buildWorker(): Promise<() => void> {
  const directory = mkdtempSync(join(tmpdir(), "orgate-build-"));
  const { code, output } = await run(WRANGLER, ["deploy", "--dry-run", "--minify", "--outdir", directory], {
    env: QUIET_WRANGLER,
  });
  if (code !== 0) throw new Error(output);
  const config = readFileSync(join(ROOT, "wrangler.toml"), "utf8")
    .replace(/^globs = .*$/m, 'globs = ["*.css", "*-*.js"]')
    .replace(/^migrations_dir = .*$/m, `migrations_dir = ${JSON.stringify(join(ROOT, "migrations"))}`);
  writeFileSync(join(directory, "wrangler.toml"), config);
  process.env[VARIABLE] = directory;
  return () => rmSync(directory, { recursive: true, force: true });
}

/** What this run has built. */
export function builtWorker(): BuiltWorker {
  const directory = process.env[VARIABLE];
  if (!directory) throw new Error("node-setup.ts has built nothing");
  const names = readdirSync(directory).filter((name) => /\.(js|css)$/.test(name));
  return {
    directory,
    config: join(directory, "wrangler.toml"),
    modules: ["index.js", ...names.filter((name) => name !== "index.js")].map((name) => ({
      type: name === "index.js" ? ("ESModule" as const) : ("Text" as const),
      path: join(directory, name),
      contents: readFileSync(join(directory, name), "utf8"),
    })),
  };
}
