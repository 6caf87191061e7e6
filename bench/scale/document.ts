// The generated parts of docs/scale.md.

import { simulateHosts } from "../../scripts/scale-simulation.ts";
import { MAX_DOMAINS } from "../../src/domain/organizations/rules.ts";
import { KNOWN_TTL } from "../../src/domain/projects/hosts.ts";
import { QUERIES_PER_RUN } from "../../src/jobs/pace.ts";
import { subrequests } from "../budgets.ts";
import { FREE, LIMITS, PAID, type Source } from "../prices.ts";
import { ROW_SIZES } from "../row-sizes.ts";
import { ASSUMPTIONS, CPU_MS, type Scenario, SECONDS_PER_MONTH, scenario } from "./assumptions.ts";
import { bytesOf } from "./capacity.ts";
import type { BillLine } from "./cost.ts";
import { timesPerLogin } from "./demand.ts";
import { findings } from "./findings.ts";
import { freeLimits, freeWindows } from "./free-plan.ts";
import { endOfPace, endOfQueries, flowsOf, organizationsOf, paceOf, projectsOf } from "./growth.ts";
import { bytes, dollars, milliseconds, percent, short, table, whole } from "./markdown.ts";
import { type Month, monthOf, trafficOf } from "./model.ts";
import { SWEEP, type SweepTask, WINDOW_CPU_MS } from "./night-shift.ts";
import { budgetOf, PATHS, type PathName, requestsOf } from "./paths.ts";
import { carriedByOne } from "./queue-simulation.ts";

export const SIZES = [1e6, 1e8, 1e9] as const;

/** Every generated part by its name, for these numbers of logins a month and changes of assumptions. */
export function partsOf(sizes: readonly number[] = SIZES, changes: Partial<Scenario> = {}): Record<string, string> {
  const months = sizes.map((logins) => monthOf(scenario(logins, changes)));
  const small = monthOf(scenario(SMALL.loginsPerMonth, { locations: SMALL.locations, ...changes }));
  const middle = months[Math.floor(months.length / 2)] ?? small;
  return {
    findings: findings(months, small)
      .map((finding) => `- ${finding}`)
      .join("\n"),
    assumptions: assumptions(months),
    cpu: cpu(),
    limits: limits(),
    caches: caches(months),
    paths: paths(months),
    rows: rows(),
    retention: retention(months),
    databases: databases(months),
    "event-days": eventDays(months),
    directory: directory(months),
    cost: cost(months),
    levers: levers(middle),
    free: free(small),
  };
}

const heads = (months: readonly Month[]) => months.map(({ scenario: s }) => `${short(s.loginsPerMonth)} logins`);

function assumptions(months: readonly Month[]): string {
  const set = months[0]?.scenario;
  const given = Object.entries(ASSUMPTIONS).map(([name, { flag, means }]) => {
    const value = String(set?.[name as keyof typeof ASSUMPTIONS] ?? "");
    return [`\`--${flag}\``, value, means];
  });
  const follows = table(
    ["follows", ...heads(months)],
    [
      ["organizations", ...months.map(({ scenario: s }) => whole(organizationsOf(s)))],
      ["projects", ...months.map(({ scenario: s }) => whole(projectsOf(s)))],
      ["people", ...months.map(({ scenario: s }) => short(s.loginsPerMonth / s.loginsPerPerson))],
      ["isolates", ...months.map(({ hits }) => whole(hits.isolates))],
      ["requests per login", ...months.map(({ demand }) => demand.perLogin.requests.toFixed(1))],
      ["requests a second, mean", ...months.map((m) => short(m.bill.usage.requests / 30 / 86_400))],
      ["requests a second, busiest", ...months.map((m) => short((m.bill.usage.requests * m.scenario.peakFactor) / 30 / 86_400))],
    ],
  );
  return `${table(["flag", "value", "means"], given, true)}\n\n${follows}`;
}

function cpu(): string {
  return table(
    ["path", "CPU of a request, ms"],
    Object.entries(CPU_MS).map(([path, ms]) => [path, String(ms)]),
  );
}

