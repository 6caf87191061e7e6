// `npm start` as a newcomer types it: it comes up, a person can sign in, a second one is told why not, and Ctrl-C leaves
// nothing behind.

import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { isPortFree } from "../../scripts/processes.ts";
import { createHttpBrowser } from "../support/cookie-jar.ts";
import { signIn } from "../support/demo.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const PORT = await freePorts();
const IDP_PORTS = idpPortsOf(PORT);
const BASE_URL = `http://localhost:${PORT}`;
const ROOT_KEY = "a-root-key-from-the-environment-of-this-test";
const data = mkdtempSync(join(tmpdir(), "orgate-start-"));
const started: RunningNpm[] = [];

afterAll(async () => {
  for (const npm of started) await npm.end("group", "SIGTERM");
  rmSync(data, { recursive: true, force: true });
});

test("it comes up with the demo in it, keeps it over a restart, and Ctrl-C leaves no process and no port", {
  timeout: 240_000,
}, async () => {
  const first = npmStart();
  const output = await first.until(new RegExp(`Ready on ${BASE_URL}`));
  expect(output).not.toContain(ROOT_KEY);
  const listing = await organizations();
  expect(listing.map((o) => o.label).sort()).toEqual(["Acme", "Globex"]);

  const browser = createHttpBrowser();
  const end = await signIn(browser, `${BASE_URL}/sso/start?email=ada@acme.example`, "ada@acme.example");
  expect(end.url.origin).toBe(BASE_URL);
  expect((await browser.fetch(`${BASE_URL}/sessions/whoami`)).status).toBe(200);

  const second = npmStart();
  await second.until(new RegExp(`Port ${PORT} is taken`));
  expect(await second.ended()).not.toBe(0);

  await first.until(/Ctrl-C/);
  await first.end("group", "SIGINT");
  await expectNothingLeft();

  const again = npmStart();
  await again.until(/Ctrl-C/);
  expect((await organizations()).map((o) => o.id)).toEqual(listing.map((o) => o.id));
  expect((await browser.fetch(`${BASE_URL}/sessions/whoami`)).status).toBe(200);
  await again.end("npm", "SIGTERM");
  await expectNothingLeft();
});

test("the secrets it makes are random and readable by their owner only", () => {
  expect(statSync(join(ROOT, ".dev.vars")).mode & 0o077).toBe(0);
  expect(readFileSync(join(ROOT, ".dev.vars"), "utf8")).toMatch(/^ROOT_KEY=\S{32,}$/m);
  expect(statSync(join(data, "demo.json")).mode & 0o077).toBe(0);
});

/** The identity providers' ports follow from Orgate's. */
function idpPortsOf(port: number): number[] {
  return [port + 214, port + 215];
}

/** A port that is free with those that follow from it, below the ones that the system gives out by itself. */
async function freePorts(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 30_000);
    const free = await Promise.all([port, ...idpPortsOf(port)].map((each) => isPortFree(each)));
    if (free.every(Boolean)) return port;
  }
}

async function organizations(): Promise<{ id: string; label: string }[]> {
  const headers = { authorization: `Bearer ${ROOT_KEY}` };
  const { projects } = (await (await fetch(`${BASE_URL}/projects`, { headers })).json()) as {
    projects: { id: string; slug: string }[];
  };
  const demo = projects.find((project) => project.slug === "demo");
  const answer = await fetch(`${BASE_URL}/projects/${demo?.id}/organizations`, { headers });
  return ((await answer.json()) as { organizations: { id: string; label: string }[] }).organizations;
}

/** npm itself ends before what it has passed the signal on to. */
async function expectNothingLeft(): Promise<void> {
  const left = async () => {
    const taken = [];
    for (const port of [PORT, ...IDP_PORTS]) if (!(await isPortFree(port))) taken.push(`port ${port}`);
    return [...taken, ...processesWith(data)];
  };
  await expect.poll(left, { timeout: 30_000, interval: 200 }).toEqual([]);
}

/** Command lines of this machine's processes that name a directory; Linux only, elsewhere the ports have to do. */
function processesWith(directory: string): string[] {
  const pids = readdirSync("/proc", { withFileTypes: true }).filter((entry) => /^\d+$/.test(entry.name));
  return pids
    .map(({ name }) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
      } catch {
        return "";
      }
    })
    .filter((line) => line.includes(directory));
}

interface RunningNpm {
  /** Everything said so far, once it says what is awaited. */
  until(pattern: RegExp): Promise<string>;
  ended(): Promise<number | null>;
  /** Signals npm alone, or all that a terminal's Ctrl-C reaches: npm's whole process group. */
  end(whom: "npm" | "group", signal: NodeJS.Signals): Promise<void>;
}

function npmStart(): RunningNpm {
  const npm = spawn("npm", ["start", "--", "--port", String(PORT), "--persist-to", data], {
    cwd: ROOT,
    env: { ...process.env, ROOT_KEY, CI: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  for (const stream of [npm.stdout, npm.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk));
  const exit = new Promise<number | null>((resolve) => npm.once("close", (code) => resolve(code)));
  const handle: RunningNpm = {
    async until(pattern) {
      const deadline = Date.now() + 120_000;
      while (!pattern.test(output)) {
        if (Date.now() > deadline || npm.exitCode !== null) {
          if (pattern.test(output)) break;
          throw new Error(`never said ${pattern}:\n${output}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return output;
    },
    ended: () => exit,
    async end(whom, signal) {
      if (npm.pid === undefined || npm.exitCode !== null || npm.signalCode !== null) return;
      process.kill(whom === "group" ? -npm.pid : npm.pid, signal);
      await Promise.race([exit, new Promise((resolve) => setTimeout(resolve, 20_000))]);
    },
  };
  started.push(handle);
  return handle;
}
