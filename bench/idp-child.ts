// The identity provider's process. It checks PKCE, and not the client's secret.

import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { metadataOf } from "../scripts/soak-idp.ts";
import type { Grant } from "./idp.ts";

const KID = "bench";
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const jwks = JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: KID, alg: "ES256", use: "sig" }] });
const header = encode({ alg: "ES256", typ: "JWT", kid: KID });
let issuer = "";
let metadata = "";

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => void answer(request, response));
server.listen(0, "127.0.0.1", () => {
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  metadata = JSON.stringify(metadataOf(issuer));
  process.send?.(issuer);
});
process.on("disconnect", () => process.exit(0));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === "/.well-known/openid-configuration") return json(response, 200, metadata);
  if (request.url === "/jwks") return json(response, 200, jwks);
  if (request.url !== "/token") return json(response, 404, '{"error":"not_found"}');
  const form = new URLSearchParams(await textOf(request));
  const grant = readGrant(form.get("code") ?? "");
  const challenge = createHash("sha256")
    .update(form.get("code_verifier") ?? "")
    .digest("base64url");
  if (grant?.challenge !== challenge) return json(response, 400, '{"error":"invalid_grant"}');
  const tokens = { access_token: randomUUID(), token_type: "Bearer", expires_in: 300, id_token: idToken(grant) };
  return json(response, 200, JSON.stringify(tokens));
}

function idToken(grant: Grant): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, aud: grant.clientId, iat: now, exp: now + 300, nonce: grant.nonce, ...grant.person };
  const input = `${header}.${encode({ ...claims, email_verified: true })}`;
  return `${input}.${sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

function readGrant(code: string): Grant | undefined {
  try {
    return JSON.parse(Buffer.from(code, "base64url").toString("utf8")) as Grant;
  } catch {
    return undefined;
  }
}

function json(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) }).end(body);
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
