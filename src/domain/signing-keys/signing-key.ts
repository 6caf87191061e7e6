// A project's signing keys, and the one decision about them: which signs, which are published, at a given time.

import type { SigningAlg } from "../../crypto/signing.ts";

/** The published half (RFC 7517): never a private member (T123). */
export interface PublicSigningJwk {
  kid: string;
  alg: SigningAlg;
  use: "sig";
  kty: string;
  [member: string]: string;
}

export interface SigningKey {
  projectId: string;
  /** `kid`. */
  id: string;
  alg: SigningAlg;
  /** 1, 2, ... per algorithm. */
  generation: number;
  publicKey: PublicSigningJwk;
  /** Sealed private JWK; see `sealPurpose`. */
  privateKey: string;
  /** When it begins to sign, milliseconds. */
  activatesAt: number;
  createdAt: number;
}

/** Milliseconds an isolate goes on with the keys it has read. */
export const KEYS_STALENESS_MS = 60_000;
/** Milliseconds that others may keep our key set. */
export const JWKS_MAX_AGE_MS = 5 * 60_000;
/**
 * Milliseconds from a key's publication to its first signature: longer than anybody, an isolate of ours included, keeps a
 * key set without it.
 */
export const ACTIVATION_DELAY_MS = 10 * 60_000;
/** The longest life of a token that is signed with these keys, milliseconds. */
export const LONGEST_TOKEN_MS = 24 * 3_600_000;
/** Milliseconds a key stays published after its successor began to sign: its last token, signed by a stale isolate, has ended. */
export const OVERLAP_MS = LONGEST_TOKEN_MS + KEYS_STALENESS_MS;

/** Milliseconds that the clocks of two isolates may be apart. */
const CLOCK_SKEW_MS = 30_000;

/** `next`: published, does not sign yet. `active`: signs. `retired`: published until its tokens have ended. `expired`: gone. */
export type SigningKeyState = "next" | "active" | "retired" | "expired";

export interface JudgedSigningKey {
  key: SigningKey;
  state: SigningKeyState;
  /** When it ceases to be published, milliseconds; null while it has no successor. */
  publishedUntil: number | null;
}

/**
 * What each key is for at `now`. A key signs from its activation to its successor's. The active keys come first, then those
 * that follow, then those that are only verified with, each newest first.
 */
export function judgeKeys(keys: readonly SigningKey[], now: number): JudgedSigningKey[] {
  const judged = keys.map((key): JudgedSigningKey => {
    const successor = successorOf(key, keys);
    const publishedUntil = successor ? successor.activatesAt + OVERLAP_MS : null;
    return { key, publishedUntil, state: stateOf(key, successor, now) };
  });
  return judged.sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || b.key.createdAt - a.key.createdAt);
}

/** The key that signs with an algorithm at `now`; undefined when there is none. */
export function activeKey(keys: readonly SigningKey[], alg: SigningAlg, now: number): SigningKey | undefined {
  return judgeKeys(keys, now).find(({ key, state }) => state === "active" && key.alg === alg)?.key;
}

/**
 * The key to sign with when nobody has one yet and several make it at once: the active one, or the first that an isolate whose clock
 * is ahead of ours has just made for the same reason. A key that follows another one is never it.
 */
export function firstKey(keys: readonly SigningKey[], alg: SigningAlg, now: number): SigningKey | undefined {
  const [only, ...others] = keys.filter((key) => key.alg === alg);
  const justMade = only && others.length === 0 && only.activatesAt <= now + CLOCK_SKEW_MS ? only : undefined;
  return activeKey(keys, alg, now) ?? justMade;
}

/** Generation of the newest key of an algorithm; 0 when there is none. */
export function newestGeneration(keys: readonly SigningKey[], alg: SigningAlg): number {
  return Math.max(0, ...keys.filter((key) => key.alg === alg).map((key) => key.generation));
}

/** Field by field: what the row has beside does not get published by itself (T123). */
export function publicMembers({ publicKey }: SigningKey): PublicSigningJwk {
  const shown = ["kid", "alg", "use", "kty", "crv", "x", "y", "n", "e"].flatMap((member) => {
    const value = publicKey[member];
    return value === undefined ? [] : [[member, value] as const];
  });
  return Object.fromEntries(shown) as PublicSigningJwk;
}

/** The purpose a private key is sealed for: it names project, row and column (crypto/seal.ts). */
export function sealPurpose(key: { projectId: string; id: string }): string {
  return `signing_keys/private_key/${key.projectId}/${key.id}`;
}

const ORDER: readonly SigningKeyState[] = ["active", "next", "retired", "expired"];

/** The key of the same algorithm that takes over first. */
function successorOf(key: SigningKey, keys: readonly SigningKey[]): SigningKey | undefined {
  const later = keys.filter((other) => other.alg === key.alg && other.generation > key.generation);
  return later.sort((a, b) => a.generation - b.generation)[0];
}

function stateOf(key: SigningKey, successor: SigningKey | undefined, now: number): SigningKeyState {
  if (successor && now >= successor.activatesAt + OVERLAP_MS) return "expired";
  if (successor && now >= successor.activatesAt) return "retired";
  return now >= key.activatesAt ? "active" : "next";
}
