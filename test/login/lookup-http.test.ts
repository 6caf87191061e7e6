// The lookup, the hosts, the shield and the health doors through the whole Worker.

import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { servicesFor } from "../../src/services.ts";
import { type CountedEnv, countingEnv } from "../support/counting.ts";
import { putConnection, putOrganization, putProject } from "../support/rows.ts";

const app = createApp();
const counted = countingEnv(env);
const BASE = "http://localhost:8787";
let sso: unknown;

beforeAll(async () => {
  const demo = await putProject({ slug: "demo", hostnames: ["login.acme.example"] });
  const acme = await putOrganization(demo.id, ["acme.example"]);
  const connection = await putConnection(demo.id, { organizationId: acme.id, label: "Acme SSO" });
  await putProject({ slug: "other" });
  await servicesFor(counted.env).domains.reconcile(demo.id, ["acme.example"]);
  sso = { sso: true, connections: [{ id: connection.id, label: "Acme SSO" }] };
});

async function get(url: string, headers: Record<string, string> = {}, on: CountedEnv = counted): Promise<Response> {
  const context = createExecutionContext();
  const answer = await app.fetch(new Request(url, { headers }), on.env, context);
  await waitOnExecutionContext(context);
  return answer;
}

const lookup = (identifier: string, host = BASE, headers?: Record<string, string>) =>
  get(`${host}/self-service/sso?identifier=${encodeURIComponent(identifier)}`, headers);

describe("GET /self-service/sso", () => {
  test("an organization's address leads to its connections, on every host of the project", async () => {
    for (const host of [BASE, "http://demo.localhost:8787", "https://login.acme.example"]) {
      const answer = await lookup("pat@acme.example", host);
      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual(sso);
    }
    expect(await (await lookup("pat@acme.example", "http://other.localhost:8787")).json()).toEqual({
      sso: false,
      connections: [],
    });
  });

  test("the answer is the same for every local part, and sets nothing (T92)", async () => {
    const answers = [];
    for (const local of ["pat", "nobody", "PAT+x", "ü"]) {
      const answer = await lookup(`${local}@acme.example`);
      const headers = Object.fromEntries([...answer.headers].filter(([name]) => name !== "x-request-id"));
      expect(headers["set-cookie"]).toBeUndefined();
      expect(headers["cache-control"]).toBe("no-store");
      answers.push({ status: answer.status, headers, body: await answer.text() });
    }
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  test.each(["", "p", "pat", "pat@", "pat@acme", "pat@acme.", "pat@@acme.example", "pat@1.2.3.4", "@acme.example", "\u0000"])(
    "a half-typed or impossible address %j has no SSO, and asks no store",
    async (identifier) => {
      await lookup("warm@acme.example");
      counted.reset();
      const answer = await lookup(identifier);
      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual({ sso: false, connections: [] });
      expect(counted.d1.roundTrips).toBe(0);
    },
  );

  test("without an identifier it says so", async () => {
    const answer = await get(`${BASE}/self-service/sso`);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ error: { code: 422, details: { identifier: { code: "required" } } } });
  });

  test("budget through the whole Worker: 1 (host) where KV has the domain, 0 where it has both, 0 isolate-warm", async () => {
    const costs: number[][] = [];
    const first = countingEnv(env);
    for (const [on, url] of [
      [first, `${BASE}/self-service/sso?identifier=a%40acme.example`],
      [first, `${BASE}/self-service/sso?identifier=b%40acme.example`],
      [countingEnv(env), `${BASE}/self-service/sso?identifier=c%40acme.example`],
    ] as const) {
      on.reset();
      expect(await (await get(url, {}, on)).json()).toEqual(sso);
      costs.push([on.d1.roundTrips, on.domainIndex.gets]);
    }
    expect(costs.slice(1)).toEqual([
      [0, 0],
      [0, 3],
    ]);
    expect(costs[0]?.[0]).toBeLessThanOrEqual(1);
  });

  test("F4: with D1 overloaded an unknown domain is 503 with Retry-After, not a password field", async () => {
    const broken = countingEnv(env);
    expect((await get(`${BASE}/self-service/sso?identifier=a%40acme.example`, {}, broken)).status).toBe(200);
    broken.faults.d1 = "overloaded";
    const answer = await get(`${BASE}/self-service/sso?identifier=a%40unseen.example`, {}, broken);
    expect(answer.status).toBe(503);
    expect(answer.headers.get("Retry-After")).toBe("5");
    expect(await answer.json()).not.toHaveProperty("sso");
  });
});

describe("hosts (T124)", () => {
  test.each([
    "http://evil.example",
    "http://nobody.localhost:8787",
    "http://a.demo.localhost:8787",
    "http://localhost.evil.example",
  ])("%s is nobody's", async (host) => {
    for (const path of [
      "/self-service/sso?identifier=a%40acme.example",
      "/login",
      "/sessions/whoami",
      "/sso/start?email=a%40acme.example",
    ]) {
      const answer = await get(`${host}${path}`, { "X-Forwarded-Host": "localhost:8787", Forwarded: "host=localhost:8787" });
      expect(answer.status, path).toBe(404);
      expect(await answer.json(), path).toMatchObject({ error: { id: "unknown_host", code: 404 } });
    }
  });

  test("X-Forwarded-Host does not move a request to another project", async () => {
    const answer = await lookup("pat@acme.example", "http://other.localhost:8787", { "X-Forwarded-Host": "localhost:8787" });
    expect(await answer.json()).toEqual({ sso: false, connections: [] });
  });

  test.each(["http://demo.localhost:8787", "http://console.localhost:8787", "https://login.acme.example", "http://evil.example"])(
    "the management API is not on %s",
    async (host) => {
      for (const path of ["/projects", "/projects/x/organizations"]) {
        const answer = await get(`${host}${path}`, { Authorization: `Bearer ${env.ROOT_KEY}` });
        expect(answer.status, path).toBe(404);
      }
      expect((await get(`${BASE}/projects`, { Authorization: `Bearer ${env.ROOT_KEY}` })).status).toBe(200);
    },
  );
});

