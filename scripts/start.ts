// `npm start`: a whole Orgate on this machine, with two demo identity providers and data to try it with.

import type { ChildProcess } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { getPlatformProxy } from "wrangler";
import { databaseBindings } from "./databases.ts";
import { type DemoIdp, startDemoIdp } from "./demo-idp.ts";
import { LOCAL_ACCOUNT, seedDemo } from "./demo-seed.ts";
import { ensureOperator, OPERATOR_EMAIL } from "./operator.ts";
import { isPortFree, QUIET_WRANGLER, run, STARTED, startGroup, stopGroup, stopWithParent, WRANGLER } from "./processes.ts";
import { type DemoCredentials, demoCredentialsPath, ensureDemoCredentials, ensureDevVars, readSecret } from "./secrets.ts";

const DEV_VARS = ".dev.vars";
const DEFAULT_PORT = 8787;
const IDP_PORT_OFFSETS = [214, 215] as const;
const START_TIMEOUT_MS = 120_000;
const CRON_INTERVAL_MS = 60_000;

interface Options {
  port: number;
  fresh: boolean;
  demo: boolean;
  /** Directory of the local data. */
  data: string;
}

/** What has been started so far and must be stopped again. */
const running: { orgate?: ChildProcess; idps: DemoIdp[]; stopping: boolean } = { idps: [], stopping: false };

process.chdir(resolve(import.meta.dirname, ".."));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop(0));
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => void stop(1)); // nobody reads us any more
stopWithParent(() => void stop(0));
try {
  await start(readOptions());
} catch (error) {
  if (!running.stopping) console.error(error instanceof Error ? error.message : error);
  await stop(1);
}

async function start(options: Options): Promise<void> {
  const baseUrl = `http://localhost:${options.port}`;
  const idpPorts = options.demo ? IDP_PORT_OFFSETS.map((offset) => options.port + offset) : [];
  for (const port of [options.port, ...idpPorts]) {
    if (!(await isPortFree(port))) {
      throw new Error(`Port ${port} is taken. Stop what listens there, or choose another: npm start -- --port N`);
    }
  }
  if (options.fresh) {
    rmSync(join(options.data, "v3"), { recursive: true, force: true });
    rmSync(demoCredentialsPath(options.data), { force: true });
  }
  const hadData = existsSync(demoCredentialsPath(options.data));
  if (ensureDevVars(DEV_VARS).created && hadData) {
    throw new Error(
      `${DEV_VARS} was missing, and the data in ${options.data} was sealed with its keys. Forget it: npm start -- --fresh`,
    );
  }
  const credentials = ensureDemoCredentials(options.data);
  console.log("Starting Orgate ...");
  await prepareDatabase(options, credentials);
  await startOrgate(options, baseUrl);
  if (options.demo) {
    const idps = [await startIdp("Northwind ID", idpPorts[0] ?? 0), await startIdp("Lighthouse ID", idpPorts[1] ?? 0)] as const;
    const { value: rootKey } = readSecret(DEV_VARS, "ROOT_KEY");
    await seedDemo({ baseUrl, rootKey, idps, ...credentials });
  }
  setInterval(() => void runScheduledWork(baseUrl), CRON_INTERVAL_MS);
  announce(options, baseUrl, credentials);
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      port: { type: "string" },
      fresh: { type: "boolean", default: false },
      "no-demo": { type: "boolean", default: false },
      "persist-to": { type: "string" },
    },
  });
  const port = values.port === undefined ? DEFAULT_PORT : Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_000) throw new Error("--port must be a number between 1 and 65000");
  // Redirect URIs contain the port, so every port has data of its own.
  const standard = port === DEFAULT_PORT ? ".wrangler/state" : `.wrangler/state-${port}`;
  return { port, fresh: values.fresh, demo: !values["no-demo"], data: resolve(values["persist-to"] ?? standard) };
}

