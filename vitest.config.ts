// Two kinds of tests. `worker` runs inside workerd on real D1 and KV; `node` drives a running Orgate from outside, with
// real identity providers over loopback and a real browser.

import { builtinModules } from "node:module";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { SlowFirst } from "./test/support/slow-first.ts";

/** For two cores: a file waits for processes, pages and clocks a third of its time. Both projects share the workers. */
const WORKERS = 3;
/** Tests that look at Orgate from outside. */
const OUTSIDE = ["test/{flows,browser,bench}/**/*.test.ts"];

/** More databases, for the tests of placement. */
const PLACES = [1, 2, 3, 4, 5, 6, 7].map((place) => `PLACE_${place}`);

/**
 * Packages that keep nothing of a test: they are read and evaluated once for a runtime, not sent to it anew for every file.
 * Not drizzle nor the bundled oidc-provider: tests fail when these are kept.
 */
const KEPT = [
  ...["hono", "@hono", "zod", "@asteasolutions", "jose", "oauth4webapi", "tldts", "tldts-core", "rfc6902"],
  ...["fxa-common-password-list", "fast-check", "pure-rand"],
];
/** After Cloudflare's plugin, which has every package sent. */
const keepPackages = {
  name: "keep-packages",
  config({ test }: { test?: { server?: { deps?: { inline?: unknown; external?: RegExp[] } } } }) {
    const deps = test?.server?.deps;
    if (!deps) throw new Error("Cloudflare's plugin has set nothing");
    deps.inline = [new RegExp(`^(?!.*/node_modules/(?:${KEPT.join("|")})/)`)];
    deps.external = [/\/node_modules\//];
  },
};

const BUNDLED = {
  external: [/^node:/, /^cloudflare:/, ...builtinModules],
  resolve: { aliasFields: [["browser"]], mainFields: ["browser", "module", "main"] },
};

export default defineConfig(async () => ({
  test: {
    sequence: { sequencer: SlowFirst },
    projects: [
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              // For test/support/places.ts; under their own names, so that everything else has one database.
              d1Databases: Object.fromEntries(PLACES.map((name) => [name, name])),
              bindings: {
                TEST_MIGRATIONS: await readD1Migrations("./migrations"),
                BASE_URL: "http://localhost:8787",
                DEFAULT_PROJECT: "demo",
                ALLOW_INSECURE_ISSUERS: "false",
                ROOT_KEY: "test-root-key-0123456789abcdefghijklmnop",
                ENCRYPTION_KEYS: "t1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
              },
            },
          }),
          keepPackages,
        ],
        test: {
          name: "worker",
          // As wrangler bundles it: the `browser` halves of its packages, because the others make code from strings.
          deps: { optimizer: { ssr: { enabled: true, include: ["oidc-provider"], rolldownOptions: BUNDLED } } },
          include: ["test/*/**/*.test.{ts,tsx}"],
          exclude: OUTSIDE,
          setupFiles: ["./test/support/worker-setup.ts"],
          // A runtime for every file costs three seconds; worker-setup.ts gives every file an empty one instead.
          isolate: false,
          // A password hash costs a tenth of a second of CPU, and CI has two cores.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: WORKERS,
        },
      },
      {
        test: {
          name: "node",
          include: ["test/*.test.ts", ...OUTSIDE],
          globalSetup: ["./test/support/node-setup.ts"],
          // Loading wrangler, a browser's driver and an OpenID provider for every file costs four seconds each time.
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: WORKERS,
        },
      },
    ],
  },
}));
