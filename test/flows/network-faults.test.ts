// A running Orgate, and identity providers whose network misbehaves: every login ends in bounded time, with bounded
// memory, with a named reason for the operator and one calm page for the person, and nothing of it sticks.

import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHttpBrowser, type Step } from "../support/cookie-jar.ts";
import { referenceOf, SESSION_COOKIE } from "../support/demo.ts";
import { CANARY, type FaultyServer, NETWORK_FAULTS, PLACES, type Place, startFaultyServer } from "../support/faulty-server.ts";
import { type FencedOrgate, startFencedOrgate } from "../support/fenced-orgate.ts";

/**
 * Milliseconds that a busy machine may add. What is shown here is that something without end ends; that the limits are kept
 * to the second is shown where nothing else runs (test/unit/net-guarded-fetch.test.ts, test/conformance).
 */
const SLACK_MS = 15_000;
/** Faults that are met only by a time limit. */
const SILENT = ["never-answers", "headers-without-end", "slow-drip", "silence-after-200"];
const LIMIT_MS: Record<Place, number> = { discovery: 3_000, token: 5_000, jwks: 3_000 };
const UNREACHABLE: Record<Place, string> = {
  discovery: "discovery_unreachable",
  token: "token_endpoint_unreachable",
  jwks: "jwks_unreachable",
};
/** The server answered, so it is not out of reach: it is wrong. */
const ANSWERED = /^(endless|10-mb|gzip-bomb|redirect-\d+)$/;

interface Ended {
  page: Step;
  tookMs: number;
  hasSession: boolean;
}

let orgate: FencedOrgate;
let server: FaultyServer;
const ended = new Map<string, Ended>();

beforeAll(async () => {
  [orgate, server] = await Promise.all([startFencedOrgate(["public", "private"]), startFaultyServer()]);
  const tryAt = async (fault: string, place: Place) => ended.set(`${fault} ${place}`, await login(fault, place));
  // The silent ones wait for each other's time limits, not for their sum. The others keep this process busy: one by one.
  await Promise.all(PLACES.flatMap((place) => SILENT.map((fault) => tryAt(fault, place))));
  for (const fault of Object.keys(NETWORK_FAULTS).filter((name) => !SILENT.includes(name))) {
    for (const place of PLACES) await tryAt(fault, place);
  }
});
afterAll(async () => {
  await Promise.all([orgate?.close(), server?.close()]);
});

async function createConnection(fault: string, place: Place): Promise<string> {
  const created = await orgate.manage("POST", `/projects/${orgate.projectId}/connections`, {
    provider: "generic",
    label: `${fault} at ${place}`,
    issuer_url: server.issuer(fault, place),
    client_id: "client-1",
    client_secret: "secret-of-the-faulty",
    scope: ["openid", "email"],
  });
  if (created.status !== 201) throw new Error(await created.text());
  return ((await created.json()) as { id: string }).id;
}

/** Start, and when that works, at once the callback: the person's part at the IdP is of no interest here. */
async function login(fault: string, place: Place): Promise<Ended> {
  const browser = createHttpBrowser();
  const link = `${orgate.baseUrl}/sso/start?connection=${await createConnection(fault, place)}`;
  let began = Date.now();
  let page = await browser.step(link);
  if (page.location) {
    const { searchParams } = page.location;
    const callback = new URL(searchParams.get("redirect_uri") ?? "");
    callback.searchParams.set("code", "code-1");
    callback.searchParams.set("state", searchParams.get("state") ?? "");
    began = Date.now();
    page = await browser.step(callback);
  }
  const tookMs = Date.now() - began;
  return { page, tookMs, hasSession: (await browser.cookie(orgate.baseUrl, SESSION_COOKIE)) !== undefined };
}

const ID: Record<Place, string> = { discovery: "T69, T70, F17", token: "T69, T70, F21, T38", jwks: "T69, T70, T29, F19" };
const ROWS = PLACES.flatMap((place) =>
  Object.keys(NETWORK_FAULTS).map((fault): [id: string, place: Place, fault: string] => [
    fault.startsWith("redirect") ? `T68, ${ID[place]}` : ID[place],
    place,
    fault,
  ]),
);

