// Digests of random secrets, and comparison that does not tell how far two strings agree.

import { createHash, createHmac, hash, timingSafeEqual } from "node:crypto";

/** SHA-256 of a UTF-8 string, base64url. For random secrets (at least 128 bits) only; passwords go to passwords.ts. */
export function sha256(value: string): string {
  return hash("sha256", value, "base64url");
}

/** SHA-256 of bytes, base64url. */
export function sha256OfBytes(bytes: Uint8Array): string {
  return hash("sha256", bytes, "base64url");
}

/** SHA-2 of a UTF-8 string with so many bits. */
export function sha2(bits: 256 | 384 | 512, value: string): Uint8Array {
  return createHash(`sha${bits}`).update(value).digest();
}

/** HMAC-SHA-256 (RFC 2104) of a UTF-8 string, base64url. */
export function hmac(key: Uint8Array, value: string): string {
  return createHmac("sha256", key).update(value).digest("base64url");
}

const utf8 = new TextEncoder();

/** Whether two strings are equal, in time that depends on their lengths alone: how long our secrets are is no secret. */
export function equalSecrets(a: string, b: string): boolean {
  const [left, right] = [utf8.encode(a), utf8.encode(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