/** Migrates the local D1 and makes the first operator. */
async function prepareDatabase(options: Options, credentials: DemoCredentials): Promise<void> {
  for (const binding of databaseBindings()) {
    const arguments_ = ["d1", "migrations", "apply", binding, "--local", "--persist-to", options.data];
    const migrated = await run(WRANGLER, arguments_, { env: { ...QUIET_WRANGLER, CI: "1" } });
    if (migrated.code !== 0) throw new Error(`The database ${binding} could not be migrated.\n${migrated.output}`);
  }
  Object.assign(process.env, QUIET_WRANGLER, { WRANGLER_LOG: "error" });
  const local = await getPlatformProxy<Env>({ persist: { path: join(options.data, "v3") }, envFiles: [DEV_VARS] });
  try {
    await ensureOperator(local.env.DB, credentials.operatorPassword);
  } finally {
    await local.dispose();
  }
}

/** Starts the Worker and resolves when it answers. */
async function startOrgate(options: Options, baseUrl: string): Promise<void> {
  const output: string[] = [];
  let ready = false;
  const arguments_ = [
    ...["dev", "--port", String(options.port), "--ip", "127.0.0.1", "--inspector-port", "0"],
    ...["--persist-to", options.data, "--env-file", DEV_VARS],
    ...["--var", `BASE_URL:${baseUrl}`, "--var", "ALLOW_INSECURE_ISSUERS:true"],
    ...["--show-interactive-dev-session=false", "--log-level", "error"],
  ];
  const orgate = startGroup(WRANGLER, arguments_, QUIET_WRANGLER, (line) => {
    if (!ready) output.push(line);
    else console.log(line);
  });
  running.orgate = orgate;
  orgate.on("exit", () => {
    if (running.stopping) return;
    if (ready) console.error("Orgate ended unexpectedly.");
    void stop(1, ready ? undefined : output.join("\n"));
  });
  await untilReady(baseUrl, () => output.join("\n"));
  ready = true;
  for (const line of output) console.log(line);
}

async function untilReady(baseUrl: string, output: () => string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  let last = "no answer";
  while (Date.now() < deadline && !running.stopping) {
    try {
      const response = await fetch(`${baseUrl}/readyz`);
      if (response.ok) return;
      last = `${response.status} ${await response.text()}`;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  throw new Error(`Orgate did not become ready (${last}).\n${output()}`);
}

async function startIdp(name: string, port: number): Promise<DemoIdp> {
  const idp = await startDemoIdp({ name, port, exampleAddress: "ada@acme.example" });
  running.idps.push(idp);
  return idp;
}

/** What a cron trigger does in production. */
async function runScheduledWork(baseUrl: string): Promise<void> {
  try {
    await (await fetch(`${baseUrl}/cdn-cgi/local/scheduled`)).body?.cancel();
  } catch {
    // The next minute tries again.
  }
}

function announce(options: Options, baseUrl: string, credentials: DemoCredentials): void {
  const { from } = readSecret(DEV_VARS, "ROOT_KEY");
  const lines: [string, string][] = [];
  if (options.demo) {
    lines.push(["Sign in", `${baseUrl}/login   type ada@acme.example (one provider) or bo@globex.example (two)`]);
    lines.push(["Local account", `${LOCAL_ACCOUNT}   password ${credentials.localPassword}`]);
    lines.push(["Demo providers", running.idps.map((idp) => idp.issuer).join("   ")]);
  }
  lines.push(["API reference", `${baseUrl}/docs`]);
  lines.push(["Console", `${baseUrl}/console   ${OPERATOR_EMAIL}   password ${credentials.operatorPassword}`]);
  lines.push(["Root key", from === "file" ? `ROOT_KEY in ${DEV_VARS}` : "ROOT_KEY of the environment"]);
  lines.push(["Data", options.data]);
  console.log(`Ready on ${baseUrl}\n`);
  for (const [name, value] of lines) console.log(`  ${name.padEnd(15)}${value}`);
  console.log(`\n${STARTED}`);
}

async function stop(code: number, message?: string): Promise<void> {
  if (running.stopping) return;
  running.stopping = true;
  if (message) console.error(message);
  await Promise.all([running.orgate && stopGroup(running.orgate), ...running.idps.map((idp) => idp.close())]);
  process.exit(code);
}
