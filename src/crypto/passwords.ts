// Password hashing: scrypt (RFC 7914) with N = 2^14, r = 8, p = 5 (16 MiB, on OWASP's list of equivalents), kept as a PHC
// string. PBKDF2 is not used: WebCrypto caps it at 100,000 rounds on Cloudflare, but not in local workerd.

import { randomBytes, timingSafeEqual } from "node:crypto";
import { type ScryptCost, scryptKey } from "./scrypt.ts";

const TODAY: ScryptCost = { ln: 14, r: 8, p: 5 };
const KEY_BYTES = 32;
const SALT_BYTES = 16;

/** Hash of the exact UTF-8 bytes of a password: `$scrypt$ln=14,r=8,p=5$<salt>$<key>`, base64 without padding. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await scryptKey(password, salt, TODAY, KEY_BYTES);
  return `$scrypt$ln=${TODAY.ln},r=${TODAY.r},p=${TODAY.p}$${unpadded(salt)}$${unpadded(key)}`;
}

/**
 * Whether a password matches a stored hash. With `undefined` (no such account, or an account without a password) the
 * same work is done and the answer is false, so that time does not tell the two apart (T93). A hash from elsewhere that
 * costs less is checked besides that work, not instead of it, until the first login replaces it.
 */
export async function verifyPassword(stored: string | undefined, password: string): Promise<boolean> {
  const parsed = stored === undefined ? undefined : parsePasswordHash(stored);
  if (!parsed || work(parsed) < work(TODAY)) await scryptKey(password, new Uint8Array(SALT_BYTES), TODAY, KEY_BYTES);
  if (!parsed) return false;
  return timingSafeEqual(await scryptKey(password, parsed.salt, parsed, parsed.key.length), parsed.key);
}

/** Whether a stored hash was made with less than today's cost and should be replaced at the next successful login. */
export function isOutdatedHash(stored: string): boolean {
  const parsed = parsePasswordHash(stored);
  return parsed === undefined || parsed.ln < TODAY.ln || parsed.r < TODAY.r || parsed.p < TODAY.p;
}

export interface PasswordHash extends ScryptCost {
  salt: Uint8Array;
  key: Uint8Array;
}

/**
 * Reads a PHC scrypt string; undefined for another scheme, a malformed string, or a cost beyond what an isolate may
 * spend (N·r·p ≤ 2^20, the runtime's own cap, and 64 MiB), so that an imported hash cannot exhaust the Worker (T97).
 */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const match = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/.exec(text);
  if (!match) return undefined;
  const [ln, r, p] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (ln < 10 || r < 1 || p < 1 || 2 ** ln * r * p > 2 ** 20 || 128 * 2 ** ln * r > 64 * 2 ** 20) return undefined;
  const salt = new Uint8Array(Buffer.from(match[4] ?? "", "base64"));
  const key = new Uint8Array(Buffer.from(match[5] ?? "", "base64"));
  return { ln, r, p, salt, key };
}

function work({ ln, r, p }: ScryptCost): number {
  return 2 ** ln * r * p;
}

function unpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replace(/=+$/, "");
}
