// An identity provider on loopback whose network misbehaves at one of its endpoints. The issuer says how and where:
// `http://127.0.0.1:PORT/<fault>/<place>`, e.g. `/endless/token` is honest until the token endpoint is asked.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";

export const PLACES = ["discovery", "token", "jwks"] as const;
export type Place = (typeof PLACES)[number];

/** In every hostile body, so that a test can see whether any of it comes back out. */
export const CANARY = "canary-of-the-faulty-server";

const MEGABYTE = 1024 * 1024;
const JSON_TYPE = { "content-type": "application/json" };

/** What each fault does with a request. */
export const NETWORK_FAULTS = {
  "never-answers": () => undefined,
  "headers-without-end": (request) =>
    void forAsLongAs(request, 100, (i) => request.socket.write(i === 0 ? "HTTP/1.1 200 OK\r\n" : `x-${i}: 1\r\n`)),
  "slow-drip"(request, response) {
    response.writeHead(200, JSON_TYPE);
    void forAsLongAs(request, 50, () => response.write(" "));
  },
  "silence-after-200": (_, response) => void response.writeHead(200, JSON_TYPE).write(`{"x":"${CANARY}`),
  endless(request, response) {
    response.writeHead(200, JSON_TYPE);
    const chunk = Buffer.alloc(64 * 1024, " ");
    const pour = () => {
      while (!request.socket.destroyed && response.write(chunk));
    };
    response.on("drain", pour);
    pour();
  },
  "10-mb": (_, response) =>
    void response.writeHead(200, JSON_TYPE).end(`{"x":"${CANARY.repeat((10 * MEGABYTE) / CANARY.length)}"}`),
  "gzip-bomb": (_, response) => void response.writeHead(200, { ...JSON_TYPE, "content-encoding": "gzip" }).end(bomb()),
  reset: (request) => void request.socket.resetAndDestroy(),
  "reset-in-the-body"(request, response) {
    response.writeHead(200, { ...JSON_TYPE, "content-length": "1000" });
    response.write(`{"x":"${CANARY}`, () => request.socket.resetAndDestroy());
  },
  ...Object.fromEntries(
    [301, 302, 303, 307, 308].map((status) => [
      `redirect-${status}`,
      (_: IncomingMessage, response: ServerResponse) => void response.writeHead(status, { location: "/redirected" }).end(),
    ]),
  ),
} satisfies Record<string, (request: IncomingMessage, response: ServerResponse) => void>;

export interface FaultyServer {
  issuer(fault: string, place: Place): string;
  /** Paths that were asked for, in order. */
  requests: string[];
  close(): Promise<void>;
}

export async function startFaultyServer(): Promise<FaultyServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    requests.push(path);
    const [, fault = "", place = "", ...rest] = path.split("/");
    const endpoint = rest.at(-1) === "openid-configuration" ? "discovery" : rest.at(-1);
    const misbehave = (NETWORK_FAULTS as Record<string, (q: IncomingMessage, r: ServerResponse) => void>)[fault];
    if (endpoint === place && misbehave) misbehave(request, response);
    else answerHonestly(`http://${request.headers.host}/${fault}/${place}`, endpoint, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    issuer: (fault, place) => `http://127.0.0.1:${port}/${fault}/${place}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Honest as far as it goes: its ID token is signed by nobody, which is noticed only once the keys are there. */
function answerHonestly(issuer: string, endpoint: string | undefined, response: ServerResponse): void {
  const token = `${encode({ alg: "RS256", kid: "k1" })}.${encode({ iss: issuer })}.${"A".repeat(342)}`;
  const bodies: Record<string, unknown> = {
    discovery: {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
    },
    token: { access_token: "access-1", token_type: "Bearer", id_token: token },
    jwks: { keys: [] },
  };
  response.writeHead(200, JSON_TYPE).end(JSON.stringify(bodies[endpoint ?? ""] ?? {}));
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

let packed: Buffer | undefined;
/** 100 MB in 100 KB. */
function bomb(): Buffer {
  packed ??= gzipSync(Buffer.alloc(100 * MEGABYTE, " "));
  return packed;
}

async function forAsLongAs(request: IncomingMessage, everyMs: number, act: (i: number) => void): Promise<void> {
  for (let i = 0; !request.socket.destroyed; i++) {
    act(i);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
