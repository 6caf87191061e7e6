// An environment whose D1 and KV count what is asked of them and fail on command.
//
//   const counted = countingEnv(env);
//   const app = createApp();                                    // or services: servicesFor(counted.env)
//   await app.request("http://localhost:8787/…", {}, counted.env);
//   expect(counted.d1.roundTrips).toBe(1);
//   counted.faults.d1 = "overloaded";                           // from now on
//   counted.faults.d1Only = (sql) => /insert into "events"/.test(sql);   // only round trips with such a statement
//   counted.reset();                                            // counters to zero and no faults
//
// Every countingEnv() is a fresh isolate to our code: servicesFor() makes new services, with empty caches, for it. Two of
// them over the same env share the stores, so a second one sees "KV warm, isolate cold".
//
// A round trip is one prepare().first/all/run/raw() or one batch(). `rowsRead` and `rowsWritten` are D1's own meta. D1 gives
// none for raw(), which drizzle uses for selects with named columns: with `{ measureRows: true }` such a select is run a
// second time, uncounted, for its meta.

/** What D1 does. The texts of its errors are the ones Cloudflare documents. */
export type D1Fault =
  | "ok"
  | "fail-before" // connection lost, nothing was executed
  | "fail-after" // connection lost after the statements committed
  | "overloaded"
  | "read-only" // reads are answered, anything that writes is refused
  | "slow" // answers after `faults.d1DelayMs`
  | "hang"; // never answers

/** What KV does, for every namespace. */
export type KvFault =
  | "ok"
  | "throw" // get and put reject
  | "throw-on-put" // 429, gets work
  | "hang" // never answers
  | "garbage" // gets give text that is not what was put
  | "frozen"; // puts and deletes are accepted and never seen

export interface Faults {
  d1: D1Fault;
  /** When set, only these databases meet the fault: 0 is DB, N is DB_N. */
  d1Places: readonly number[] | undefined;
  /** When set, only round trips that contain a statement for which it is true meet the fault. */
  d1Only: ((sql: string) => boolean) | undefined;
  /** Milliseconds, for `slow`. */
  d1DelayMs: number;
  kv: KvFault;
  /** What `garbage` gives: by default text that is no JSON. */
  kvGarbage: string;
  shield: "ok" | "throw" | "deny";
}

export interface D1Counters {
  roundTrips: number;
  statements: number;
  rowsRead: number;
  rowsWritten: number;
  /** The statements of each round trip, in order. */
  sql: string[][];
  /** Which database each round trip went to, in order: 0 is DB, N is DB_N. */
  places: number[];
  /** Constraints given to withSession(), to show that decisions are asked of the primary (F14). */
  sessions: (string | undefined)[];
}

export interface KvCounters {
  /** A bulk get counts once. */
  gets: number;
  puts: number;
  deletes: number;
  /** Bytes of the values put. */
  putBytes: number;
}

export interface CountedEnv {
  env: Env;
  d1: D1Counters;
  domainIndex: KvCounters;
  idpCache: KvCounters;
  /** Keys the shield was asked about. */
  shieldKeys: string[];
  /** What D1 and KV have been asked and not answered yet. */
  underWay: number;
  faults: Faults;
  /** Counters to zero, faults off. */
  reset(): void;
}

export const D1_ERRORS = {
  "fail-before": "D1_ERROR: Network connection lost.",
  "fail-after": "D1_ERROR: Network connection lost.",
  overloaded: "D1_ERROR: D1 DB is overloaded. Requests queued for too long.",
  "read-only": "D1_ERROR: attempt to write a readonly database: SQLITE_READONLY",
} as const;

