// Orgate as a deployment would have it and the floors beside it, in one workerd on one database and one namespace. Each has a
// socket of its own: nothing stands between the load and the Worker.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { D1Database } from "@cloudflare/workers-types";
import type { Log, Miniflare } from "miniflare";
import { unstable_splitSqlQuery } from "wrangler";
import type { BuiltWorker } from "../test/support/built-worker.ts";
import { OWN_TABLES } from "./floors/tables.ts";
import type { Stores } from "./stores.ts";
import { type BenchWorker, floorsWorker, orgateWorker, type Secrets, seederWorker, type Target } from "./workers.ts";

const ROOT = resolve(import.meta.dirname, "..");
const wrangler = createRequire(join(ROOT, "node_modules/wrangler/package.json"));

/** Where Linux keeps files in memory. */
const MEMORY = "/dev/shm";
/** Bytes: a million people take a sixth of it. */
const ROOM = 6 * 2 ** 30;
/** Values of one request to the seeder: a Worker may do a thousand such things for one. */
const PUT_AT_ONCE = 500;

export interface KvValue {
  key: string;
  value: string | Uint8Array;
  metadata?: unknown;
}

export interface Runtime {
  orgate: Target;
  floors: Target;
  database: D1Database;
  /** Puts values into the domain index. */
  putIndex(values: readonly KvValue[]): Promise<void>;
  /** Orgate and the floors. */
  workers: readonly BenchWorker[];
  /** Where they find what they keep. */
  stores: Stores;
  /** Ids of their process and, where it is another one, of that which has D1 and KV. */
  processes: { workerd: number; stores?: number };
  close(): Promise<void>;
}

/** Starts both on an empty database that has been migrated. */
export async function startRuntime(built: BuiltWorker, floors: string, secrets: Secrets): Promise<Runtime> {
  const { Miniflare: Runtime, convertV4MiniflareOptions, NoOpLog } = await wranglersMiniflare();
  const directory = mkdtempSync(join(dataFolder(), "orgate-bench-"));
  const forget = () => rmSync(directory, { recursive: true, force: true });
  process.once("exit", forget);
  const [orgate, bare] = [await freeTarget(), await freeTarget()];
  const workers = [orgateWorker(built, orgate, secrets), floorsWorker(floors, bare)];
  const stores = { d1: await freePorts(workers, "d1Databases"), kv: await freePorts(workers, "kvNamespaces") };
  const others = workerdChildren();
  const options = convertV4MiniflareOptions({
    resourcePersistencePath: directory,
    log: new NoOpLog() as Log,
    cf: false,
    workers: [...workers, seederWorker(stores)],
  });
  const runtime: Miniflare = new Runtime({ ...options, handleStructuredLogs: () => undefined });
  await runtime.ready;
  const [pid] = workerdChildren().filter((each) => !others.includes(each));
  const database = (await runtime.getD1Database("DB", "orgate")) as unknown as D1Database;
  await migrate(database);
  return {
    orgate,
    floors: bare,
    database,
    putIndex: (values) => putIndex(runtime, values),
    workers,
    stores,
    processes: { workerd: pid ?? 0 },
    async close() {
      await runtime.dispose();
      process.off("exit", forget);
      forget();
    },
  };
}

async function putIndex(runtime: Miniflare, values: readonly KvValue[]): Promise<void> {
  const seeder = await runtime.getWorker("seeder");
  const encoded = values.map(({ value, ...named }) => ({ ...named, base64: Buffer.from(value).toString("base64") }));
  for (let first = 0; first < encoded.length; first += PUT_AT_ONCE) {
    const body = JSON.stringify(encoded.slice(first, first + PUT_AT_ONCE));
    const answer = await seeder.fetch("http://seeder/", { method: "POST", body });
    if (!answer.ok) throw new Error(await answer.text());
  }
}

/**
 * Where the databases are kept. In memory where that is possible: how long a disk takes to be sure of what was written is no
 * property of Orgate, and on D1 it is not the Worker's time.
 */
export function dataFolder(): string {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= ROOM ? MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}

/** The one that wrangler brings along; it is no dependency of ours. */
export async function wranglersMiniflare(): Promise<typeof import("miniflare")> {
  return (await import(wrangler.resolve("miniflare"))) as typeof import("miniflare");
}

/** Path of the workerd that Miniflare starts. */
export function miniflaresWorkerd(): string {
  return (createRequire(wrangler.resolve("miniflare"))("workerd") as { default: string }).default;
}

async function migrate(database: D1Database): Promise<void> {
  const folder = join(ROOT, "migrations");
  for (const file of readdirSync(folder).sort()) {
    const statements = unstable_splitSqlQuery(readFileSync(join(folder, file), "utf8"));
    await database.batch(statements.map((statement) => database.prepare(statement)));
  }
  await database.batch(OWN_TABLES.map((statement) => database.prepare(statement)));
}

async function freeTarget(): Promise<Target> {
  const port = await freePort();
  return { port, authority: `localhost:${port}` };
}

/** A port for each of the ids. */
async function freePorts(workers: readonly BenchWorker[], kind: "d1Databases" | "kvNamespaces"): Promise<Record<string, number>> {
  const ids = new Set(workers.flatMap((worker) => Object.values(worker[kind])));
  return Object.fromEntries(await Promise.all([...ids].map(async (id) => [id, await freePort()])));
}

function freePort(): Promise<number> {
  return new Promise((found) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => found(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** The workerd processes that this one has started. */
function workerdChildren(): number[] {
  const numbers = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return numbers.map(Number).filter((pid) => {
    try {
      const [, command, parent] = /\((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
      return command === "workerd" && Number(parent) === process.pid;
    } catch {
      return false;
    }
  });
}
