// The Workers of the benchmark as the local runtime is told about them.

import { join, resolve } from "node:path";
import { build } from "esbuild";
import type { V4WorkerOptions } from "miniflare";
import { unstable_readConfig } from "wrangler";
import type { BuiltWorker } from "../test/support/built-worker.ts";
import { PROJECT_ID, SLUG } from "./shape.ts";
import { PLUGIN, type Stores } from "./stores.ts";

const ROOT = resolve(import.meta.dirname, "..");
/** Puts values into KV from inside, because from outside each takes its way through a proxy. */
const SEEDER = `import { Buffer } from "node:buffer";
export default { async fetch(request, { KV }) {
  const values = await request.json();
  await Promise.all(values.map(({ key, base64, metadata }) => KV.put(key, Buffer.from(base64, "base64"), { metadata })));
  return new Response();
} }`;

export interface Target {
  /** `localhost:PORT`: what Host says, and what BASE_URL has. */
  authority: string;
  port: number;
}

export interface Secrets {
  ROOT_KEY: string;
  ENCRYPTION_KEYS: string;
}

/** A Worker in Miniflare's words, as far as they are needed; alone.ts says the same in workerd's own. */
export type BenchWorker = {
  name: string;
  compatibilityDate: string;
  compatibilityFlags: string[];
  modulesRoot?: string;
  modules: { type: "ESModule"; path: string; contents: string }[];
  bindings: Record<string, string>;
  /** Ids, by the names of the bindings. */
  d1Databases: Record<string, string>;
  kvNamespaces: Record<string, string>;
  ratelimits?: Record<string, { namespace_id: string; simple: { limit: number; period: 60 } }>;
  unsafeDirectSockets: { host: string; port: number }[];
};

/** Orgate as a deployment would have it, but for its address and that identity providers may be on loopback. */
export function orgateWorker(built: BuiltWorker, target: Target, secrets: Secrets): BenchWorker {
  const address = { BASE_URL: `http://${target.authority}`, DEFAULT_PROJECT: SLUG, ALLOW_INSECURE_ISSUERS: "true" };
  return {
    name: "orgate",
    ...version(),
    ...socket(target),
    modulesRoot: built.directory,
    modules: built.modules,
    bindings: { ...address, ...secrets },
    d1Databases: { DB: "bench" },
    kvNamespaces: { DOMAIN_INDEX: "index", IDP_CACHE: "idp" },
    ratelimits: { SHIELD: { namespace_id: "7001", simple: { limit: 100_000_000, period: 60 } } },
  };
}

/** The floors, on Orgate's database and namespace. @param script of `bundleFloors` */
export function floorsWorker(script: string, target: Target): BenchWorker {
  return {
    name: "floors",
    ...version(),
    ...socket(target),
    modules: [{ type: "ESModule", path: "floors.js", contents: script }],
    bindings: { PROJECT_ID },
    d1Databases: { DB: "bench" },
    kvNamespaces: { KV: "index" },
  };
}

/** @param stores what else is to be reached from outside */
export function seederWorker(stores: Stores): V4WorkerOptions {
  const plugin = { package: join(ROOT, "bench/stores.ts"), name: PLUGIN };
  return {
    name: "seeder",
    ...version(),
    modules: true,
    script: SEEDER,
    kvNamespaces: { KV: "index" },
    unsafeBindings: [{ name: "STORES", type: PLUGIN, plugin, options: { ...stores } }],
  };
}

/** The floors Worker, bundled and minified as wrangler would. */
export async function bundleFloors(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, "bench/floors/worker.ts")],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["node:*", "cloudflare:*"],
  });
  return outputFiles[0]?.text ?? "";
}

/** What wrangler.toml says, for the floors as well. */
function version() {
  const config = unstable_readConfig({ config: join(ROOT, "wrangler.toml") });
  return { compatibilityDate: config.compatibility_date ?? "", compatibilityFlags: config.compatibility_flags };
}

/** A socket that leads to the Worker and nowhere else. */
function socket({ port }: Target) {
  return { unsafeDirectSockets: [{ host: "127.0.0.1", port }] };
}
