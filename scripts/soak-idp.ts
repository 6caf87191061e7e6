// An identity provider for the soak: as fast as it can be, on loopback, and it lets whoever asks in. Nothing of it may
// be the reason when memory grows, so it keeps a code only until it is redeemed.

import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface SoakIdp {
  issuer: string;
  /** Codes that were given out and not redeemed. */
  openCodes(): number;
  /** The callback URL for an authorization request, as if this person had signed in. */
  authorize(request: URL, person: { sub: string; email: string }): URL;
  close(): Promise<void>;
}

interface Grant {
  clientId: string;
  nonce: string | null;
  challenge: string;
  person: { sub: string; email: string };
}

const KID = "soak";

/** Told of every request before it is answered, and waited for. What it throws breaks the connection. */
export type Before = (path: string) => Promise<void> | void;

/** The discovery document of an IdP that does no more than a login needs. */
export function metadataOf(issuer: string): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
    code_challenge_methods_supported: ["S256"],
    authorization_response_iss_parameter_supported: true,
  };
}

/** Starts it on a free port. It checks PKCE and the redirect's shape; it does not check the client's secret. */
export async function startSoakIdp(before: Before = () => undefined): Promise<SoakIdp> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwks = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: KID, alg: "ES256", use: "sig" }] };
  const grants = new Map<string, Grant>();
  const server: Server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const metadata = metadataOf(issuer);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await before(request.url ?? "");
    } catch {
      return void response.destroy();
    }
    if (request.url === "/.well-known/openid-configuration") return json(response, 200, metadata);
    if (request.url === "/jwks") return json(response, 200, jwks);
    if (request.url !== "/token") return json(response, 404, { error: "not_found" });
    const form = new URLSearchParams(await textOf(request));
    const grant = take(form.get("code") ?? "");
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    if (!grant || grant.challenge !== challenge) return json(response, 400, { error: "invalid_grant" });
    return json(response, 200, { access_token: randomUUID(), token_type: "Bearer", expires_in: 300, id_token: idToken(grant) });
  }

  function take(code: string): Grant | undefined {
    const grant = grants.get(code);
    grants.delete(code);
    return grant;
  }

  function idToken(grant: Grant): string {
    const now = Math.floor(Date.now() / 1000);
    const header = { alg: "ES256", typ: "JWT", kid: KID };
    const claims = { iss: issuer, aud: grant.clientId, iat: now, exp: now + 300, nonce: grant.nonce, ...grant.person };
    const input = [header, { ...claims, email_verified: true }].map((part) => encode(JSON.stringify(part))).join(".");
    return `${input}.${sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
  }

  return {
    issuer,
    openCodes: () => grants.size,
    authorize(request, person) {
      const { searchParams } = request;
      const code = randomUUID();
      grants.set(code, {
        clientId: searchParams.get("client_id") ?? "",
        nonce: searchParams.get("nonce"),
        challenge: searchParams.get("code_challenge") ?? "",
        person,
      });
      const callback = new URL(searchParams.get("redirect_uri") ?? "");
      callback.search = new URLSearchParams({ code, state: searchParams.get("state") ?? "", iss: issuer }).toString();
      return callback;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function encode(text: string): string {
  return Buffer.from(text).toString("base64url");
}
