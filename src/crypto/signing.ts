// Keys that tokens are signed with, and the signing itself (JWS, RFC 7515), done by jose.

import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";

export type { JWK } from "jose";

export const SIGNING_ALGS = ["ES256", "RS256"] as const;
/** ES256 is the default: its keys cost microseconds to make. RS256 is for verifiers that know nothing else. */
export type SigningAlg = (typeof SIGNING_ALGS)[number];

/** Bits of an RSA modulus (RFC 7518, section 3.3: 2048 or larger). */
const MODULUS_LENGTH = 2048;

/** A private key in the form that signs. */
export type SigningHandle = CryptoKey;

/**
 * A new key pair as JWKs with `kid` (the thumbprint, RFC 7638), `alg` and `use`. An RSA pair costs a noticeable part of a
 * second of CPU.
 */
export async function newSigningKey(alg: SigningAlg): Promise<{ kid: string; privateJwk: JWK; publicJwk: JWK }> {
  const options = alg === "RS256" ? { extractable: true, modulusLength: MODULUS_LENGTH } : { extractable: true };
  const pair = await generateKeyPair(alg, options);
  const material = await exportJWK(pair.publicKey);
  const kid = await calculateJwkThumbprint(material);
  const names = { kid, alg, use: "sig" };
  return {
    kid,
    publicJwk: { ...material, ...names },
    privateJwk: { ...(await exportJWK(pair.privateKey)), ...names },
  };
}

/** The key of a private JWK. @throws when the text is no such JWK */
export async function importSigningKey(privateJwk: JWK, alg: SigningAlg): Promise<SigningHandle> {
  const key = await importJWK({ ...privateJwk }, alg);
  if (!(key instanceof CryptoKey)) throw new Error("not a private key");
  return key;
}

/** A signed JWT with exactly these claims (RFC 7519). */
export function signJwt(
  key: SigningHandle,
  header: { alg: SigningAlg; kid: string; typ: string },
  claims: Record<string, unknown>,
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader(header).sign(key);
}
