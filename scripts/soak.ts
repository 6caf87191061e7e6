// `npm run soak [-- LOGINS]`: ten thousand logins (or as many as said) against a real Worker, then the night shift. It
// fails when a login fails, when workerd's memory grows, or when a table is larger afterwards than it may be (F36).

import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { D1Database } from "@cloudflare/workers-types";
import { createTestHarness, type TestHarness } from "wrangler";
import { QUIET_WRANGLER } from "./processes.ts";
import { newSecrets } from "./secrets.ts";
import { type SoakIdp, startSoakIdp } from "./soak-idp.ts";

const LOGINS = Number(process.argv[2] ?? 10_000);
const AT_ONCE = 8;
/** Distinct people; everyone signs in again and again. */
const PEOPLE = Math.min(100, LOGINS);
const DOMAIN = "soak.example";
/** Growth of resident memory, last quarter over the second, that is noise of the allocator and its collector. */
const GROWTH_ALLOWED = 0.15;
const GROWTH_ALLOWED_BYTES = 24 * 1024 * 1024;
const SAMPLE_EVERY_MS = 250;
/** Tables that must not remember a login for longer than it matters. */
const SWEPT = { consumed_transactions: "expires_at", sessions: "expires_at", attempt_counters: "window_ends_at" } as const;
const LONG_AGO_MS = 3 * 24 * 3600 * 1000;

interface Orgate {
  server: TestHarness;
  baseUrl: string;
  database: D1Database;
  rootKey: string;
  /** Runs the night shift once. */
  sweep(): Promise<void>;
}

interface Sample {
  logins: number;
  bytes: number;
}

process.chdir(resolve(import.meta.dirname, ".."));
if (!Number.isInteger(LOGINS) || LOGINS < 40) throw new Error("The number of logins must be a whole number of at least 40.");
const idp = await startSoakIdp();
const problems: string[] = [];
try {
  const orgate = await startOrgate();
  try {
    await soak(orgate);
  } finally {
    await orgate.server.close();
  }
} finally {
  await idp.close();
}
console.log(problems.length === 0 ? "\nsound" : `\nNOT SOUND\n${problems.map((problem) => `- ${problem}`).join("\n")}`);
process.exit(problems.length === 0 ? 0 : 1);

async function soak(orgate: Orgate): Promise<void> {
  const connectionId = await prepare(orgate, idp);
  const before = await rowCounts(orgate.database);
  const begun = performance.now();
  const { samples, failures, durations } = await drive(orgate, connectionId);
  const seconds = (performance.now() - begun) / 1000;
  console.log(`${LOGINS} logins in ${seconds.toFixed(1)} s, ${AT_ONCE} at once, ${(LOGINS / seconds).toFixed(0)} a second`);
  const [middle, late] = [0.5, 0.95].map((share) => durations.toSorted((a, b) => a - b)[Math.floor(durations.length * share)]);
  console.log(`a login with both its requests: median ${middle?.toFixed(0)} ms, 95th percentile ${late?.toFixed(0)} ms`);
  check(failures.length === 0, `${failures.length} logins failed, the first with: ${failures[0]}`);
  check(idp.openCodes() === 0, `${idp.openCodes()} codes were never redeemed`);
  judgeMemory(samples);
  await judgeTables(orgate, before, LOGINS - failures.length);
}

async function startOrgate(): Promise<Orgate> {
  Object.assign(process.env, QUIET_WRANGLER);
  const secrets = newSecrets();
  const worker = (baseUrl: string) => ({
    root: process.cwd(),
    workers: [
      {
        configPath: "wrangler.toml",
        vars: { BASE_URL: baseUrl, DEFAULT_PROJECT: "demo", ALLOW_INSECURE_ISSUERS: "true" },
        secrets,
      },
    ],
  });
  const server = createTestHarness(worker("http://localhost:1"));
  const { port } = (await server.listen()).url;
  const baseUrl = `http://localhost:${port}`;
  await server.update(worker(baseUrl));
  const handle = server.getWorker<Env>();
  await handle.applyD1Migrations("DB");
  return {
    server,
    baseUrl,
    rootKey: secrets.ROOT_KEY,
    database: (await handle.getEnv()).DB,
    sweep: async () => void (await handle.scheduled({ cron: "* * * * *", scheduledTime: new Date() })),
  };
}

/** A project with one organization and one connection to the IdP. */
async function prepare(orgate: Orgate, provider: SoakIdp): Promise<string> {
  const project = await manage(orgate, "/projects", { name: "Demo", slug: "demo" });
  const at = `/projects/${project.id}`;
  const organization = await manage(orgate, `${at}/organizations`, { label: "Soak", domains: [DOMAIN] });
  const connection = await manage(orgate, `${at}/connections`, {
    organization_id: organization.id,
    provider: "generic",
    label: "Soak",
    issuer_url: provider.issuer,
    client_id: "soak",
    client_secret: "soak-secret-soak-secret-soak-secret",
    scope: ["openid", "email"],
    id_token_signed_response_alg: "ES256",
  });
  return connection.id;
}

async function manage(orgate: Orgate, path: string, body: unknown): Promise<{ id: string }> {
  const response = await fetch(`${orgate.baseUrl}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${orgate.rootKey}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${path} answered ${response.status}: ${text}`);
  return JSON.parse(text) as { id: string };
}