function limits(): string {
  const page = ({ page: path, dated }: Source) => `[${path}](https://developers.cloudflare.com/${path}), ${dated}`;
  return table(
    ["of", "limit", "Workers Paid", "page, its date"],
    Object.values(LIMITS).map(({ of, what, shown, source }) => [of, what, shown, page(source)]),
    true,
  );
}

function caches(months: readonly Month[]): string {
  const row = (name: string, pick: (month: Month) => string) => [name, ...months.map(pick)];
  const three = ({ isolate, kv, source }: { isolate: number; kv: number; source: number }) =>
    `${percent(isolate)} / ${percent(kv)} / ${percent(source)}`;
  return table(
    ["answered by: isolate / KV / D1 or IdP", ...heads(months)],
    [
      row("lookup of an owned domain", ({ hits }) => three(hits.knownDomain)),
      row("lookup of a domain nobody owns", ({ hits }) => three(hits.unknownDomain)),
      row("filter of a project's domains (lookups)", ({ hits }) => three(hits.filter)),
      row("project of a host name (all but lookups)", ({ hits }) => three(hits.host)),
      row("metadata of an IdP (start, callback)", ({ hits }) => three(hits.metadata)),
      row("keys of an IdP (callback)", ({ hits }) => three(hits.keys)),
      row("index reads that a data centre had a copy for", ({ hits }) => percent(hits.domainKvHot)),
    ],
  );
}

function paths(months: readonly Month[]): string {
  const s = months[0]?.scenario ?? scenario(1e6);
  const times = timesPerLogin(s);
  const shown = (Object.keys(PATHS) as PathName[]).map((path) => {
    const budget = budgetOf(path);
    const { writes } = PATHS[path];
    const reads = budget.d1RoundTrips - writes;
    const mix = [
      { perSecond: reads, ms: s.readMs },
      { perSecond: writes, ms: s.writeMs },
    ];
    const carried = reads + writes === 0 ? "not asked" : short(carriedByOne(mix, s.p99WaitMs));
    const { d1RoundTrips, rowsRead, rowsWritten, kvGets, kvPuts, fetches } = budget;
    const kv = kvGets + kvPuts === 0 ? "0" : `${kvGets} + ${kvPuts}`;
    const counts = [d1RoundTrips, rowsRead, rowsWritten].map(String);
    const sub = String(subrequests(budget) / requestsOf(path));
    return [path, String(Number(times[path].toFixed(3))), ...counts, kv, String(fetches), sub, carried, FIRST[path](s)];
  });
  const head = ["path, warm", "per login", "D1 trips", "rows read", "written", "KV get + put", "IdP", "subrequests"];
  const night = ["night shift", "", `up to ${QUERIES_PER_RUN}`, "", "", "", "", `up to ${QUERIES_PER_RUN}`, "", NIGHT];
  return table([...head, "one database carries, /s", "what it meets first"], [...shown, night]);
}

const NIGHT = `D1's ${LIMITS.d1Queries.shown} queries of an invocation; about ${Math.round((QUERIES_PER_RUN / 2) * WINDOW_CPU_MS)} ms of CPU at full work`;

/** The limit that a path meets before others. */
const FIRST: Record<PathName, (s: Scenario) => string> = {
  lookup: () => "nothing for owned domains (KV reads of many keys are not limited); for unknown ones the database's thread",
  page: () => "the directory, for the project of the host",
  asset: () => "nothing: cached in the browser for a year",
  start: () => "the database's thread; 300 a minute from one network (SHIELD)",
  callback: () => "the database's thread, then its 10 GB through the audit log",
  firstLogin: () => "the database's thread",
  refusal: () => "the database's thread",
  passwordLogin: () =>
    `CPU (${Math.floor(1000 / CPU_MS.password)} a second and core) and 16 MiB of the isolate's 128 MB for each hash`,
  whoami: () => "the directory for the host, then the database's thread",
  authorizeAnonymous: () => "the directory, for the project of the host",
  authorize: () => "the database's thread",
  token: () => "the database's thread; the sweep of what it leaves",
  refresh: () => "the database's thread; the sweep of what it leaves",
  userinfo: () => "the database's thread",
  logout: () => "the database's thread",
  management: () =>
    `KV's one write a second per domain (the outbox waits for it); ${MAX_DOMAINS} domains are ${MAX_DOMAINS} of its 1,000 operations`,
};

