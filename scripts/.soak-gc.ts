// `npm run soak [-- LOGINS]`: ten thousand logins (or as many as said) against a real Worker, then the night shift. It
// fails when a login fails, when what the Worker holds in memory grows, or when a table keeps what has expired (F36).

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { D1Database } from "@cloudflare/workers-types";
import { getPlatformProxy } from "wrangler";
import { QUIET_WRANGLER, run, startGroup, stopGroup, WRANGLER } from "./processes.ts";
import { newSecrets } from "./secrets.ts";
import { type HeapMeter, openHeapMeter } from "./.soak-heap-gc.ts";
import { startSoakIdp } from "./soak-idp.ts";

const LOGINS = Number(process.argv[2] ?? 10_000);
const AT_ONCE = 8;
/** Distinct people; everyone signs in again and again. */
const PEOPLE = 50;
const DOMAIN = "soak.example";
/**
 * Growth of the heap's low water, second half over the first, that is the collector's own sawtooth: it lets a heap of ten
 * megabytes swing to twenty. Over ten thousand logins that notices two kilobytes that a login leaves behind.
 */
const HEAP_GROWTH_ALLOWED = 16 * 1024 * 1024;
const SAMPLE_EVERY_MS = 8000;
/** Tables that must not remember a login for longer than it matters, and the columns that say when that is over. */
const SWEPT: Record<string, string> = {
  consumed_transactions: "expires_at",
  sessions: "expires_at",
  attempt_counters: "window_ends_at",
};
const LONG_AGO_MS = 3 * 24 * 3600 * 1000;
/** Of audit events: less than long ago. */
const RETENTION_DAYS = 1;
/** Rows of a table that the night shift looks at in one run. */
const SWEEP_WINDOW = 1000;

interface Sample {
  logins: number;
  heap: number;
  resident: number;
}

process.chdir(resolve(import.meta.dirname, ".."));
if (!Number.isInteger(LOGINS) || LOGINS < PEOPLE) throw new Error(`Give a whole number of logins, at least ${PEOPLE}.`);
const problems: string[] = [];
const secrets = newSecrets();
const data = mkdtempSync(join(tmpdir(), "orgate-soak-"));
const port = await freePort();
const inspectorPort = await freePort();
const baseUrl = `http://localhost:${port}`;
const idp = await startSoakIdp();
try {
  await soak();
} finally {
  await idp.close();
  rmSync(data, { recursive: true, force: true });
}
console.log(problems.length === 0 ? "\nsound" : `\nNOT SOUND\n${problems.map((problem) => `- ${problem}`).join("\n")}`);
process.exit(problems.length === 0 ? 0 : 1);

async function soak(): Promise<void> {
  const migrated = await run(WRANGLER, ["d1", "migrations", "apply", "DB", "--local", "--persist-to", data], {
    env: { ...QUIET_WRANGLER, CI: "1" },
  });
  if (migrated.code !== 0) throw new Error(`The database could not be migrated.\n${migrated.output}`);
  await withOrgate(async (pids) => {
    const connectionId = await prepare();
    const meter = await openHeapMeter(inspectorPort);
    judgeLogins(await drive(connectionId, meter, pids));
    meter.close();
  });
  const after = await onDatabase(async (database) => {
    const counts = await rowCounts(database);
    for (const [table, column] of Object.entries(SWEPT)) {
      await database.prepare(`UPDATE ${table} SET ${column} = ${column} - ${LONG_AGO_MS}`).run();
    }
    // An event's age is in its id: the first eight digits of a UUIDv7 count minutes, about (RFC 9562, section 5.7).
    const longAgo = (Date.now() - LONG_AGO_MS).toString(16).padStart(12, "0").slice(0, 8);
    await database.prepare("UPDATE events SET id = ? || substr(id, 9)").bind(longAgo).run();
    return counts;
  });
  await withOrgate(async () => {
    // One run more begins at the start again.
    for (let shift = 0; shift <= LOGINS / SWEEP_WINDOW + 1; shift += 1) {
      const answer = await fetch(`${baseUrl}/cdn-cgi/local/scheduled`);
      check(answer.ok, `the night shift answered ${answer.status}`);
      await answer.body?.cancel();
    }
  });
  judgeTables(after, await onDatabase(rowCounts));
}

