// Randomness and ids. The only place that draws random bytes.

import { base64url } from "jose";
import { v7 } from "uuid";

/** `bytes` random bytes (default 32, 256 bits), base64url without padding. */
export function randomToken(bytes = 32): string {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(bytes)));
}

/** A time-ordered UUIDv7 (RFC 9562, section 5.7): 48 bits of `now` (milliseconds), 74 random bits. */
export function newId(now: number): string {
  return v7({ msecs: now, random: crypto.getRandomValues(new Uint8Array(16)) });
}

/** An id for a request. It is made before there are services, so by the machine's own clock. */
export function newRequestId(): string {
  return newId(Date.now());
}
