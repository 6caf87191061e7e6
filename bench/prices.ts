// What Cloudflare publishes: prices and limits, each with the page it stands on and when that page was read. Data only;
// scripts/scale.ts computes from it, docs/scale.md shows it. US dollars; M is a million; GB is 10^9 bytes.

export interface Source {
  /** Below https://developers.cloudflare.com/. */
  page: string;
  /** The date on the copy that was read, or of a record of it; `undated` when it bears none. All were read on 2026-11-24. */
  dated: string;
}

/** A quantity that costs nothing up to `included` a month, and `price` for each `per` after it. */
export interface Tariff {
  included: number;
  price: number;
  per: number;
  source: Source;
}

const WORKERS_PRICING: Source = { page: "workers/platform/pricing/", dated: "2026-08-03" };
const D1_PRICING: Source = { page: "d1/platform/pricing/", dated: "2026-08-03" };
const KV_PRICING: Source = { page: "kv/platform/pricing/", dated: "undated" };
const OBSERVABILITY_PRICING: Source = { page: "observability/pricing/", dated: "2026-10-05" };

const MILLION = 1e6;
const GB = 1e9;

/** Workers Paid. */
export const PAID = {
  base: { dollars: 5, source: WORKERS_PRICING },
  requests: { included: 10 * MILLION, price: 0.3, per: MILLION, source: WORKERS_PRICING },
  cpuMs: { included: 30 * MILLION, price: 0.02, per: MILLION, source: WORKERS_PRICING },
  kvReads: { included: 10 * MILLION, price: 0.5, per: MILLION, source: KV_PRICING },
  kvWrites: { included: MILLION, price: 5, per: MILLION, source: KV_PRICING },
  kvStored: { included: GB, price: 0.5, per: GB, source: KV_PRICING },
  rowsRead: { included: 25_000 * MILLION, price: 0.001, per: MILLION, source: D1_PRICING },
  rowsWritten: { included: 50 * MILLION, price: 1, per: MILLION, source: D1_PRICING },
  d1Stored: { included: 5 * GB, price: 0.75, per: GB, source: D1_PRICING },
  /** From 1 December 2026 by bytes; until then $0.60 per million events above 20 million. */
  logBytes: { included: 50 * GB, price: 0.25, per: GB, source: OBSERVABILITY_PRICING },
} satisfies Record<string, Tariff | { dollars: number; source: Source }>;

/** Workers Free: what an account may do in a day (storage: in all). */
export const FREE = {
  requests: { perDay: 100_000, source: WORKERS_PRICING },
  rowsRead: { perDay: 5 * MILLION, source: D1_PRICING },
  rowsWritten: { perDay: 100_000, source: D1_PRICING },
  kvReads: { perDay: 100_000, source: KV_PRICING },
  kvWrites: { perDay: 1_000, source: KV_PRICING },
  d1Bytes: 0.5 * GB,
  d1BytesOfAccount: 5 * GB,
  /** Of one request or cron run, milliseconds. */
  cpuMs: 10,
  queriesPerInvocation: 50,
  subrequests: 50,
} as const;

export interface Limit {
  of: "D1" | "KV" | "Workers" | "Rate limit binding" | "Cron";
  what: string;
  /** As a number where something is computed from it. */
  value: number;
  shown: string;
  source: Source;
}

const D1_LIMITS: Source = { page: "d1/platform/limits/", dated: "2026-04-21" };
const KV_LIMITS: Source = { page: "kv/platform/limits/", dated: "undated" };
const WORKERS_LIMITS: Source = { page: "workers/platform/limits/", dated: "undated" };
const RATE_LIMIT: Source = { page: "workers/runtime-apis/bindings/rate-limit/", dated: "undated" };

/** Workers Paid. */
export const LIMITS = {
  d1Bytes: limit("D1", "size of a database", 10 * GB, "10 GB, cannot be raised", D1_LIMITS),
  d1AccountBytes: limit("D1", "storage of an account", 1000 * GB, "1 TB, raised on request", D1_LIMITS),
  d1Databases: limit("D1", "databases of an account", 50_000, "50,000 (a newer copy: 1,000,000)", D1_LIMITS),
  d1Bindings: limit("D1", "databases bound to one Worker", 5_000, "about 5,000", D1_LIMITS),
  d1Threads: limit("D1", "statements at a time in a database", 1, "1: each database is one thread", D1_LIMITS),
  d1Queries: limit("D1", "queries of an invocation", 1_000, "1,000", D1_LIMITS),
  d1Connections: limit("D1", "simultaneous connections of an invocation", 6, "6", D1_LIMITS),
  d1QueryMs: limit("D1", "time of a query or batch", 30_000, "30 s", D1_LIMITS),
  d1Parameters: limit("D1", "bound parameters of a statement", 100, "100", D1_LIMITS),
  d1StatementBytes: limit("D1", "length of a statement", 100_000, "100,000 bytes", D1_LIMITS),
  d1RowBytes: limit("D1", "size of a row", 2_000_000, "2,000,000 bytes", D1_LIMITS),
  kvKeyWrites: limit("KV", "writes of one key", 1, "1 a second", KV_LIMITS),
  kvCacheTtl: limit("KV", "smallest cacheTtl", 30, "30 s", KV_LIMITS),
  kvStale: limit("KV", "until a change is seen elsewhere", 60, "60 s or more", {
    page: "kv/concepts/how-kv-works/",
    dated: "undated",
  }),
  kvOperations: limit("KV", "operations of an invocation", 1_000, "1,000; a bulk read is one", KV_LIMITS),
  kvBulkKeys: limit("KV", "keys of a bulk read", 100, "100", KV_LIMITS),
  kvValueBytes: limit("KV", "size of a value", 25 * 1024 * 1024, "25 MiB", KV_LIMITS),
  cpuMs: limit("Workers", "CPU of a request", 30_000, "30 s by default; Orgate sets 2 s (wrangler.toml)", WORKERS_LIMITS),
  subrequests: limit("Workers", "subrequests of an invocation", 10_000, "10,000", WORKERS_LIMITS),
  memory: limit("Workers", "memory of an isolate", 128 * 1024 * 1024, "128 MB", WORKERS_LIMITS),
  connections: limit("Workers", "connections waiting for headers", 6, "6", WORKERS_LIMITS),
  startupMs: limit("Workers", "start-up", 1_000, "1 s", WORKERS_LIMITS),
  scriptBytes: limit("Workers", "size of the script", 64 * 1024 * 1024, "64 MiB", WORKERS_LIMITS),
  ratePeriod: limit("Rate limit binding", "period", 60, "10 or 60 s; counted per location, permissively", RATE_LIMIT),
  cronCpuMs: limit("Cron", "CPU of a run more often than hourly", 30_000, "30 s; Orgate's 2 s hold here too", WORKERS_LIMITS),
  cronWallMs: limit("Cron", "duration of a run", 15 * 60_000, "15 min", WORKERS_LIMITS),
} satisfies Record<string, Limit>;

function limit(of: Limit["of"], what: string, value: number, shown: string, source: Source): Limit {
  return { of, what, value, shown, source };
}
