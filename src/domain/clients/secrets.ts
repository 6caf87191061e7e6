// An app's secrets: 256 random bits, shown once and kept as SHA-256. A digest is enough for them, because nobody can guess
// what it is of; secrets of a person's choosing are not taken.

import { equalSecrets, sha256 } from "../../crypto/digest.ts";
import { randomToken } from "../../crypto/random.ts";
import { parseDuration } from "../duration.ts";
import type { Client, ClientSecret } from "./client.ts";

const PREFIX = "orgate_cs_";
/** Secrets accepted at the same time: the current one and those before it. */
const MAX_SECRETS = 5;
/** How long the secret before stays valid, milliseconds: a day unless said otherwise, 30 days at most. */
export const DEFAULT_OVERLAP = "24h";
const MAX_OVERLAP_MS = 30 * 24 * 3_600_000;

/** A new secret and what is kept of it. */
export function newClientSecret(now: number): { text: string; kept: ClientSecret } {
  const text = `${PREFIX}${randomToken(32)}`;
  return { text, kept: { hash: sha256(text), createdAt: now, expiresAt: null } };
}

/**
 * Whether a text is one of the client's secrets that are valid at `now`. Every one of them is compared, in constant time, so
 * that time tells neither how much agrees nor which one it was.
 */
export function isClientSecret(client: Pick<Client, "secrets">, text: string, now: number): boolean {
  const hash = sha256(text);
  return validSecrets(client.secrets, now)
    .map((secret) => equalSecrets(secret.hash, hash))
    .includes(true);
}

/** The secrets after a rotation: the new one in front, those before it until `now + overlap` at most. */
export function rotateSecrets(
  secrets: readonly ClientSecret[],
  fresh: ClientSecret,
  overlap: number,
  now: number,
): ClientSecret[] {
  const until = now + overlap;
  const old = secrets.map((secret) => ({ ...secret, expiresAt: Math.min(secret.expiresAt ?? until, until) }));
  return [fresh, ...validSecrets(old, now)].slice(0, MAX_SECRETS);
}

export function validSecrets(secrets: readonly ClientSecret[], now: number): ClientSecret[] {
  return secrets.filter(({ expiresAt }) => expiresAt === null || now < expiresAt);
}

/** The milliseconds of an overlap, or why it cannot be one. */
export function readOverlap(text: string): { ok: true; ms: number } | { ok: false; code: string; message: string } {
  const ms = parseDuration(text);
  if (ms === undefined)
    return { ok: false, code: "duration_invalid", message: "Write a whole number and a unit, such as 0s or 24h." };
  if (ms > MAX_OVERLAP_MS) return { ok: false, code: "duration_out_of_range", message: "At most 720h." };
  return { ok: true, ms };
}