/** Starts the Worker, does something with it, and stops it. `pids` are its workerd processes. */
async function withOrgate(use: (pids: readonly number[]) => Promise<void>): Promise<void> {
  const output: string[] = [];
  const variables = {
    BASE_URL: baseUrl,
    ALLOW_INSECURE_ISSUERS: "true",
    DEFAULT_PROJECT: "demo",
    EVENT_RETENTION_DAYS: String(RETENTION_DAYS),
    ...secrets,
  };
  const orgate = startGroup(
    WRANGLER,
    [
      ...["dev", "--port", String(port), "--ip", "127.0.0.1", "--inspector-port", String(inspectorPort)],
      ...["--persist-to", data, "--show-interactive-dev-session=false", "--log-level", "error"],
      ...Object.entries(variables).flatMap(([name, value]) => ["--var", `${name}:${value}`]),
    ],
    QUIET_WRANGLER,
    (line) => void (output.length < 200 && output.push(line)),
  );
  try {
    await untilReady(() => output.join("\n"));
    await use(workerdOf(orgate.pid ?? 0));
  } finally {
    await stopGroup(orgate);
  }
}

async function untilReady(output: () => string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const ready = await fetch(`${baseUrl}/readyz`).catch(() => undefined);
    await ready?.body?.cancel();
    if (ready?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`Orgate did not become ready.\n${output()}`);
}

/** A project with one organization and one connection to the IdP. */
async function prepare(): Promise<string> {
  const project = await manage("/projects", { name: "Demo", slug: "demo" });
  const at = `/projects/${project.id}`;
  const organization = await manage(`${at}/organizations`, { label: "Soak", domains: [DOMAIN] });
  const connection = await manage(`${at}/connections`, {
    organization_id: organization.id,
    provider: "generic",
    label: "Soak",
    issuer_url: idp.issuer,
    client_id: "soak",
    client_secret: "the-soak-idp-does-not-look-at-it",
    scope: ["openid", "email"],
    id_token_signed_response_alg: "ES256",
  });
  return connection.id;
}

async function manage(path: string, body: unknown): Promise<{ id: string }> {
  const response = await fetch(`${baseUrl}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${secrets.ROOT_KEY}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${path} answered ${response.status}: ${text}`);
  return JSON.parse(text) as { id: string };
}

interface Drive {
  samples: Sample[];
  failures: string[];
  durations: number[];
  seconds: number;
}

