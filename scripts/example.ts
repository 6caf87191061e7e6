// `npm run example:hono`, `:express`, `:session`: one of the example apps on this machine, registered at an Orgate, which is
// started with the demo's data when none is there.

import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type ManagementApi, managementApi } from "./demo-seed.ts";
import { isPortFree, QUIET_WRANGLER, STARTED, startGroup, stopGroup, stopWithParent, WRANGLER } from "./processes.ts";
import { readSecret } from "./secrets.ts";

const ORGATE_PORT = 8787;
/** Name of the session token template, and of the app's own wrangler.toml. */
const TEMPLATE = "session-cookie-example";
const START_TIMEOUT_MS = 120_000;
/** `npm start` stops what it has started first. */
const ORGATE_PATIENCE_MS = 15_000;
const APP_PATIENCE_MS = 4000;

interface Example {
  name: string;
  directory: string;
  port: number;
  runs: "in workerd" | "on Node";
  /** Makes the app known to Orgate. Doing it again changes nothing but secrets. */
  register(api: ManagementApi, place: Place): Promise<Settings>;
}

/** What the app has to be told. */
interface Settings {
  variables: Record<string, string>;
  secrets: Record<string, string>;
}

interface Place {
  orgateUrl: string;
  appUrl: string;
}

const EXAMPLES: Record<string, Example> = {
  hono: {
    name: "Example: Hono",
    directory: "examples/hono-app",
    port: 8801,
    runs: "in workerd",
    register: (api, place) => registerClient(api, place, "Example: Hono", {}),
  },
  express: {
    name: "Example: Express",
    directory: "examples/express-app",
    port: 8802,
    runs: "on Node",
    register: (api, place) =>
      registerClient(api, place, "Example: Express", {
        backchannel_logout_uri: `${place.appUrl}/backchannel-logout`,
        backchannel_logout_session_required: true,
      }),
  },
  session: {
    name: "Example: session cookie",
    directory: "examples/session-cookie",
    port: 8803,
    runs: "in workerd",
    register: allowReturn,
  },
};

/** What has been started so far, in the order in which it must be stopped. */
const running: { child: ChildProcess; patience: number }[] = [];
let stopping = false;

process.chdir(resolve(import.meta.dirname, ".."));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop(0));
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => void stop(1)); // nobody reads us any more
stopWithParent(() => void stop(0));
try {
  await start();
} catch (error) {
  if (!stopping) console.error(error instanceof Error ? error.message : error);
  await stop(1);
}

async function start(): Promise<void> {
  const { example, place } = readOptions();
  const [appPort, orgatePort] = [place.appUrl, place.orgateUrl].map((url) => Number(new URL(url).port)) as [number, number];
  if (!(await isPortFree(appPort))) throw new Error(`Port ${appPort} is taken. Choose another with: -- --port N`);
  if (await isPortFree(orgatePort)) await startOrgate(orgatePort);
  const api = managementApi(place.orgateUrl, readSecret(".dev.vars", "ROOT_KEY").value);
  await startApp(example, place, await example.register(api, place));
  console.log(`\n${example.name} (${example.directory}) is ready.\n`);
  console.log(`  Open ${place.appUrl} and sign in, for example as ada@acme.example.`);
  console.log("\nCtrl-C stops what this command has started.");
}

