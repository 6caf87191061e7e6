// Keys and signatures for the in-process IdP. Signs whatever header it is told to, true or not.

import { createHmac } from "node:crypto";
import { exportJWK, generateKeyPair, type JWK } from "jose";

export interface SigningPair {
  alg: string;
  kid: string | undefined;
  privateKey: CryptoKey;
  publicJwk: JWK;
}

/** A private key, bytes for an HMAC, or no signature at all. */
export type SigningMaterial = CryptoKey | Uint8Array | "none";

/** A new key; without an explicit kid it gets a random one, with `undefined` none. */
export async function generateSigningKey(alg: string, ...kid: [kid?: string | undefined]): Promise<SigningPair> {
  const pair = await generateKeyPair(alg, { extractable: true });
  const id = kid.length > 0 ? kid[0] : crypto.randomUUID();
  const publicJwk = { ...(await exportJWK(pair.publicKey)), alg, use: "sig", ...(id === undefined ? {} : { kid: id }) };
  return { alg, kid: id, privateKey: pair.privateKey, publicJwk };
}

/** A compact JWS. The key's own algorithm signs, whatever the header's `alg` claims. */
export async function signJws(header: object, payload: object, key: SigningMaterial): Promise<string> {
  const input = `${encode(JSON.stringify(header))}.${encode(JSON.stringify(payload))}`;
  return `${input}.${await signature(input, key)}`;
}

async function signature(input: string, key: SigningMaterial): Promise<string> {
  if (key === "none") return "";
  if (key instanceof Uint8Array) return createHmac("sha256", key).update(input).digest("base64url");
  const bytes = new TextEncoder().encode(input);
  return encode(new Uint8Array(await crypto.subtle.sign(parameters(key), key, bytes)));
}

function parameters(key: CryptoKey): SubtleCryptoSignAlgorithm {
  const { name, hash, namedCurve } = key.algorithm as { name: string; hash?: { name: string }; namedCurve?: string };
  if (name === "ECDSA") return { name, hash: namedCurve === "P-384" ? "SHA-384" : "SHA-256" };
  return name === "RSA-PSS" ? { name, saltLength: Number(hash?.name.slice(4)) / 8 } : { name };
}

function encode(value: string | Uint8Array): string {
  return Buffer.from(value).toString("base64url");
}