/** All logins, a bounded number at once, with the Worker's memory looked at all along. */
async function drive(connectionId: string, meter: HeapMeter, pids: readonly number[]): Promise<Drive> {
  const result: Drive = { samples: [], failures: [], durations: [], seconds: 0 };
  const { samples, failures, durations } = result;
  const sample = async () =>
    void samples.push({
      heap: await meter.used().then((h) => (console.log("gc heap", (h / 1e6).toFixed(2), "MB at", durations.length), h)),
      resident: residentBytes(pids),
      logins: durations.length + failures.length,
    });
  const begun = performance.now();
  const sampler = setInterval(() => void sample(), SAMPLE_EVERY_MS);
  let next = 0;
  const worker = async () => {
    while (next < LOGINS) {
      const number = next;
      next += 1;
      const loginBegun = performance.now();
      const problem = await login(connectionId, number % PEOPLE).catch((error: unknown) => String(error));
      if (problem) failures.push(problem);
      else durations.push(performance.now() - loginBegun);
      if (number > 0 && number % 1000 === 0) console.log(`  ${number} logins`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  clearInterval(sampler);
  await sample();
  result.seconds = (performance.now() - begun) / 1000;
  return result;
}

/** One login as a browser does it, and for every tenth person the session is shown. Returns what went wrong. */
async function login(connectionId: string, person: number): Promise<string | undefined> {
  const started = await visit(`${baseUrl}/sso/start?connection=${connectionId}`, "");
  if (started.status !== 303) return `start answered ${started.status}: ${started.text}`;
  const callback = idp.authorize(new URL(started.location), { sub: `person-${person}`, email: `p${person}@${DOMAIN}` });
  const ended = await visit(callback.href, started.cookies);
  if (ended.status !== 303) return `callback answered ${ended.status}: ${ended.text}`;
  const session = /__Host-orgate_session=[^;]+/.exec(ended.cookies)?.[0];
  if (!session) return "callback set no session";
  if (person % 10 !== 0) return undefined;
  const shown = await visit(`${baseUrl}/sessions/whoami`, session);
  return shown.status === 200 ? undefined : `whoami answered ${shown.status}: ${shown.text}`;
}

async function visit(url: string, cookie: string) {
  const response = await fetch(url, { redirect: "manual", headers: { accept: "application/json", cookie } });
  const cookies = response.headers.getSetCookie().map((line) => line.split(";")[0]);
  return {
    status: response.status,
    location: response.headers.get("location") ?? "",
    cookies: cookies.join("; "),
    text: await response.text(),
  };
}

/**
 * No login failed, and the heap is flat: its low water in the second half is that of the first. Resident memory is shown,
 * not judged: it has workerd's own buffers, and grows when nothing but /healthz is asked as well.
 */
function judgeLogins({ samples, failures, durations, seconds }: Drive): void {
  const sorted = durations.toSorted((a, b) => a - b);
  const [middle, late] = [0.5, 0.95].map((share) => sorted[Math.floor(sorted.length * share)]?.toFixed(0));
  console.log(`${LOGINS} logins in ${seconds.toFixed(1)} s, ${AT_ONCE} at once, ${(LOGINS / seconds).toFixed(0)} a second`);
  console.log(`a login with both its requests: median ${middle} ms, 95th percentile ${late} ms`);
  check(failures.length === 0, `${failures.length} logins failed, the first with: ${failures[0]}`);
  check(idp.openCodes() === 0, `${idp.openCodes()} codes were never redeemed`);
  const quarters = [0, 1, 2, 3].map((n) =>
    samples.filter(({ logins }) => logins >= (LOGINS * n) / 4 && logins <= (LOGINS * (n + 1)) / 4),
  );
  const lowWater = quarters.map((quarter) => Math.min(...quarter.map(({ heap }) => heap)));
  const resident = quarters.map((quarter) => Math.max(...quarter.map((sample) => sample.resident)));
  console.log(`heap, low water by quarter: ${lowWater.map(megabytes).join(", ")} MB`);
  console.log(`resident, by quarter: ${resident.map(megabytes).join(", ")} MB`);
  const [early, later] = [Math.min(...lowWater.slice(0, 2)), Math.min(...lowWater.slice(2))];
  check(later - early <= HEAP_GROWTH_ALLOWED, `the heap grew from ${megabytes(early)} MB to ${megabytes(later)} MB`);
}

/** What logins leave behind goes when it has expired, audit events after their retention; people and links stay, one for each. */
function judgeTables(after: Record<string, number>, swept: Record<string, number>): void {
  console.log("\nrows                      after    swept");
  for (const table of Object.keys(swept)) {
    console.log(table.padEnd(24) + [after, swept].map((counts) => String(counts[table]).padStart(9)).join(""));
  }
  for (const table of ["consumed_transactions", "sessions"]) {
    check(after[table] === LOGINS, `${LOGINS} logins left ${after[table]} rows in ${table}`);
  }
  for (const table of ["identities", "oidc_credentials"]) {
    check(swept[table] === PEOPLE, `${PEOPLE} people made ${swept[table]} rows in ${table}`);
  }
  check((after["events"] ?? 0) >= LOGINS, `${LOGINS} logins left ${after["events"]} audit events`);
  for (const table of ["events", ...Object.keys(SWEPT)]) check(swept[table] === 0, `${table} keeps ${swept[table]} expired rows`);
}

/** Uses the database while the Worker is stopped. */
async function onDatabase<T>(use: (database: D1Database) => Promise<T>): Promise<T> {
  Object.assign(process.env, QUIET_WRANGLER, { WRANGLER_LOG: "error" }, secrets);
  const local = await getPlatformProxy<Env>({ persist: { path: join(data, "v3") } });
  try {
    return await use(local.env.DB as unknown as D1Database);
  } finally {
    await local.dispose();
  }
}

async function rowCounts(database: D1Database): Promise<Record<string, number>> {
  const { results } = await database
    .prepare(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'd1_migrations'
       AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf%' ESCAPE '\\' ORDER BY name`,
    )
    .all<{ name: string }>();
  const counts: Record<string, number> = {};
  for (const { name } of results) {
    counts[name] = (await database.prepare(`SELECT count(*) AS n FROM ${name}`).first<number>("n")) ?? 0;
  }
  return counts;
}

/** The workerd processes of a process group. */
function workerdOf(group: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const [, command, itsGroup] = /\((.*)\) \S \d+ (\d+)/.exec(readOrEmpty(`/proc/${pid}/stat`)) ?? [];
      return command === "workerd" && Number(itsGroup) === group;
    })
    .map(Number);
}

function residentBytes(pids: readonly number[]): number {
  const kilobytes = pids.map((pid) => Number(/^VmRSS:\s+(\d+) kB/m.exec(readOrEmpty(`/proc/${pid}/status`))?.[1] ?? 0));
  return kilobytes.reduce((sum, each) => sum + each, 0) * 1024;
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port: found } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return found;
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}

function check(holds: boolean, problem: string): void {
  if (!holds) problems.push(problem);
}