function rows(): string {
  return table(
    ["row", "bytes in the file", "rows billed per insert"],
    Object.entries(ROW_SIZES).map(([row, size]) => [row, String(size.bytes), String(size.written)]),
  );
}

function retention(months: readonly Month[]): string {
  const s = months[0]?.scenario ?? scenario(1e6);
  const flows = flowsOf(s);
  const kept = flows.map(({ row, perLogin, days, task }) => {
    const time = days > 60 ? `${whole(days)} days` : `${(days * 24).toFixed(1)} h`;
    return [row, perLogin.toFixed(2), time, task];
  });
  const tasks = (Object.keys(SWEEP) as SweepTask[])
    .filter((task) => flows.some((flow) => flow.task === task))
    .map((task) => [task, SWEEP[task].walks ? "walks all rows" : "by key", short(paceOf(task)), short(endOfPace(s, task))]);
  const all = ["all tasks of all databases", `${QUERIES_PER_RUN} queries a run`, "", short(endOfQueries(s))];
  const ends = table(["task", "how", "rows a day and database", "keeps up until, logins a month"], [...tasks, all]);
  return `${table(["row", "per login", "stays for", "swept by"], kept)}\n\n${ends}`;
}

function databases(months: readonly Month[]): string {
  const row = (name: string, pick: (month: Month) => string) => [name, ...months.map(pick)];
  return table(
    ["", ...heads(months)],
    [
      row("all tables together", (m) => bytes(bytesOf(m.scenario, m.capacity.databases))),
      row("months until one database alone is full", monthsUntilFull),
      row("databases, by size", ({ capacity: c }) => whole(c.bySize)),
      row("databases, by waiting (simulated)", ({ capacity: c }) => whole(c.byLoad)),
      row("**databases**", ({ capacity: c }) => `**${whole(c.databases)}**`),
      row("then busy in the busiest seconds", ({ capacity: c }) => percent(c.waiting.busy)),
      row("then wait, median / p99", ({ capacity: c }) => `${milliseconds(c.waiting.p50)} / ${milliseconds(c.waiting.p99)}`),
      row("round trips a second and database, busiest", tripsPerDatabase),
      row("**directory**: reads a second, busiest", ({ capacity: c }) => short(c.directoryReads)),
      row("directory: busy", ({ capacity: c }) => percent(c.directory.busy)),
      row("directory: wait, p99", ({ capacity: c }) => milliseconds(c.directory.p99)),
      row("largest project by size, logins a month", ({ capacity: c }) => short(c.largestBySize)),
      row("largest project by waiting, logins a month", ({ capacity: c }) => short(c.largestByLoad)),
    ],
  );
}

function monthsUntilFull({ scenario: s }: Month): string {
  const steady = bytesOf(s, 1);
  if (Number.isFinite(steady) && steady < LIMITS.d1Bytes.value) return "never: it stays at this size";
  const eventBytes = flowsOf(s)
    .filter(({ task }) => task === "events")
    .reduce((sum, { row, perLogin }) => sum + perLogin * ROW_SIZES[row].bytes, 0);
  return (LIMITS.d1Bytes.value / (eventBytes * s.loginsPerMonth)).toPrecision(2);
}

function tripsPerDatabase({ scenario: s, demand, capacity }: Month): string {
  const { reads, writes } = demand.perLogin;
  return short(((s.loginsPerMonth / 30 / 86_400) * s.peakFactor * (reads + writes)) / capacity.databases);
}

function eventDays(months: readonly Month[]): string {
  const days = [400, 90, 30];
  const cells = (s: Scenario) =>
    days.map((eventDays) => whole(Math.ceil(bytesOf({ ...s, eventDays }, 1e6) / (LIMITS.d1Bytes.value * s.fill))));
  const head = ["databases by size, when events are kept for", ...days.map((d) => `${d} days`)];
  return table(
    head,
    months.map(({ scenario: s }) => [`${short(s.loginsPerMonth)} logins a month`, ...cells(s)]),
  );
}

