// What docs/scale.md takes for granted: traffic, people, retention, CPU. Each is a flag of `npm run scale`; nothing here was
// measured by us unless its text says so.

export interface Assumption {
  flag: string;
  value: number;
  /** What it is, with its unit, for the table and for --help. */
  means: string;
}

export const ASSUMPTIONS = {
  peakFactor: assume("peak", 5, "the busiest seconds over the month's mean"),
  ssoShare: assume("sso", 0.9, "share of logins through an organization's IdP; the rest have a password"),
  lookupsPerLogin: assume("lookups", 1.5, "lookups of the address field per login"),
  unknownShare: assume("unknown", 0.15, "share of lookups whose domain nobody owns"),
  whoamiPerLogin: assume("whoami", 20, "`/sessions/whoami` per login: an application that asks at every page view"),
  providerShare: assume("provider", 0.3, "share of logins that end in an app through the OpenID Provider"),
  refreshesPerSignIn: assume("refreshes", 2, "refreshed tokens per such sign-in"),
  refusedShare: assume("refused", 0.03, "share of callbacks and passwords that are refused: an event and a log line"),
  firstLoginShare: assume("first", 0.02, "share of logins that make an identity"),
  logoutShare: assume("logouts", 0.2, "share of sessions that are ended by logging out"),
  freshBrowserShare: assume("fresh", 0.1, "share of logins whose browser fetches the three static files"),
  changesPerThousand: assume("changes", 1, "management changes per thousand logins"),
  loginsPerPerson: assume("person", 20, "logins of a person in a month"),
  loginsPerOrganization: assume("organization", 2_000, "logins of an organization in a month: how many organizations there are"),
  organizationsPerProject: assume("project", 500, "organizations of a project"),
  skew: assume("skew", 0.8, "Zipf exponent of the organizations' and projects' sizes"),
  imbalance: assume("imbalance", 1.3, "load of the fullest database over the mean"),
  sessionHours: assume("session", 24, "hours that a session lives"),
  eventDays: assume("events", 400, "days that the audit log is kept (EVENT_RETENTION_DAYS)"),
  locations: assume("locations", 100, "data centres that see traffic, sized by Zipf 1"),
  locality: assume("locality", 0.8, "share of an organization's logins from one data centre"),
  requestsPerIsolate: assume("isolate-rps", 100, "requests a second that an isolate takes before there is another"),
  isolateMinutes: assume("isolate-minutes", 20, "mean life of an isolate"),
  readMs: assume("read-ms", 1, "milliseconds that D1 is busy with a round trip that reads"),
  writeMs: assume("write-ms", 2, "milliseconds that D1 is busy with a round trip that writes"),
  p99WaitMs: assume("wait", 50, "longest wait for D1, 99th percentile, milliseconds"),
  fill: assume("fill", 0.8, "share of its 10 GB that a database is filled to"),
  logBytes: assume("log-bytes", 300, "bytes of a log line"),
} satisfies Record<string, Assumption>;

export type Scenario = { [K in keyof typeof ASSUMPTIONS]: number } & { loginsPerMonth: number };

/**
 * CPU of a request in milliseconds, rounded up from "The Worker alone" in docs/benchmarks.md, one at once, the dearest there. A change by
 * the management API is measured with the local D1 and KV only; page, file, logout and night shift are not, but like what is.
 */
export const CPU_MS = {
  lookup: 0.5,
  page: 0.9,
  asset: 0.2,
  start: 0.9,
  callback: 2.5,
  whoami: 0.9,
  password: 176,
  provider: 5.1,
  logout: 1.5,
  management: 8.3,
  nightShift: 300,
};

export const SECONDS_PER_MONTH = 30 * 24 * 3600;

/** The standard scenario at a number of logins a month, with changes. */
export function scenario(loginsPerMonth: number, changes: Partial<Scenario> = {}): Scenario {
  const values = Object.entries(ASSUMPTIONS).map(([name, { value }]) => [name, value] as const);
  return { ...(Object.fromEntries(values) as Scenario), loginsPerMonth, ...changes };
}

function assume(flag: string, value: number, means: string): Assumption {
  return { flag, value, means };
}
