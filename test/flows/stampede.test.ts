// Many requests for one thing at once, over as many connections, against the built Worker in its own runtime: an isolate
// asks KV, D1 and the IdP once, and nobody's request hangs on somebody else's.

import { Agent, type ClientRequest, request as httpRequest } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startSoakIdp } from "../../scripts/soak-idp.ts";
import { createHttpBrowser } from "../support/cookie-jar.ts";
import { type FencedOrgate, startFencedOrgate } from "../support/fenced-orgate.ts";

const MANY = 1000;
const FIRST_LOGINS = 50;
/** Milliseconds that a store or an IdP takes, so that everybody is there before the first one has its answer. */
const SLOW_D1 = 1500;
/** Less, because a busy machine has to do all of its work within the time limit of the one request to the IdP. */
const SLOW_IDP = 150;

/** The Worker's own time limit for it. */
const DISCOVERY_LIMIT_MS = 3000;

/**
 * The Worker's time limits are real ones: where a busy machine does not come round within them, once more. Every test has
 * things of its own to ask for, and what is wrong with the Worker is wrong again.
 */
const ONCE_MORE = { retry: 2 };

interface Answer {
  status: number;
  body: string;
  location: string | undefined;
}

interface Idp {
  issuer: string;
  /** Paths that were asked for, in order. */
  requests: string[];
  state: "slow" | "broken";
  /** Milliseconds. */
  slowness: number;
  authorize: Awaited<ReturnType<typeof startSoakIdp>>["authorize"];
  close(): Promise<void>;
}

let orgate: FencedOrgate;
let idp: Idp;
/** A connection for each request: one that is kept may be closed by the other side just when it is used again. */
const agent = new Agent({ keepAlive: false });

beforeAll(async () => {
  orgate = await startFencedOrgate(["public", "private"], { counted: true });
});
beforeEach(async () => {
  await idp?.close();
  idp = await startIdp();
  await orgate.counts();
});
afterAll(async () => {
  agent.destroy();
  await Promise.all([orgate?.close(), idp?.close()]);
});

describe("lookups", ONCE_MORE, () => {
  test("a thousand first lookups of one domain, and of its host: KV is asked once for each, D1 once for each", async () => {
    const connection = await createConnection();
    const host = await freshHost();
    await send(lookupOf("warm@host.example")); // the project's filter has been asked for
    await orgate.counts({ d1: "slow", d1DelayMs: SLOW_D1 });
    const answers = await volley(MANY, () => send(lookupOf(`pat@${connection.domain}`), { host }));
    expect(distinct(answers)).toEqual([200]);
    for (const { body } of answers) expect(JSON.parse(body).connections).toEqual([{ id: connection.id, label: "IdP" }]);
    const counts = await orgate.counts();
    expect([counts.domainIndex.gets, counts.d1.roundTrips, counts.domainIndex.puts]).toEqual([2, 2, 1]); // the host is written, the domain when it comes again
  });

  test("a thousand first lookups of one domain that nobody owns", async () => {
    await send(lookupOf("warm@host.example"));
    await orgate.counts({ d1: "slow", d1DelayMs: SLOW_D1 });
    const somebody = freshAddress();
    const answers = await volley(MANY, () => send(lookupOf(somebody)));
    expect(distinct(answers)).toEqual([200]);
    const counts = await orgate.counts();
    expect([counts.domainIndex.gets, counts.d1.roundTrips, counts.domainIndex.puts]).toEqual([1, 1, 0]);
  });

  test("D1 refuses: everybody who waited is told so, and the next one asks again", async () => {
    await orgate.counts({ d1: "fail-before" });
    const somebody = freshAddress();
    const answers = await volley(200, () => send(lookupOf(somebody)));
    expect(distinct(answers)).toEqual([503]);
    await orgate.counts();
    expect((await send(lookupOf(somebody))).status).toBe(200);
    expect((await orgate.counts()).d1.roundTrips).toBe(1);
  });

  test("whoever asked first goes away: the others get what was asked for", async () => {
    await send(lookupOf("warm@host.example"));
    await orgate.counts({ d1: "slow", d1DelayMs: SLOW_D1 });
    const somebody = freshAddress();
    const first = open(lookupOf(somebody));
    await pause(300);
    const others = volley(200, () => send(lookupOf(somebody)));
    await pause(200);
    abandon(first);
    expect(distinct(await others)).toEqual([200]);
    const counts = await orgate.counts();
    expect([counts.domainIndex.gets, counts.d1.roundTrips]).toEqual([1, 1]);
  });
});

describe("the project of a host", ONCE_MORE, () => {
  test("a thousand whoami while the isolate does not know the host: the host is read once", async () => {
    const host = await freshHost();
    await orgate.counts({ d1: "slow", d1DelayMs: SLOW_D1 });
    const answers = await volley(MANY, () => send("/sessions/whoami", { host, accept: "application/json" }));
    expect(distinct(answers)).toEqual([401]);
    expect((await orgate.counts()).d1.roundTrips).toBe(1);
  });
});