export function countingEnv(env: Env, options: { measureRows?: boolean } = {}): CountedEnv {
  const counted: CountedEnv = {
    env,
    d1: emptyD1(),
    domainIndex: emptyKv(),
    idpCache: emptyKv(),
    shieldKeys: [],
    underWay: 0,
    faults: noFaults(),
    reset() {
      Object.assign(counted.d1, emptyD1());
      Object.assign(counted.domainIndex, emptyKv());
      Object.assign(counted.idpCache, emptyKv());
      counted.shieldKeys.length = 0;
      Object.assign(counted.faults, noFaults());
    },
  };
  counted.env = {
    ...env,
    ...Object.fromEntries(
      Object.entries(env)
        .filter(([name]) => /^DB(_\d+)?$/.test(name))
        .map(([name, binding]) => {
          const to = { counted, measureRows: options.measureRows ?? false, place: Number(name.slice(3)) };
          return [name, wrapDatabase(binding as D1Database, to)];
        }),
    ),
    DOMAIN_INDEX: wrapKv(env.DOMAIN_INDEX, counted.domainIndex, counted),
    IDP_CACHE: wrapKv(env.IDP_CACHE, counted.idpCache, counted),
    SHIELD: wrapShield(env.SHIELD, counted),
  };
  return counted;
}

function emptyD1(): D1Counters {
  return { roundTrips: 0, statements: 0, rowsRead: 0, rowsWritten: 0, sql: [], places: [], sessions: [] };
}

function emptyKv(): KvCounters {
  return { gets: 0, puts: 0, deletes: 0, putBytes: 0 };
}

function noFaults(): Faults {
  return {
    d1: "ok",
    d1Places: undefined,
    d1Only: undefined,
    d1DelayMs: 1500,
    kv: "ok",
    kvGarbage: "<html>not ours</html>",
    shield: "ok",
  };
}

interface WrappedStatement extends D1PreparedStatement {
  readonly sql: string;
  readonly inner: D1PreparedStatement;
}

type Wrappable = Pick<D1Database, "prepare" | "batch">;

/** Where what a wrapper sees goes. */
interface Counting {
  counted: CountedEnv;
  measureRows: boolean;
  place: number;
}

function wrapDatabase(inner: D1Database, to: Counting): D1Database {
  return {
    ...wrapPreparing(inner, to),
    withSession(constraint?: string) {
      to.counted.d1.sessions.push(constraint);
      const session = inner.withSession(constraint);
      return { ...wrapPreparing(session, to), getBookmark: () => session.getBookmark() };
    },
    exec: (query: string) => roundTrip(to, [query], () => inner.exec(query)),
    dump: () => inner.dump(),
  } as unknown as D1Database;
}

function wrapPreparing(inner: Wrappable, to: Counting): Wrappable {
  return {
    prepare: (sql: string) => wrapStatement(inner.prepare(sql), sql, to),
    batch: <T>(statements: D1PreparedStatement[]) => {
      const wrapped = statements as WrappedStatement[];
      const sql = wrapped.map((s) => s.sql);
      return roundTrip(to, sql, async () => {
        const results = await inner.batch<T>(wrapped.map((s) => s.inner));
        for (const result of results) countMeta(to.counted, result.meta);
        return results;
      });
    },
  };
}

function wrapStatement(inner: D1PreparedStatement, sql: string, to: Counting): WrappedStatement {
  const { counted, measureRows } = to;
  const withMeta = <T>(send: () => Promise<D1Result<T>>) =>
    roundTrip(to, [sql], async () => {
      const result = await send();
      countMeta(counted, result.meta);
      return result;
    });
  const withoutMeta = <T>(send: () => Promise<T>) =>
    roundTrip(to, [sql], async () => {
      const result = await send();
      if (measureRows && /^\s*select\b/i.test(sql)) countMeta(counted, (await inner.all()).meta);
      return result;
    });
  return {
    sql,
    inner,
    bind: (...values: unknown[]) => wrapStatement(inner.bind(...values), sql, to),
    all: <T>() => withMeta(() => inner.all<T>()),
    run: <T>() => withMeta(() => inner.run<T>()),
    raw: (options?: { columnNames: true }) => withoutMeta(() => inner.raw(options as { columnNames: true })),
    first: (column?: string) => withoutMeta(() => (column === undefined ? inner.first() : inner.first(column))),
  } as unknown as WrappedStatement;
}

function roundTrip<T>(to: Counting, sql: string[], send: () => Promise<T>): Promise<T> {
  return counting(to.counted, () => faultyTrip(to, sql, send));
}

