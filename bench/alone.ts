// Orgate and the floors in a workerd that has nothing else in it: D1 and KV are those of another one. On Cloudflare they are
// elsewhere too, and it is the Worker's CPU that is billed and limited.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { relative } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Config, Service, ServiceDesignator, Worker_Binding } from "miniflare";
import { miniflaresWorkerd, type Runtime, wranglersMiniflare } from "./runtime.ts";
import type { Stores } from "./stores.ts";
import type { BenchWorker } from "./workers.ts";

/** Starts the Workers of a runtime a second time. They are asked under the same names as there, at ports of their own. */
export async function startAlone(first: Runtime): Promise<Runtime> {
  const { serializeConfig } = await wranglersMiniflare();
  const child = spawn(miniflaresWorkerd(), ["serve", "--binary", "--experimental", "--control-fd=3", "-"], {
    stdio: ["pipe", "ignore", "inherit", "pipe"],
  });
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  child.stdin?.end(serializeConfig(configOf(first.workers, first.stores)));
  const ports = await portsOf(child, first.workers);
  return {
    ...first,
    orgate: { ...first.orgate, port: ports.get("orgate") ?? 0 },
    floors: { ...first.floors, port: ports.get("floors") ?? 0 },
    processes: { workerd: child.pid ?? 0, stores: first.processes.workerd },
    async close() {
      process.off("exit", end);
      end();
      await once(child, "exit");
    },
  };
}

/** What Miniflare would tell workerd, but that the stores are servers. Without the rate limiter, which the load does not meet. */
export function configOf(workers: readonly BenchWorker[], stores: Stores): Config {
  return {
    services: [
      ...workers.map(serviceOf),
      ...serversOf("d1", stores),
      ...serversOf("kv", stores),
      // The identity provider is on loopback.
      { name: "internet", network: { allow: ["public", "private"] } },
    ],
    sockets: workers.map(({ name }) => ({ name, address: "127.0.0.1:0", http: {}, service: { name } })),
  };
}

function serviceOf({ name, compatibilityDate, compatibilityFlags, modulesRoot = "", ...worker }: BenchWorker): Service {
  const modules = worker.modules.map(({ path, contents }) => ({ name: relative(modulesRoot, path), esModule: contents }));
  const bindings: Worker_Binding[] = [
    ...Object.entries(worker.bindings).map(([binding, text]) => ({ name: binding, text })),
    ...Object.entries(worker.d1Databases).map(([binding, id]) => ({ name: binding, wrapped: d1Client({ name: `d1:${id}` }) })),
    ...Object.entries(worker.kvNamespaces).map(([binding, id]) => ({ name: binding, kvNamespace: { name: `kv:${id}` } })),
  ];
  return { name, worker: { compatibilityDate, compatibilityFlags, modules, bindings } };
}

function d1Client(service: ServiceDesignator) {
  return { moduleName: "cloudflare-internal:d1-api", innerBindings: [{ name: "fetcher", service }] };
}

function serversOf(kind: keyof Stores, stores: Stores): Service[] {
  return Object.entries(stores[kind]).map(([id, port]) => ({
    name: `${kind}:${id}`,
    external: { address: `127.0.0.1:${port}`, http: {} },
  }));
}

/** workerd tells where each socket listens. @throws {Error} when it ends before it has told all */
async function portsOf(child: ChildProcess, workers: readonly BenchWorker[]): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  for await (const line of createInterface({ input: child.stdio[3] as Readable })) {
    const { socket, port } = JSON.parse(line) as { socket: string; port: number };
    ports.set(socket, port);
    if (ports.size === workers.length) return ports;
  }
  throw new Error("the Workers alone did not start");
}