describe("the shield (T95)", () => {
  const from = (address: string) => ({ "CF-Connecting-IP": address });

  test("spellings of one IPv6 address, and all of its /64, are one key; IPv4 inside IPv6 is IPv4", async () => {
    counted.reset();
    const addresses = [
      ["2001:db8:1:2::1", "2001:DB8:0001:0002:0:0:0:0001", "2001:db8:1:2:ffff:ffff:ffff:ffff"],
      ["203.0.113.7", "::ffff:203.0.113.7", "::ffff:cb00:7107"],
    ];
    const keys = [];
    for (const group of addresses) {
      for (const address of group) await lookup("a@acme.example", BASE, from(address));
      keys.push(new Set(counted.shieldKeys.splice(0)));
    }
    expect(keys.map((k) => k.size)).toEqual([1, 1]);
    expect(keys[0]).not.toEqual(keys[1]);
  });

  test("over the limit is 429 with Retry-After, for that network, host and kind alone", async () => {
    const limited = countingEnv(env);
    let refused: Response | undefined;
    // Twice the limit and more: the minute that is counted may end in between.
    for (let i = 0; i < 650 && !refused; i += 1) {
      const answer = await get(`${BASE}/self-service/sso?identifier=x`, from(`2001:db8:9:9::${i.toString(16)}`), limited);
      if (answer.status !== 200) refused = answer;
    }
    expect(refused?.status).toBe(429);
    expect(refused?.headers.get("Retry-After")).toBe("60");
    expect(await refused?.json()).toMatchObject({ error: { id: "rate_limited", code: 429 } });
    expect((await lookup("x", BASE, from("2001:db8:9:a::1"))).status).toBe(200);
    expect((await lookup("x", "http://other.localhost:8787", from("2001:db8:9:9::1"))).status).toBe(200);
    expect((await get(`${BASE}/sso/start`, from("2001:db8:9:9::1"))).status).not.toBe(429);
  });

  test("it fails open, and X-Forwarded-For does not move a caller to another key", async () => {
    const failing = countingEnv(env);
    failing.faults.shield = "throw";
    expect((await get(`${BASE}/self-service/sso?identifier=x`, from("203.0.113.9"), failing)).status).toBe(200);
    failing.faults.shield = "deny";
    const spoofed = { ...from("203.0.113.9"), "X-Forwarded-For": "198.51.100.1" };
    expect((await get(`${BASE}/self-service/sso?identifier=x`, spoofed, failing)).status).toBe(429);
    expect(new Set(failing.shieldKeys).size).toBe(1);
  });

  test("callers on loopback, and pages that are only looked at, are not counted", async () => {
    const denying = countingEnv(env);
    denying.faults.shield = "deny";
    for (const address of ["127.0.0.1", "::1"]) {
      expect((await get(`${BASE}/self-service/sso?identifier=x`, from(address), denying)).status).toBe(200);
    }
    expect((await get(`${BASE}/self-service/sso?identifier=x`, {}, denying)).status).toBe(200);
    await get(`${BASE}/sessions/whoami`, from("203.0.113.9"), denying);
    expect(denying.shieldKeys).toEqual([]);
  });
});

describe("health", () => {
  test("/healthz needs nothing, not even a configuration", async () => {
    const broken = countingEnv(env);
    broken.faults.d1 = "overloaded";
    const env2 = { ...broken.env, ROOT_KEY: "" } as Env;
    const answer = await app.request(`${BASE}/healthz`, {}, env2);
    expect([answer.status, await answer.json()]).toEqual([200, { status: "ok" }]);
    expect(answer.headers.get("X-Content-Type-Options")).toBe("nosniff");
  });

  test("/readyz is 200 when everything is there, in one round trip", async () => {
    const on = countingEnv(env);
    const answer = await get("http://10.0.0.1/readyz", {}, on);
    expect([answer.status, await answer.json()]).toEqual([200, { status: "ok" }]);
    expect(on.d1.roundTrips).toBe(1);
    expect(on.d1.sessions).toEqual([]);
  });

  test.each<[string, (on: CountedEnv) => Env]>([
    ["not_ready_configuration", (on) => ({ ...on.env, ROOT_KEY: "" }) as Env],
    ["not_ready_configuration", (on) => ({ ...on.env, ENCRYPTION_KEYS: "k1:short" }) as Env],
    [
      "not_ready_database",
      (on) => {
        on.faults.d1 = "overloaded";
        return on.env;
      },
    ],
  ])("%s is 503 with a fixed reason and nothing else (F15, F28)", async (id, breakIt) => {
    const answer = await app.request(`${BASE}/readyz`, {}, breakIt(countingEnv(env)));
    expect(answer.status).toBe(503);
    expect(answer.headers.get("Retry-After")).toBe("10");
    const body = await answer.text();
    expect(JSON.parse(body)).toMatchObject({ error: { id, code: 503 } });
    expect(body).not.toMatch(/D1|overloaded|ROOT_KEY|ENCRYPTION/);
  });
});