describe("logins through one connection", ONCE_MORE, () => {
  test("a thousand starts: discovery is fetched once, KV asked once; D1 is asked by each, for the decision", async () => {
    const { id } = await createConnection();
    await send(lookupOf("warm@host.example"));
    await orgate.counts();
    const began = Date.now();
    const answers = await volley(MANY, () => send(startOf(id)));
    const elapsed = Date.now() - began;
    const { idpCache, d1 } = await orgate.counts();
    // One attempt. Only where the machine was too busy to make it in time is there another, after the limit of the one before.
    const attempts = idpCache.gets;
    expect(attempts - 1).toBeLessThanOrEqual(elapsed / DISCOVERY_LIMIT_MS);
    expect(idp.requests.length).toBeLessThanOrEqual(attempts);
    expect(distinct(answers).filter((status) => status !== 303)).toEqual(attempts === 1 ? [] : [502]);
    expect(idpCache.puts).toBe(1);
    const locations = answers.flatMap(({ location }) => location ?? []);
    expect(new Set(locations).size).toBe(answers.filter(({ status }) => status === 303).length);
    // Each reads the connection it starts through; a refusal is recorded once.
    expect(d1.roundTrips).toBeLessThanOrEqual(MANY + 1 + attempts);
  });

  test("fifty first logins: keys are fetched once, and a token for each", async () => {
    const { id, domain } = await createConnection();
    const people = await Promise.all(
      Array.from({ length: FIRST_LOGINS }, async (_, i) => {
        const browser = createHttpBrowser();
        const { location } = await browser.step(`${orgate.baseUrl}${startOf(id)}`);
        return { browser, callback: idp.authorize(location as URL, { sub: `s${i}`, email: `p${i}@${domain}` }) };
      }),
    );
    const ends = await Promise.all(people.map(({ browser, callback }) => browser.step(callback)));
    expect([...new Set(ends.map(({ status }) => status))]).toEqual([303]);
    const asked = (path: string) => idp.requests.filter((request) => request === path).length;
    expect([asked("/.well-known/openid-configuration"), asked("/jwks"), asked("/token")]).toEqual([1, 1, FIRST_LOGINS]);
  });

  test("an IdP that is down: a thousand starts are a handful of attempts, and the next thousand none", async () => {
    const { id } = await createConnection();
    idp.state = "broken";
    for (let round = 0; round < 2; round += 1) {
      const answers = await volley(MANY, () => send(startOf(id)));
      expect(distinct(answers)).toEqual([502]);
    }
    expect(idp.requests.length).toBeLessThanOrEqual(5);
  });

  test("whoever started first goes away: discovery is still fetched once, and the others go on", async () => {
    const { id } = await createConnection();
    idp.slowness = 1000;
    const first = open(startOf(id));
    await until(() => idp.requests.length > 0);
    const others = volley(100, () => send(startOf(id)));
    await pause(100);
    abandon(first);
    expect(distinct(await others)).toEqual([303]);
    expect(idp.requests).toEqual(["/.well-known/openid-configuration"]);
  });
});

const lookupOf = (address: string) => `/self-service/sso?identifier=${encodeURIComponent(address)}`;
const startOf = (connectionId: string) => `/sso/start?connection=${connectionId}`;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const until = async (condition: () => boolean) => {
  while (!condition()) await pause(10);
};
const distinct = (answers: Answer[]) => [...new Set(answers.map(({ status }) => status))];

/** In small portions, because this process also answers for the IdP. */
async function volley(n: number, one: () => Promise<Answer>): Promise<Answer[]> {
  const answers: Promise<Answer>[] = [];
  for (let sent = 0; sent < n; sent += 1) {
    answers.push(one());
    if (sent % 20 === 19) await new Promise((resolve) => setImmediate(resolve));
  }
  return await Promise.all(answers);
}

let serial = 0;

/** An organization with a domain and a connection to the IdP, which no KV knows of. */
async function createConnection(): Promise<{ id: string; domain: string }> {
  serial += 1;
  const domain = `d${serial}.example`;
  await orgate.counts({ kv: "frozen" });
  const at = `/projects/${orgate.projectId}`;
  const organization = await create(`${at}/organizations`, { label: "Acme", domains: [domain] });
  const connection = await create(`${at}/connections`, {
    organization_id: organization,
    provider: "generic",
    label: "IdP",
    issuer_url: idp.issuer,
    client_id: "client-1",
    client_secret: "secret-of-the-stampede",
    scope: ["openid", "email"],
    id_token_signed_response_alg: "ES256",
  });
  await orgate.counts();
  idp.requests.length = 0;
  return { id: connection, domain };
}

/** An address of a domain that nobody owns or has asked for. */
function freshAddress(): string {
  serial += 1;
  return `pat@d${serial}.example`;
}

/** A host name of the project that nobody has asked for. */
async function freshHost(): Promise<string> {
  serial += 1;
  const hostname = `h${serial}.example`;
  const answer = await orgate.manage("PATCH", `/projects/${orgate.projectId}`, { hostnames: [hostname] });
  if (!answer.ok) throw new Error(await answer.text());
  return hostname;
}

async function create(path: string, body: unknown): Promise<string> {
  const answer = await orgate.manage("POST", path, body);
  if (answer.status !== 201) throw new Error(await answer.text());
  return ((await answer.json()) as { id: string }).id;
}

/** A request that is on its way. */
function open(path: string, headers: Record<string, string> = {}): ClientRequest {
  const url = new URL(path, orgate.baseUrl);
  const sent = httpRequest(
    { agent, host: "127.0.0.1", port: url.port, path, headers: { host: url.host, accept: "text/html", ...headers } },
    undefined,
  );
  sent.on("error", () => undefined);
  sent.end();
  return sent;
}

/** As when somebody goes away: workerd notices a reset, and cancels what the request has begun. */
function abandon(request: ClientRequest): void {
  request.socket?.resetAndDestroy();
}

function send(path: string, headers?: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = open(path, headers);
    sent.on("error", reject);
    sent.on("response", (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body, location: response.headers.location }));
      response.on("error", reject);
    });
  });
}

async function startIdp(): Promise<Idp> {
  const started: Pick<Idp, "requests" | "state" | "slowness"> = { requests: [], state: "slow", slowness: SLOW_IDP };
  const server = await startSoakIdp(async (path) => {
    started.requests.push(path);
    if (started.state === "broken") throw new Error("the connection breaks");
    await pause(path === "/token" ? 0 : started.slowness);
  });
  return Object.assign(started, server);
}
