// A whole Orgate for tests that look at it from outside: the real Worker on an empty D1, listening on a port of its own,
// with two real identity providers beside it and the demo's data in it.

import type { D1Database } from "@cloudflare/workers-types";
import { createTestHarness } from "wrangler";
import { type DemoIdp, startDemoIdp } from "../../scripts/demo-idp.ts";
import { type Demo, seedDemo } from "../../scripts/demo-seed.ts";
import { ensureOperator } from "../../scripts/operator.ts";
import { QUIET_WRANGLER } from "../../scripts/processes.ts";
import { type DemoCredentials, newDemoCredentials, newSecrets } from "../../scripts/secrets.ts";
import { builtWorker } from "./built-worker.ts";

export interface TestOrgate {
  /** `http://localhost:PORT`. */
  baseUrl: string;
  rootKey: string;
  credentials: DemoCredentials;
  idps: readonly [DemoIdp, DemoIdp];
  demo: Demo;
  /** The Worker's own database. */
  database: D1Database;
  /** A management request with the root key. */
  manage(method: string, path: string, body?: unknown): Promise<Response>;
  /** Everything the Worker has written to its console. */
  logs(): string;
  close(): Promise<void>;
}

/** Starts everything; call `close` when done. */
export async function startTestOrgate(): Promise<TestOrgate> {
  Object.assign(process.env, QUIET_WRANGLER);
  const built = builtWorker();
  const secrets = newSecrets();
  const worker = (baseUrl: string) => ({
    root: built.directory,
    workers: [
      {
        configPath: built.config,
        prebuiltWorkerDir: built.directory,
        vars: { BASE_URL: baseUrl, DEFAULT_PROJECT: "demo", ALLOW_INSECURE_ISSUERS: "true" },
        secrets,
      },
    ],
  });
  const server = createTestHarness(worker("http://localhost:1"));
  // The port is known only when it listens; an update keeps it.
  const { port } = (await server.listen()).url;
  const baseUrl = `http://localhost:${port}`;
  await server.update(worker(baseUrl));
  const handle = server.getWorker<Env>();
  await handle.applyD1Migrations("DB");
  const database = (await handle.getEnv()).DB;
  const credentials = newDemoCredentials();
  await ensureOperator(database, credentials.operatorPassword);
  const idps = [
    await startDemoIdp({ name: "Northwind ID", port: 0 }),
    await startDemoIdp({ name: "Lighthouse ID", port: 0 }),
  ] as const;
  const demo = await seedDemo({ baseUrl, rootKey: secrets.ROOT_KEY, idps, ...credentials });
  return {
    baseUrl,
    rootKey: secrets.ROOT_KEY,
    credentials,
    idps,
    demo,
    database,
    manage: (method, path, body) =>
      fetch(`${baseUrl}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${secrets.ROOT_KEY}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    logs: () =>
      server
        .getLogs()
        .map((line) => line.message)
        .join("\n"),
    async close() {
      await Promise.all([server.close(), ...idps.map((idp) => idp.close())]);
    },
  };
}