function readOptions(): { example: Example; place: Place } {
  const options = { port: { type: "string" }, "orgate-port": { type: "string", default: String(ORGATE_PORT) } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const example = EXAMPLES[positionals[0] ?? ""];
  if (!example) throw new Error(`Which example? ${Object.keys(EXAMPLES).join(", ")}`);
  const ports = [Number(values.port ?? example.port), Number(values["orgate-port"])];
  if (!ports.every((port) => Number.isInteger(port) && port >= 1 && port <= 65_000)) {
    throw new Error("--port and --orgate-port must be numbers between 1 and 65000");
  }
  const [appUrl, orgateUrl] = ports.map((port) => `http://localhost:${port}`) as [string, string];
  return { example, place: { orgateUrl, appUrl } };
}

/** `npm start`, until it says that it is ready. */
async function startOrgate(port: number): Promise<void> {
  await new Promise<void>((ready, failed) => {
    const orgate = launch("scripts/start.ts", ["--port", String(port)], {}, ORGATE_PATIENCE_MS, (line) => {
      if (line === STARTED) ready();
      else console.log(line);
    });
    orgate.once("exit", () => failed(new Error("Orgate could not be started.")));
  });
}

async function startApp({ runs, directory }: Example, { appUrl }: Place, { variables, secrets }: Settings): Promise<void> {
  const worker = [
    ...["dev", "--config", `${directory}/wrangler.toml`, "--port", new URL(appUrl).port, "--ip", "127.0.0.1"],
    ...["--inspector-port", "0", "--show-interactive-dev-session=false", "--log-level", "error"],
    ...Object.entries(variables).flatMap(([name, value]) => ["--var", `${name}:${value}`]),
  ];
  // Secrets are in the environment, because other users of this machine can read command lines.
  if (runs === "in workerd") launch(WRANGLER, worker, { ...QUIET_WRANGLER, ...secrets }, APP_PATIENCE_MS, console.log);
  else launch(`${directory}/app.ts`, [], { ...variables, ...secrets }, APP_PATIENCE_MS, console.log);
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(appUrl))) {
    if (stopping) throw new Error("The app was stopped.");
    if (Date.now() > deadline) throw new Error("The app did not start.");
    await new Promise((next) => setTimeout(next, 100));
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/** The app as an OpenID Connect client. Its secret is drawn anew at every start, so that it need not be kept anywhere. */
async function registerClient(
  api: ManagementApi,
  { orgateUrl, appUrl }: Place,
  name: string,
  more: Record<string, unknown>,
): Promise<Settings> {
  const settings = { redirect_uris: [`${appUrl}/callback`], post_logout_redirect_uris: [`${appUrl}/`], ...more };
  type Client = { client_id: string; client_secret: string };
  const known = await api<Client[]>("GET", `/admin/clients?client_name=${encodeURIComponent(name)}`);
  let client = known[0];
  if (client) {
    const changes = Object.entries(settings).map(([field, value]) => ({ op: "replace", path: `/${field}`, value }));
    await api("PATCH", `/admin/clients/${client.client_id}`, changes);
    client = await api<Client>("POST", `/admin/clients/${client.client_id}/secrets/rotate?overlap=0s`);
  } else {
    client = await api<Client>("POST", "/admin/clients", { client_name: name, ...settings });
  }
  return {
    variables: { ISSUER: orgateUrl, APP_URL: appUrl, CLIENT_ID: client.client_id },
    secrets: { CLIENT_SECRET: client.client_secret, COOKIE_KEY: randomBytes(32).toString("base64url") },
  };
}

/** The app as a place where a login may end, and the shape of the JWTs it asks for. */
async function allowReturn(api: ManagementApi, { orgateUrl, appUrl }: Place): Promise<Settings> {
  type Project = { id: string; slug: string; allowed_return_urls: string[] };
  const { projects } = await api<{ projects: Project[] }>("GET", "/projects?page_size=1000");
  const project = projects.find(({ slug }) => slug === "demo");
  if (!project) throw new Error("There is no project called demo.");
  if (!project.allowed_return_urls.includes(appUrl)) {
    await api("PATCH", `/projects/${project.id}`, { allowed_return_urls: [...project.allowed_return_urls, appUrl] });
  }
  await api("PUT", `/projects/${project.id}/session-token-templates/${TEMPLATE}`, {
    ttl: "60s",
    audience: [appUrl],
    claims: { name: "name", email: "email", org_id: "org_id", idp: "idp" },
  });
  return { variables: { ORGATE_URL: orgateUrl, APP_URL: appUrl, TEMPLATE }, secrets: {} };
}

function launch(
  script: string,
  args: string[],
  variables: Record<string, string>,
  patience: number,
  onLine: (line: string) => void,
): ChildProcess {
  const child = startGroup(script, args, variables, onLine);
  running.unshift({ child, patience });
  child.once("exit", () => void stop(1));
  return child;
}

async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  for (const { child, patience } of running) await stopGroup(child, patience);
  process.exit(code);
}
