// `npm run move-project` as an operator runs it, against a Worker with two databases.

import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestHarness } from "wrangler";
import { QUIET_WRANGLER } from "../../scripts/processes.ts";
import { newSecrets } from "../../scripts/secrets.ts";
import { builtWorker } from "../support/built-worker.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const secrets = newSecrets();
let server: ReturnType<typeof createTestHarness>;
let baseUrl: string;

beforeAll(async () => {
  Object.assign(process.env, QUIET_WRANGLER);
  const built = builtWorker();
  const config = readFileSync(built.config, "utf8");
  const [migrations = ""] = /^migrations_dir = .*$/m.exec(config) ?? [];
  const configPath = join(built.directory, "wrangler-two.toml");
  writeFileSync(configPath, `${config}\n[[d1_databases]]\nbinding = "DB_1"\ndatabase_name = "orgate-1"\n${migrations}\n`);
  const worker = (url: string) => ({
    root: built.directory,
    workers: [{ configPath, prebuiltWorkerDir: built.directory, vars: { BASE_URL: url, DEFAULT_PROJECT: "demo" }, secrets }],
  });
  server = createTestHarness(worker("http://localhost:1"));
  const { port } = (await server.listen()).url;
  baseUrl = `http://localhost:${port}`;
  await server.update(worker(baseUrl));
  const handle = server.getWorker<Env & { DB_1: D1Database }>();
  await handle.applyD1Migrations("DB");
  await handle.applyD1Migrations("DB_1");
});

afterAll(() => server.close());

test("it moves a project, says how far it is, and knows when there is nothing to do", async () => {
  const { id } = await manage("POST", "/projects", { name: "Mover", slug: "mover", database: 0 });
  const organization = await manage("POST", `/projects/${id}/organizations`, { label: "Acme", domains: ["acme.example"] });
  const moved = await run("--project", id, "--to", "1");
  expect(moved.output).toMatch(/^announced: database 0 → 1.*\n(?:.*\n)*switched: .*\n(?:.*\n)*done: database 0 → 1/);
  expect([moved.code, moved.output.includes(secrets.ROOT_KEY)]).toEqual([0, false]);
  const read = await manage("GET", `/projects/${id}/organizations/${organization.id}`);
  expect(read.organization).toMatchObject({ label: "Acme", domains: ["acme.example"] });
  expect(await run("--project", id, "--to", "1")).toMatchObject({ code: 0, output: expect.stringMatching(/^done/) });
});

test("what cannot be done it says in a sentence, and does not try again", async () => {
  const { id } = await manage("POST", "/projects", { name: "Stays", slug: "stays" });
  expect(await run("--project", id, "--to", "2")).toMatchObject({
    code: 1,
    output: expect.stringContaining("422 validation_failed"),
  });
  expect(await run("--project", id, "--cancel")).toMatchObject({ code: 1, output: expect.stringContaining("404 not_found") });
  expect(await run("--project", id)).toMatchObject({ code: 2, output: expect.stringContaining("npm run move-project") });
});

// biome-ignore lint/suspicious/noExplicitAny: answers of several shapes
async function manage(method: string, path: string, body?: object): Promise<any> {
  const headers = { authorization: `Bearer ${secrets.ROOT_KEY}`, "content-type": "application/json" };
  const answer = await fetch(`${baseUrl}${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${text}`);
  return JSON.parse(text);
}

function run(...parameters: string[]): Promise<{ code: number | null; output: string }> {
  const script = spawn(process.execPath, [join(ROOT, "scripts/move-project.ts"), ...parameters, "--url", baseUrl], {
    env: { ...process.env, ROOT_KEY: secrets.ROOT_KEY },
  });
  let output = "";
  for (const stream of [script.stdout, script.stderr]) stream.on("data", (chunk) => (output += chunk));
  return new Promise((done) => script.on("close", (code) => done({ code, output })));
}