/** While it is under way, it counts as that. */
async function counting<T>(counted: CountedEnv, send: () => Promise<T>): Promise<T> {
  counted.underWay += 1;
  try {
    return await send();
  } finally {
    counted.underWay -= 1;
  }
}

async function faultyTrip<T>({ counted, place }: Counting, sql: string[], send: () => Promise<T>): Promise<T> {
  const { d1, faults } = counted;
  d1.roundTrips += 1;
  d1.statements += sql.length;
  d1.sql.push(sql);
  d1.places.push(place);
  const met = (faults.d1Places?.includes(place) ?? true) && (faults.d1Only === undefined || sql.some(faults.d1Only));
  const fault = met ? faults.d1 : "ok";
  if (fault === "hang") return await new Promise<never>(() => undefined);
  if (fault === "fail-before" || fault === "overloaded") throw new Error(D1_ERRORS[fault]);
  if (fault === "read-only" && sql.some((text) => !/^\s*(?:select|pragma)\b/i.test(text))) throw new Error(D1_ERRORS[fault]);
  if (fault === "slow") await new Promise((resolve) => setTimeout(resolve, faults.d1DelayMs));
  const result = await send();
  if (fault === "fail-after") throw new Error(D1_ERRORS[fault]);
  return result;
}

function countMeta(counted: CountedEnv, meta: { rows_read?: number; rows_written?: number }): void {
  counted.d1.rowsRead += meta.rows_read ?? 0;
  counted.d1.rowsWritten += meta.rows_written ?? 0;
}

function wrapKv(inner: KVNamespace, counters: KvCounters, counted: CountedEnv): KVNamespace {
  const { faults } = counted;
  const never = () => new Promise<never>(() => undefined);
  const read = (method: "get" | "getWithMetadata", key: unknown, options: unknown) => {
    counters.gets += 1;
    if (faults.kv === "throw") return Promise.reject(new Error("KV GET failed: 503 Service Unavailable"));
    if (faults.kv === "hang") return never();
    if (faults.kv === "garbage") return Promise.resolve().then(() => garbage(method, key, options, faults.kvGarbage));
    return (inner[method] as (key: unknown, options: unknown) => Promise<unknown>).call(inner, key, options);
  };
  const write = (send: () => Promise<void>) => {
    if (faults.kv === "throw" || faults.kv === "throw-on-put") {
      return Promise.reject(new Error("KV PUT failed: 429 Too Many Requests"));
    }
    if (faults.kv === "hang") return never();
    return faults.kv === "frozen" ? Promise.resolve() : send();
  };
  return {
    get: (key: unknown, options: unknown) => counting(counted, () => read("get", key, options)),
    getWithMetadata: (key: unknown, options: unknown) => counting(counted, () => read("getWithMetadata", key, options)),
    list: (options: KVNamespaceListOptions) => inner.list(options),
    put: (key: string, value: string | Uint8Array, options?: KVNamespacePutOptions) => {
      counters.puts += 1;
      counters.putBytes += typeof value === "string" ? new TextEncoder().encode(value).length : value.length;
      return counting(counted, () => write(() => inner.put(key, value, options)));
    },
    delete: (key: string) => {
      counters.deletes += 1;
      return counting(counted, () => write(() => inner.delete(key)));
    },
  } as unknown as KVNamespace;
}

function garbage(method: "get" | "getWithMetadata", key: unknown, options: unknown, text: string): unknown {
  const wantsJson = options === "json" || (options as { type?: string } | undefined)?.type === "json";
  const one = () => (wantsJson ? JSON.parse(text) : text);
  const shaped = () => (method === "getWithMetadata" ? { value: one(), metadata: null, cacheStatus: null } : one());
  return Array.isArray(key) ? new Map(key.map((k) => [k, shaped()])) : shaped();
}

function wrapShield(inner: RateLimit, counted: CountedEnv): RateLimit {
  return {
    async limit(options) {
      counted.shieldKeys.push(options.key);
      if (counted.faults.shield === "throw") throw new Error("rate limiter unavailable");
      return counted.faults.shield === "deny" ? { success: false } : await inner.limit(options);
    },
  };
}
