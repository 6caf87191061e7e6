// The built Worker in the runtime alone, with the runtime's own network and a fence around it: `["public"]` is what
// Cloudflare gives and what a self-hosted workerd must be given; `["public", "private"]` also reaches loopback. The other
// harness (harness.ts) sends what the Worker sends through Node's fetch, which follows redirects and hides resets.

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import type { Miniflare } from "miniflare";
import { unstable_splitSqlQuery } from "wrangler";
import { newSecrets } from "../../scripts/secrets.ts";
import { type BuiltWorker, builtWorker } from "./built-worker.ts";
import type { Counts } from "./counted-worker.ts";
import type { Faults } from "./counting.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const RUNTIME = { compatibilityDate: "2026-11-17", compatibilityFlags: ["global_fetch_strictly_public"] };

export interface FencedOrgate {
  baseUrl: string;
  projectId: string;
  manage(method: string, path: string, body?: unknown): Promise<Response>;
  /** Fetches from inside the runtime without the Worker's guard: "answered 200", or "threw". */
  probe(url: string): Promise<string>;
  /** Sets faults and returns what was counted since the last call. Only where it is counted. */
  counts(faults?: Partial<Faults>): Promise<Counts>;
  /** What the runtime and the Worker have written. */
  output(): string;
  close(): Promise<void>;
}

export interface FencedOptions {
  /** What the Worker asks of D1 and KV is counted (test/support/counted-worker.ts). */
  counted?: boolean;
}

/** Starts it on an empty database with one project, `demo`; issuers on loopback are allowed by the guard. */
export async function startFencedOrgate(
  allow: ("public" | "private")[],
  { counted = false }: FencedOptions = {},
): Promise<FencedOrgate> {
  const { Miniflare: Runtime, convertV4MiniflareOptions } = await wranglersMiniflare();
  const built = builtWorker();
  const secrets = newSecrets();
  const port = await freePort();
  const baseUrl = `http://localhost:${port}`;
  const lines: string[] = [];
  const options = convertV4MiniflareOptions({
    port,
    workers: [
      {
        name: "orgate",
        ...RUNTIME,
        modulesRoot: built.directory,
        modules: counted ? [await countingEntry(built.directory), ...built.modules] : built.modules,
        bindings: { BASE_URL: baseUrl, DEFAULT_PROJECT: "demo", ALLOW_INSECURE_ISSUERS: "true", ...secrets },
        d1Databases: ["DB"],
        kvNamespaces: ["DOMAIN_INDEX", "IDP_CACHE"],
        ratelimits: { SHIELD: { namespace_id: "7001", simple: { limit: 100_000, period: 60 } } },
      },
      { name: "probe", ...RUNTIME, modules: true, script: PROBE },
      { name: "fence", ...RUNTIME, modules: true, script: FENCE },
    ],
  });
  const [orgate, probe, fence] = options.workers;
  for (const worker of [orgate, probe]) {
    if (worker) worker.dev = { ...worker.dev, outboundService: { type: "worker", worker: "fence" } };
  }
  if (fence) fence.config.env = { NETWORK: { type: "network", allow } };
  const runtime = new Runtime({
    ...options,
    handleStructuredLogs: ({ message }) => void lines.push(message),
  });
  await runtime.ready;
  await migrate(runtime);

  const manage: FencedOrgate["manage"] = (method, path, body) =>
    fetch(`${baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${secrets.ROOT_KEY}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const created = await manage("POST", "/projects", { name: "Demo", slug: "demo" });
  if (created.status !== 201) throw new Error(await created.text());
  const { id: projectId } = (await created.json()) as { id: string };
  const prober = await runtime.getWorker("probe");
  return {
    baseUrl,
    projectId,
    manage,
    probe: async (url) => await (await prober.fetch("http://probe/", { method: "POST", body: url })).text(),
    async counts(faults = {}) {
      const answer = await fetch(`${baseUrl}/__counted`, { method: "POST", body: JSON.stringify(faults) });
      if (!answer.ok) throw new Error("this Orgate was not started to be counted");
      return (await answer.json()) as Counts;
    },
    output: () => lines.join("\n"),
    close: () => runtime.dispose(),
  };
}

const PROBE = `export default { async fetch(request) {
  try { return new Response("answered " + (await fetch(await request.text(), { redirect: "manual" })).status); }
  catch { return new Response("threw"); }
} }`;

const FENCE = "export default { fetch: (request, env) => env.NETWORK.fetch(request) }";

/** The module in front of the built Worker, as one file beside it. */
async function countingEntry(directory: string): Promise<BuiltWorker["modules"][number]> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "counted-worker.ts")],
    plugins: [
      {
        name: "the built Worker",
        setup: ({ onResolve }) => onResolve({ filter: /src\/index\.ts$/ }, () => ({ path: "./index.js", external: true })),
      },
    ],
    bundle: true,
    format: "esm",
    write: false,
  });
  return { type: "ESModule", path: join(directory, "counted.js"), contents: outputFiles[0]?.text ?? "" };
}

/** The one that wrangler brings along; it is no dependency of ours. */
async function wranglersMiniflare(): Promise<typeof import("miniflare")> {
  const wrangler = createRequire(join(ROOT, "node_modules/wrangler/package.json"));
  return (await import(wrangler.resolve("miniflare"))) as typeof import("miniflare");
}

async function migrate(runtime: Miniflare): Promise<void> {
  const database = await runtime.getD1Database("DB", "orgate");
  const folder = join(ROOT, "migrations");
  for (const file of readdirSync(folder).sort()) {
    const statements = unstable_splitSqlQuery(readFileSync(join(folder, file), "utf8"));
    await database.batch(statements.map((statement) => database.prepare(statement)));
  }
}

function freePort(): Promise<number> {
  return new Promise((found) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => found(typeof address === "object" && address ? address.port : 0));
    });
  });
}