describe("a login ends, in time and with a reason", () => {
  test.each(ROWS)("%s: %s: %s", async (_id, place, fault) => {
    const login = ended.get(`${fault} ${place}`);
    if (!login) throw new Error("it never ended");
    const { page, tookMs, hasSession } = login;
    expect(page.status).toBe(502);
    expect(tookMs).toBeLessThan(LIMIT_MS[place] + SLACK_MS);
    expect(hasSession).toBe(false);
    expect(page.body).not.toContain(CANARY);
    const reason = place === "token" && ANSWERED.test(fault) ? "token_response_invalid" : UNREACHABLE[place];
    expect(await eventOf(referenceOf(page))).toMatchObject({ type: "login.refused", reason });
  });
});

test("T68: no redirect was followed", () => {
  expect(server.requests).not.toContain("/redirected");
});

test("F21: a code was sent once, whatever became of it", () => {
  for (const fault of Object.keys(NETWORK_FAULTS)) {
    expect(server.requests.filter((path) => path === `/${fault}/token/token`)).toHaveLength(1);
  }
});

test("T71: pages of one place read alike, whatever the network did", () => {
  const texts = new Set(
    [...ended]
      .filter(([name]) => name.endsWith("discovery"))
      .map(([, { page }]) => page.body.replace(/<code>[0-9A-Z]{5}-[0-9A-Z]{5}<\/code>/, "")),
  );
  expect(texts.size).toBe(1);
});

test("T75: after five connections in a row that broke the IdP is not asked, and the operator is told why", async () => {
  const link = `${orgate.baseUrl}/sso/start?connection=${await createConnection("reset", "discovery")}`;
  const asked = () => server.requests.filter((path) => path.startsWith("/reset/discovery/")).length;
  const open = () => createHttpBrowser().step(link);
  for (let i = 0; i < 5; i++) expect((await open()).status).toBe(502);
  const before = asked();
  const pages = [await open(), await open(), await open()];
  expect(pages.map(({ status }) => status)).toEqual([502, 502, 502]);
  expect(asked()).toBe(before);
  expect(await eventOf(referenceOf(pages[0] as Step))).toMatchObject({ reason: "idp_unavailable" });
});

test("T69, T70: 200 huge, endless and compressed bodies leave the memory flat", { timeout: 120_000 }, async () => {
  const pid = workerdOf(process.pid);
  const links = await Promise.all(
    ["endless", "10-mb", "gzip-bomb"].map(
      async (fault) => `${orgate.baseUrl}/sso/start?connection=${await createConnection(fault, "discovery")}`,
    ),
  );
  const round = async (count: number) => {
    for (let i = 0; i < count; i += 4) {
      const four = Array.from({ length: 4 }, (_, j) => createHttpBrowser().step(links[(i + j) % links.length] ?? ""));
      for (const { status } of await Promise.all(four)) expect(status).toBe(502);
    }
  };
  await round(40);
  const before = residentKiB(pid);
  await round(160);
  // Of 160 bodies of 10 MB and more, kept, this would be more than a gigabyte.
  expect(residentKiB(pid) - before).toBeLessThan(96 * 1024);
});

test("T101: nothing of it stands in the log", () => {
  for (const secret of [CANARY, "secret-of-the-faulty", "code-1", "access-1"]) expect(orgate.output()).not.toContain(secret);
});

async function eventOf(reference: string | undefined): Promise<unknown> {
  const answer = await orgate.manage("GET", `/projects/${orgate.projectId}/events?reference=${reference}`);
  const { events } = (await answer.json()) as { events: unknown[] };
  return events[0];
}

/** The runtime that this process started: the largest of them, since helpers are small. */
function workerdOf(parent: number): number {
  const children = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      const stat = /\((.*)\) \S (\d+)/.exec(readOrNothing(`/proc/${name}/stat`));
      return stat?.[1] === "workerd" && Number(stat[2]) === parent;
    })
    .map(Number);
  const [largest] = children.sort((a, b) => residentKiB(b) - residentKiB(a));
  if (largest === undefined) throw new Error("no workerd among this process's children");
  return largest;
}

function residentKiB(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readOrNothing(`/proc/${pid}/status`))?.[1] ?? 0);
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