/** All logins, a bounded number at once, with workerd's memory looked at all along. */
async function drive(orgate: Orgate, connectionId: string) {
  const samples: Sample[] = [];
  const failures: string[] = [];
  const durations: number[] = [];
  let next = 0;
  const pids = workerdChildren();
  check(pids.length > 0, "workerd's process was not found, so its memory was not measured");
  const sampler = setInterval(() => {
    samples.push({ logins: durations.length + failures.length, bytes: residentBytes(pids) });
    orgate.server.clearLogs();
  }, SAMPLE_EVERY_MS);
  const worker = async () => {
    while (next < LOGINS) {
      const number = next;
      next += 1;
      const begun = performance.now();
      const problem = await login(orgate, connectionId, number % PEOPLE).catch((error: unknown) => String(error));
      if (problem) failures.push(problem);
      else durations.push(performance.now() - begun);
      if (number > 0 && number % 1000 === 0) console.log(`  ${number} logins, ${megabytes(residentBytes(pids))} MB`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  clearInterval(sampler);
  samples.push({ logins: LOGINS, bytes: residentBytes(pids) });
  return { samples, failures, durations };
}

/** One login as a browser does it, and for every tenth one the session is shown. Returns what went wrong. */
async function login(orgate: Orgate, connectionId: string, person: number): Promise<string | undefined> {
  const started = await visit(`${orgate.baseUrl}/sso/start?connection=${connectionId}`, "");
  if (started.status !== 303) return `start answered ${started.status}: ${started.text}`;
  const callback = idp.authorize(new URL(started.location), { sub: `person-${person}`, email: `p${person}@${DOMAIN}` });
  const ended = await visit(callback.href, started.cookies);
  if (ended.status !== 303) return `callback answered ${ended.status}: ${ended.text}`;
  const session = /__Host-orgate_session=[^;]+/.exec(ended.cookies)?.[0];
  if (!session) return "callback set no session";
  if (person % 10 !== 0) return undefined;
  const shown = await visit(`${orgate.baseUrl}/sessions/whoami`, session);
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

/** Flat means: what the last quarter needs is what the second one needed. The first quarter is warming up. */
function judgeMemory(samples: readonly Sample[]): void {
  const quarter = (n: number) =>
    median(samples.filter((s) => s.logins >= (LOGINS * n) / 4 && s.logins <= (LOGINS * (n + 1)) / 4).map((s) => s.bytes));
  const quarters = [0, 1, 2, 3].map(quarter);
  console.log(`workerd's resident memory by quarter: ${quarters.map(megabytes).join(", ")} MB`);
  const [, second = 0, , last = 0] = quarters;
  const allowed = Math.max(second * GROWTH_ALLOWED, GROWTH_ALLOWED_BYTES);
  check(last - second <= allowed, `memory grew from ${megabytes(second)} MB to ${megabytes(last)} MB`);
}

/** What logins leave behind goes when it has expired; people, links and audit events stay, one for each. */
async function judgeTables(orgate: Orgate, before: Record<string, number>, logins: number): Promise<void> {
  const after = await rowCounts(orgate.database);
  check(
    after["consumed_transactions"] === logins,
    `${after["consumed_transactions"]} transactions were used up by ${logins} logins`,
  );
  check(after["sessions"] === logins, `${logins} logins made ${after["sessions"]} sessions`);
  for (const [table, column] of Object.entries(SWEPT)) {
    await orgate.database.prepare(`UPDATE ${table} SET ${column} = ${column} - ${LONG_AGO_MS}`).run();
  }
  let swept = await rowCounts(orgate.database);
  // A run looks at a bounded number of rows; one more begins from the start again.
  for (let run = 0; run < LOGINS / 1000 + 3; run += 1) await orgate.sweep();
  swept = await rowCounts(orgate.database);
  console.log("\nrows                     before    after    swept");
  for (const table of Object.keys(swept)) {
    console.log(table.padEnd(24) + [before, after, swept].map((counts) => String(counts[table]).padStart(9)).join(""));
  }
  for (const table of Object.keys(SWEPT)) check(swept[table] === before[table], `${table} keeps ${swept[table]} expired rows`);
  for (const table of ["identities", "oidc_credentials"]) {
    check(swept[table] === PEOPLE, `${PEOPLE} people made ${swept[table]} rows in ${table}`);
  }
}

async function rowCounts(database: D1Database): Promise<Record<string, number>> {
  const { results } = await database
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name <> 'd1_migrations' ORDER BY name",
    )
    .all<{ name: string }>();
  const counts = results.map(async ({ name }): Promise<[string, number]> => {
    const row = await database.prepare(`SELECT count(*) AS n FROM ${name}`).first<{ n: number }>();
    return [name, row?.n ?? 0];
  });
  return Object.fromEntries(await Promise.all(counts));
}

/** The workerd processes that this process has started. */
function workerdChildren(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const [, command, parent] = /\((.*)\) \S (\d+)/.exec(statOf(pid)) ?? [];
      return command === "workerd" && Number(parent) === process.pid;
    })
    .map(Number);
}

function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return "";
  }
}

function residentBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return sum + Number(kilobytes ?? 0) * 1024;
  }, 0);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0);
}

function check(holds: boolean, problem: string): void {
  if (!holds) problems.push(problem);
}
