// The IdP's signing keys: fetched from jwks_uri and nowhere else, cleaned, chosen, imported once.

import { base64url, importJWK } from "jose";
import type { IdTokenAlg } from "../../domain/connections/connection.ts";
import type { GuardedFetch } from "../../net/guarded-fetch.ts";
import type { Refusal } from "../connector.ts";
import type { DocumentSource } from "../document-cache.ts";
import { refuse, refuseUnanswered } from "./refusal.ts";

/** A public key that may verify signatures, reduced to the members that matter. */
export interface SigningKey {
  kty: "RSA" | "EC" | "OKP";
  kid?: string;
  alg?: string;
  crv?: string;
  n?: string;
  e?: string;
  x?: string;
  y?: string;
}

export interface KeySet {
  keys: SigningKey[];
}

const TIMEOUT_MS = 3_000;
const MAX_KEYS = 64;
const MIN_RSA_BYTES = 2048 / 8;
const MAX_RSA_BYTES = 8192 / 8;

/** How the document cache gets and recognises a key set. */
export function keySource(jwksUri: string, outbound: GuardedFetch): DocumentSource<KeySet, Refusal> {
  return {
    load: () => loadKeys(jwksUri, outbound),
    isUsable: (value): value is KeySet => {
      const cleaned = cleanKeySet(value);
      return cleaned !== undefined && JSON.stringify(cleaned) === JSON.stringify(value);
    },
    isOutage: () => true,
  };
}

/** Fetches a key set (RFC 7517, section 5). */
export async function loadKeys(jwksUri: string, outbound: GuardedFetch): Promise<{ ok: true; document: KeySet } | Refusal> {
  let text: string;
  try {
    const headers = { accept: "application/json, application/jwk-set+json" };
    const response = await outbound(jwksUri, { headers, accept: "json", timeoutMs: TIMEOUT_MS });
    if (response.status !== 200) return refuse("jwks_unreachable");
    text = await response.text();
  } catch (error) {
    return refuseUnanswered(error, "jwks_unreachable");
  }
  const keySet = cleanKeySet(parse(text));
  return keySet ? { ok: true, document: keySet } : refuse("jwks_invalid");
}

/**
 * The key for a token's header: the one key of the right kind with this `kid`, or the only key of the right kind when the
 * token names none. Several are refused rather than tried (T25).
 */
export function selectKey(keySet: KeySet, alg: IdTokenAlg, kid: string | undefined): SigningKey | Refusal {
  const candidates = keySet.keys.filter((key) => fits(key, alg) && (kid === undefined || key.kid === kid));
  if (candidates.length > 1) return refuse("key_ambiguous", `${candidates.length} keys match`);
  return candidates[0] ?? refuse("key_not_found");
}

/** Whether any key of the set can verify this algorithm. */
export function hasKeyFor(keySet: KeySet, alg: IdTokenAlg): boolean {
  return keySet.keys.some((key) => fits(key, alg));
}

/**
 * Imports keys, each once for as long as its key set is cached: what is imported hangs on the key object. Undefined when a
 * key is not what it says (a point off its curve, a broken modulus; T26).
 */
export function createKeyImporter(): (key: SigningKey, alg: IdTokenAlg) => Promise<CryptoKey | undefined> {
  const imported = new WeakMap<SigningKey, Map<IdTokenAlg, CryptoKey>>();
  return async (key, alg) => {
    const known = imported.get(key)?.get(alg);
    if (known) return known;
    try {
      const cryptoKey = await importJWK({ ...key }, alg);
      if (!(cryptoKey instanceof CryptoKey)) return undefined;
      const perAlg = imported.get(key) ?? new Map<IdTokenAlg, CryptoKey>();
      imported.set(key, perAlg.set(alg, cryptoKey));
      return cryptoKey;
    } catch {
      return undefined;
    }
  };
}

function fits(key: SigningKey, alg: IdTokenAlg): boolean {
  if (key.alg !== undefined && key.alg !== alg) return false;
  if (alg.startsWith("RS") || alg.startsWith("PS")) return key.kty === "RSA";
  if (alg === "EdDSA") return key.kty === "OKP" && key.crv === "Ed25519";
  return key.kty === "EC" && key.crv === CURVES[alg];
}

const CURVES: Partial<Record<IdTokenAlg, string>> = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };

/** Undefined when this is not a key set, or more of one than an IdP has (T29). Keys that may not verify are left out. */
function cleanKeySet(value: unknown): KeySet | undefined {
  const keys = typeof value === "object" && value !== null ? (value as Record<string, unknown>)["keys"] : undefined;
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) return undefined;
  return { keys: keys.flatMap((key) => cleanKey(key) ?? []) };
}

const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

function cleanKey(value: unknown): SigningKey | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const jwk = value as Record<string, unknown>;
  // A key whose private half was published signs for everybody.
  if (PRIVATE_MEMBERS.some((member) => jwk[member] !== undefined)) return undefined;
  if (jwk["use"] !== undefined && jwk["use"] !== "sig") return undefined;
  if (jwk["key_ops"] !== undefined && !(Array.isArray(jwk["key_ops"]) && jwk["key_ops"].includes("verify"))) return undefined;
  const material = publicMaterial(jwk);
  if (!material) return undefined;
  const { kid, alg } = jwk;
  if (kid !== undefined && !(typeof kid === "string" && kid.length <= 256)) return undefined;
  if (alg !== undefined && !(typeof alg === "string" && alg.length <= 40)) return undefined;
  return { ...material, ...(kid === undefined ? {} : { kid }), ...(alg === undefined ? {} : { alg }) };
}

function publicMaterial(jwk: Record<string, unknown>): SigningKey | undefined {
  const { kty, crv, n, e, x, y } = jwk;
  if (kty === "RSA" && isEncoded(n, MAX_RSA_BYTES) && isEncoded(e, 8)) {
    return modulusBytes(n) >= MIN_RSA_BYTES ? { kty, n, e } : undefined;
  }
  if (kty === "EC" && Object.values(CURVES).includes(crv as string) && isEncoded(x, 66) && isEncoded(y, 66)) {
    return { kty, crv: crv as string, x, y };
  }
  return kty === "OKP" && crv === "Ed25519" && isEncoded(x, 32) ? { kty, crv, x } : undefined;
}

function isEncoded(value: unknown, maxBytes: number): value is string {
  return typeof value === "string" && value.length <= Math.ceil((maxBytes * 4) / 3) + 4 && /^[A-Za-z0-9_-]+$/.test(value);
}

function modulusBytes(n: string): number {
  try {
    const bytes = base64url.decode(n);
    return (
      bytes.length -
      Math.max(
        0,
        bytes.findIndex((byte) => byte !== 0),
      )
    );
  } catch {
    return 0;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
