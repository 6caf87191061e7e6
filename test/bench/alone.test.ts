// What the bench tells a workerd of its own that has the Workers and not what they keep.

import { expect, test } from "vitest";
import { configOf } from "../../bench/alone.ts";
import type { BenchWorker } from "../../bench/workers.ts";

const version = { compatibilityDate: "2026-11-17", compatibilityFlags: ["global_fetch_strictly_public"] };
const orgate: BenchWorker = {
  ...version,
  name: "orgate",
  modulesRoot: "/build",
  modules: [
    { type: "ESModule", path: "/build/index.js", contents: "one" },
    { type: "ESModule", path: "/build/chunks/a.js", contents: "two" },
  ],
  bindings: { BASE_URL: "http://localhost:1" },
  d1Databases: { DB: "bench" },
  kvNamespaces: { DOMAIN_INDEX: "index", IDP_CACHE: "idp" },
  ratelimits: { SHIELD: { namespace_id: "1", simple: { limit: 1, period: 60 } } },
  unsafeDirectSockets: [{ host: "127.0.0.1", port: 1 }],
};
const floors: BenchWorker = {
  ...version,
  name: "floors",
  modules: [{ type: "ESModule", path: "floors.js", contents: "three" }],
  bindings: {},
  d1Databases: { DB: "bench" },
  kvNamespaces: { KV: "index" },
  unsafeDirectSockets: [],
};

const { services = [], sockets } = configOf([orgate, floors], { d1: { bench: 11 }, kv: { index: 12, idp: 13 } });
const database = {
  name: "DB",
  wrapped: { moduleName: "cloudflare-internal:d1-api", innerBindings: [{ name: "fetcher", service: { name: "d1:bench" } }] },
};

test("the Workers are as in the other runtime, module by module and binding by binding", () => {
  expect(services.slice(0, 2)).toEqual([
    {
      name: "orgate",
      worker: {
        ...version,
        modules: [
          { name: "index.js", esModule: "one" },
          { name: "chunks/a.js", esModule: "two" },
        ],
        bindings: [
          { name: "BASE_URL", text: "http://localhost:1" },
          database,
          { name: "DOMAIN_INDEX", kvNamespace: { name: "kv:index" } },
          { name: "IDP_CACHE", kvNamespace: { name: "kv:idp" } },
        ],
      },
    },
    {
      name: "floors",
      worker: {
        ...version,
        modules: [{ name: "floors.js", esModule: "three" }],
        bindings: [database, { name: "KV", kvNamespace: { name: "kv:index" } }],
      },
    },
  ]);
});

test("what they keep is behind ports of the other runtime, and each has a socket of its own", () => {
  expect(services.slice(2)).toEqual([
    { name: "d1:bench", external: { address: "127.0.0.1:11", http: {} } },
    { name: "kv:index", external: { address: "127.0.0.1:12", http: {} } },
    { name: "kv:idp", external: { address: "127.0.0.1:13", http: {} } },
    { name: "internet", network: { allow: ["public", "private"] } },
  ]);
  expect(sockets).toEqual([
    { name: "orgate", address: "127.0.0.1:0", http: {}, service: { name: "orgate" } },
    { name: "floors", address: "127.0.0.1:0", http: {}, service: { name: "floors" } },
  ]);
});