/** What the directory is asked when isolates remember the project of a host for longer. */
function directory(months: readonly Month[]): string {
  const seconds = [KNOWN_TTL / 1000, 60];
  const reads = ({ scenario: s, demand, hits }: Month, ttl: number) => {
    const hosts = ttl * 1000 === KNOWN_TTL ? hits.host : simulateHosts(trafficOf(s, { host: ttl * 1000 }));
    return (demand.perLogin.directoryReads * hosts.source) / hits.host.source;
  };
  const cells = (ttl: number) =>
    months.map((m) => short(((reads(m, ttl) * m.scenario.loginsPerMonth) / SECONDS_PER_MONTH) * m.scenario.peakFactor));
  const named = (ttl: number, index: number) => (index === 0 ? `${ttl} s, as it is` : `${ttl} s`);
  return table(
    ["directory reads a second, busiest, when a host is remembered for", ...heads(months)],
    seconds.map((ttl, index) => [named(ttl, index), ...cells(ttl)]),
  );
}

const LINES: Record<BillLine | "base", string> = {
  base: "subscription",
  requests: "requests",
  cpuMs: "CPU",
  kvReads: "KV reads",
  kvWrites: "KV writes",
  kvStored: "KV storage",
  rowsRead: "D1 rows read",
  rowsWritten: "D1 rows written",
  d1Stored: "D1 storage",
  logBytes: "logs",
};

function cost(months: readonly Month[]): string {
  const used = (month: Month, line: BillLine) => {
    const value = month.bill.usage[line];
    return PAID[line].per === 1e9 ? bytes(value) : line === "cpuMs" ? `${short(value)} ms` : short(value);
  };
  const lines = (Object.keys(LINES) as (BillLine | "base")[]).map((line) => [
    LINES[line],
    ...months.flatMap((month) => [line === "base" ? "" : used(month, line), dollars(month.bill.dollars[line])]),
  ]);
  const total = ["**together**", ...months.flatMap(({ bill }) => ["", `**${dollars(bill.total)}**`])];
  const each = ["per million logins", ...months.flatMap((m) => ["", dollars(m.bill.total / (m.scenario.loginsPerMonth / 1e6))])];
  const head = ["", ...months.flatMap(({ scenario: s }) => [`${short(s.loginsPerMonth)} logins`, "$ a month"])];
  return table(head, [...lines, total, each]);
}

/** What changing one thing does. */
function levers(base: Month): string {
  const { scenario: s } = base;
  const tried = (change: Partial<Scenario>, instead = {}) => monthOf({ ...s, ...change }, instead, base);
  const [host, keys] = [60_000, 3_600_000];
  const tries: [string, Month][] = [
    ["as assumed", base],
    ["`whoami` 5 times per login instead (a session as JWT, or the application's own cookie)", tried({ whoamiPerLogin: 5 })],
    ["audit log kept for 90 days", tried({ eventDays: 90 })],
    ["hosts remembered for 60 s in an isolate", tried({}, { host })],
    ["an IdP's keys fresh for an hour", tried({}, { keys })],
    ["no refresh tokens", tried({ refreshesPerSignIn: 0 })],
    ["no password logins", tried({ ssoShare: 1 })],
    ["the first four together", tried({ whoamiPerLogin: 5, eventDays: 90 }, { host, keys })],
  ];
  const head = [`${short(s.loginsPerMonth)} logins a month`, "$ a month", "databases", "directory reads /s, busiest"];
  return table(
    head,
    tries.map(([name, { bill, capacity: c }]) => [name, dollars(bill.total), whole(c.databases), short(c.directoryReads)]),
  );
}

/** A small installation: few data centres see it. */
const SMALL = { loginsPerMonth: 30_000, locations: 5 };

function free({ scenario: s, hits }: Month): string {
  const limited = freeLimits(s, hits).map(({ limit, allows, loginsPerDay }) => [limit, short(allows), whole(loginsPerDay)]);
  const { byCpu, byQueries } = freeWindows();
  const ends = table(["limit", "allows", "reached at logins a day"], limited);
  return `${ends}

A password costs ${CPU_MS.password} ms of CPU, the plan gives ${FREE.cpuMs}: password logins do not work on it. A run of the night shift gets through ${Math.min(byCpu, byQueries)} windows of
a thousand rows (${byCpu} by its ${FREE.cpuMs} ms, ${byQueries} by its ${FREE.queriesPerInvocation} queries).`;
}
