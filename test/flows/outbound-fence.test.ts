// T66, T67: the second fence. Whatever the guard lets through, a runtime that is allowed the public network alone connects
// to nothing private, by address or by name. The guard is told to allow loopback here, so that only the fence is left.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FencedOrgate, startFencedOrgate } from "../support/fenced-orgate.ts";

let server: Server;
let port: number;
const asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.headers.host}${request.url}`);
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "::", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];
const PRIVATE = [...LOOPBACK, "169.254.169.254", "10.0.0.1", "172.16.0.1", "192.168.0.1", "[fd12:3456::1]", "[fe80::1]"];

describe("public network only", () => {
  let orgate: FencedOrgate;
  beforeAll(async () => {
    orgate = await startFencedOrgate(["public"]);
  });
  afterAll(() => orgate?.close());

  test.each(PRIVATE)("T66, T67: the runtime does not connect to %s", async (host) => {
    expect(await orgate.probe(`http://${host}:${port}/probe`)).toBe("threw");
    expect(orgate.output()).toContain(`connecting to ${host.replace(/[[\]]/g, "")}:${port} is not allowed`);
    expect(asked).toEqual([]);
  });

  test.each(LOOPBACK)("T67, T71: an issuer at %s that the guard allows is one more IdP that cannot be reached", async (host) => {
    const created = await createConnection(orgate, `http://${host}:${port}/${crypto.randomUUID()}`);
    const answer = await fetch(`${orgate.baseUrl}/sso/start?connection=${created.id}`, { redirect: "manual" });
    expect(answer.status).toBe(502);
    expect(await answer.text()).not.toContain("not allowed");
    const { steps } = await check(orgate, created.id);
    expect(steps[0]).toMatchObject({ step: "discovery", result: "failed", reason: "discovery_unreachable" });
    expect(JSON.stringify(steps)).not.toMatch(/allowed|refused|timed/);
    expect(asked).toEqual([]);
  });
});

describe("open to loopback", () => {
  let orgate: FencedOrgate;
  beforeAll(async () => {
    orgate = await startFencedOrgate(["public", "private"]);
  });
  afterAll(() => orgate?.close());

  test.each(LOOPBACK)("the same runtime reaches %s when it may, so that it was the fence", async (host) => {
    asked.length = 0;
    expect(await orgate.probe(`http://${host}:${port}/probe`)).toBe("answered 200");
    const created = await createConnection(orgate, `http://${host}:${port}/open`);
    await fetch(`${orgate.baseUrl}/sso/start?connection=${created.id}`, { redirect: "manual" });
    expect(asked).toEqual([`${host}:${port}/probe`, `${host}:${port}/open/.well-known/openid-configuration`]);
  });

  test.each(["http://10.0.0.1", "http://169.254.169.254", "https://10.0.0.1", "https://[fd12:3456::1]", "http://0x7f.1:9"])(
    "T66: %s stays refused when it is saved: only loopback was opened",
    async (issuer) => {
      const answer = await orgate.manage("POST", `/projects/${orgate.projectId}/connections`, connectionTo(issuer));
      expect(answer.status).toBe(422);
    },
  );
});

function connectionTo(issuer: string) {
  return {
    provider: "generic",
    label: "Fenced",
    issuer_url: issuer,
    client_id: "client-1",
    client_secret: "secret-1",
    scope: ["openid"],
  };
}

async function createConnection(orgate: FencedOrgate, issuer: string): Promise<{ id: string }> {
  const answer = await orgate.manage("POST", `/projects/${orgate.projectId}/connections`, connectionTo(issuer));
  if (answer.status !== 201) throw new Error(await answer.text());
  return (await answer.json()) as { id: string };
}

async function check(orgate: FencedOrgate, id: string): Promise<{ steps: Record<string, string>[] }> {
  const answer = await orgate.manage("POST", `/projects/${orgate.projectId}/connections/${id}/check`);
  if (!answer.ok) throw new Error(`check answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as { steps: Record<string, string>[] };
}
