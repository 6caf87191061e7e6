// How we prove to an IdP's token endpoint who we are: always by the method the connection names, never by one that the
// IdP's metadata proposes (T36), and always in header or body, never in a URL.

import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from "jose";
import * as oauth from "oauth4webapi";
import type { Sealer } from "../../crypto/seal.ts";
import { type Connection, sealPurpose } from "../../domain/connections/connection.ts";
import type { Refusal } from "../connector.ts";
import { refuse } from "./refusal.ts";

/** The key pair of a private_key_jwt connection: ES256, `kid` is the thumbprint (RFC 7638). Each connection has its own (T11). */
export async function newClientKey(): Promise<{ privateJwk: JWK; publicJwk: JWK }> {
  const pair = await generateKeyPair("ES256", { extractable: true });
  const exported = await exportJWK(pair.privateKey);
  const kid = await calculateJwkThumbprint(exported);
  const { d, ...material } = exported;
  const publicJwk = { ...material, kid, alg: "ES256", use: "sig" };
  return { privateJwk: { ...publicJwk, d: d as string }, publicJwk };
}

/** Which of a connection's credentials: its own, or the secret that a rotation has kept. */
export type CredentialChoice = "current" | "previous";

export type ClientAuthenticator = (
  connection: Connection,
  which?: CredentialChoice,
) => Promise<{ ok: true; authenticate: oauth.ClientAuth } | Refusal>;

const MAX_KEYS = 500;

/** Opens the connection's secret or key. Imported keys are kept by their sealed form, the newest 500. */
export function createClientAuthenticator(sealer: Sealer): ClientAuthenticator {
  const keys = new Map<string, oauth.PrivateKey>();

  async function privateKeyOf(connection: Connection, sealed: string): Promise<oauth.PrivateKey | undefined> {
    // The sealed form names project and connection and is authenticated, so no other connection can meet this entry.
    const known = keys.get(sealed);
    if (known) return known;
    const key = await importPrivateKey(await sealer.open(sealPurpose(connection, "private_key"), sealed));
    if (key) keys.set(sealed, key);
    const oldest = keys.keys().next().value;
    if (keys.size > MAX_KEYS && oldest !== undefined) keys.delete(oldest);
    return key;
  }

  return async (connection, which = "current") => {
    const method = connection.tokenEndpointAuthMethod;
    const secretOf = { current: connection.clientSecret, previous: connection.previousClientSecret };
    const sealed = method === "private_key_jwt" ? connection.privateKey : secretOf[which];
    if (sealed === null) return refuse("client_credentials_missing", `${method} has no credential stored`);
    if (method === "private_key_jwt") {
      const key = await privateKeyOf(connection, sealed);
      // The audience is the issuer alone, so that no other server can use the assertion (T11).
      return key ? { ok: true, authenticate: oauth.PrivateKeyJwt(key) } : unreadable(method);
    }
    const column = which === "current" ? "client_secret" : "previous_client_secret";
    const secret = await sealer.open(sealPurpose(connection, column), sealed);
    if (!secret) return unreadable(method);
    // Basic credentials are form-url-encoded first (RFC 6749, section 2.3.1).
    const present = method === "client_secret_post" ? oauth.ClientSecretPost : oauth.ClientSecretBasic;
    return { ok: true, authenticate: present(secret) };
  };
}

/** This connection is unhealthy until an operator looks at it; every other one works (T102, T103). */
function unreadable(method: string): Refusal {
  return refuse("secret_unreadable", `the stored credential for ${method} does not open with the configured encryption keys`);
}

async function importPrivateKey(text: string | undefined): Promise<oauth.PrivateKey | undefined> {
  if (text === undefined) return undefined;
  try {
    const jwk = JSON.parse(text) as JWK;
    const key = await importJWK(jwk, "ES256");
    return key instanceof CryptoKey && typeof jwk.kid === "string" ? { key, kid: jwk.kid } : undefined;
  } catch {
    return undefined;
  }
}
