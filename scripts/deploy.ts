// `npm run deploy`: secrets, D1, KV, migrations and the Worker, into the Cloudflare account that wrangler is logged in to.

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildModules } from "./build.ts";
import { databaseBindings } from "./databases.ts";
import { QUIET_WRANGLER, run, WRANGLER } from "./processes.ts";
import { newSecrets } from "./secrets.ts";

const BUILD = ".wrangler/build";
/** What scripts/build.ts has made, as it is; the source maps keep stack traces readable. */
const WORKER = [`${BUILD}/index.js`, "--no-bundle", "--upload-source-maps"];
/** Where the secrets of the first deployment are kept for you: Cloudflare never shows them again. */
const SECRETS_FILE = ".orgate/production-secrets.json";

interface Options {
  baseUrl: string;
  defaultProject: string;
}

process.chdir(resolve(import.meta.dirname, ".."));
try {
  const { values } = parseArgs({
    options: {
      "base-url": { type: "string" },
      "default-project": { type: "string", default: "demo" },
      "dry-run": { type: "boolean", default: false },
    },
  });
  if (values["dry-run"]) await send("--dry-run", "--outdir", "dist");
  else await deploy({ baseUrl: checkedOrigin(values["base-url"]), defaultProject: values["default-project"] });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function deploy(options: Options): Promise<void> {
  const variables = ["--var", `BASE_URL:${options.baseUrl}`, "--var", `DEFAULT_PROJECT:${options.defaultProject}`];
  if (await hasSecrets()) {
    // Migrations only ever add, so the running version can live with a newer schema; the other way round it cannot.
    const created = await migrate(databaseBindings(), { mayBeMissing: true });
    await send(...variables);
    await migrate(created);
  } else {
    // The first deployment creates the database. Until it is migrated, /readyz says so and nothing is served.
    ensureSecretsFile();
    await send(...variables, "--secrets-file", SECRETS_FILE);
    await migrate(databaseBindings());
    console.log(`The root key and the encryption key are in ${SECRETS_FILE}. Move them to a safe place: without them the`);
    console.log("stored client secrets cannot be read, and Cloudflare does not show them again.");
  }
  console.log(`Deployed. ${options.baseUrl}/readyz answers 200 when everything is in place.`);
}

/** Builds the Worker and has wrangler send it. */
async function send(...options: string[]): Promise<void> {
  await buildModules(resolve(BUILD));
  await wrangler("deploy", ...WORKER, ...options);
}

/**
 * Migrates databases, the directory first: a project is only placed where it says.
 * @param options.mayBeMissing a further database may be new in `wrangler.toml`; the deployment creates it
 * @returns those that could not be migrated
 */
async function migrate(bindings: string[], options = { mayBeMissing: false }): Promise<string[]> {
  const missing: string[] = [];
  for (const binding of bindings) {
    const migrated = wrangler("d1", "migrations", "apply", binding, "--remote");
    if (!options.mayBeMissing || binding === "DB") await migrated;
    else await migrated.catch(() => missing.push(binding));
  }
  return missing;
}

/** Whether the Worker is there with both secrets. */
async function hasSecrets(): Promise<boolean> {
  const { code, output } = await run(WRANGLER, ["secret", "list", "--format", "json"], { env: QUIET_WRANGLER });
  if (code !== 0 && /login|auth|token/i.test(output) && !/not found|does not exist|10007/i.test(output)) throw new Error(output);
  return code === 0 && Object.keys(newSecrets()).every((name) => output.includes(`"${name}"`));
}

function ensureSecretsFile(): void {
  if (existsSync(SECRETS_FILE)) return;
  mkdirSync(".orgate", { recursive: true });
  writeFileSync(SECRETS_FILE, `${JSON.stringify(newSecrets(), null, 2)}\n`, { mode: 0o600 });
}

function checkedOrigin(text: string | undefined): string {
  if (!text || !URL.canParse(text) || new URL(text).protocol !== "https:" || new URL(text).href !== `${new URL(text).origin}/`) {
    throw new Error("Say where people will reach it: npm run deploy -- --base-url https://sso.example.com");
  }
  return new URL(text).origin;
}

async function wrangler(...args: string[]): Promise<void> {
  const { code } = await run(WRANGLER, args, { show: true, env: QUIET_WRANGLER });
  if (code !== 0) throw new Error(`wrangler ${args.slice(0, 3).join(" ")} failed`);
}
