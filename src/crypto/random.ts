// Randomness and ids. The only place that draws random bytes.

import { base64url } from "jose";

/** `bytes` random bytes (default 32, 256 bits), base64url without padding. */
export function randomToken(bytes = 32): string {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(bytes)));
}

/**
 * A time-ordered UUIDv7 (RFC 9562, section 5.7): 48 bits of `now` (milliseconds), 74 random bits. The random bits and the
 * variant are those of the platform's UUIDv4, where they stand in the same places; every request needs an id.
 */
export function newId(now: number): string {
  const time = now.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}

/** An id for an answer under which nothing is recorded: a UUIDv4, for no reference is made of its time. */
export function newAnswerId(): string {
  return crypto.randomUUID();
}

/** An id for a request. It is made before there are services, so by the machine's own clock. */
export function newRequestId(): string {
  return newId(Date.now());
}
