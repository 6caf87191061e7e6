// The public keys an app brings along for private_key_jwt (RFC 7523): asymmetric, strong enough, and without their private half.

import type { FieldError } from "../errors.ts";
import { CLIENT_ASSERTION_ALGS, type ClientJwks } from "./client.ts";

const MAX_KEYS = 10;
/** Base64url characters of a 2048-bit modulus, and of a 4096-bit one. */
const MODULUS_LENGTHS = [342, 683] as const;
const COORDINATES: Record<string, readonly string[]> = { EC: ["x", "y"], OKP: ["x"], RSA: ["n", "e"] };
const CURVES: Record<string, readonly string[]> = { EC: ["P-256", "P-384"], OKP: ["Ed25519"] };
const NAMES = ["kty", "crv", "x", "y", "n", "e", "kid", "alg", "use"];
const PRIVATE = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/** The key set with its public members alone; what is wrong with it is added to `problems`. */
export function acceptClientJwks(jwks: { keys: readonly Record<string, unknown>[] }, problems: FieldError[]): ClientJwks {
  const field = "jwks.keys";
  if (jwks.keys.length === 0) problems.push({ field, code: "required", message: "Give at least one public key." });
  if (jwks.keys.length > MAX_KEYS) problems.push({ field, code: "too_many", message: `At most ${MAX_KEYS} keys.` });
  jwks.keys.slice(0, MAX_KEYS).forEach((key, index) => {
    const refusal = refuseKey(key);
    if (refusal) problems.push({ field: `${field}[${index}]`, ...refusal });
  });
  const keys = jwks.keys.map((key) => Object.fromEntries(Object.entries(key).filter(([name]) => NAMES.includes(name))));
  return { keys };
}

function refuseKey(key: Record<string, unknown>): { code: string; message: string } | undefined {
  if (PRIVATE.some((member) => member in key)) {
    return { code: "private_key", message: "This is a private or symmetric key. Replace it, and give only its public half." };
  }
  const kty = typeof key["kty"] === "string" ? key["kty"] : "";
  const members = COORDINATES[kty];
  if (!members) return { code: "key_type", message: "Use an EC (P-256, P-384), Ed25519 or RSA key." };
  const curves = CURVES[kty];
  if (curves && !curves.includes(String(key["crv"]))) return { code: "key_type", message: `The curve is one of ${curves}.` };
  if (!members.every((member) => isBase64url(key[member]))) {
    return { code: "key_invalid", message: `A public ${kty} key has ${members.join(" and ")}, in base64url.` };
  }
  const [shortest, longest] = MODULUS_LENGTHS;
  const length = kty === "RSA" ? String(key["n"]).length : shortest;
  if (length < shortest || length > longest) {
    return { code: "key_size", message: "An RSA key has 2048 to 4096 bits." };
  }
  const algs: readonly string[] = CLIENT_ASSERTION_ALGS;
  if (key["alg"] !== undefined && !algs.includes(String(key["alg"]))) {
    return { code: "key_alg", message: `The algorithm is one of ${algs.join(", ")}.` };
  }
  if (key["use"] !== undefined && key["use"] !== "sig") return { code: "key_use", message: "The key must be for signatures." };
  if (key["kid"] !== undefined && !(typeof key["kid"] === "string" && /^[\x21-\x7e]{1,256}$/.test(key["kid"]))) {
    return { code: "key_invalid", message: "A kid has 1 to 256 printable ASCII characters." };
  }
  return undefined;
}

function isBase64url(value: unknown): boolean {
  return typeof value === "string" && /^[A-Za-z0-9_-]{1,1024}$/.test(value);
}
