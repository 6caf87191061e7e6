// How many attempts a door allows, for whom, and what then (T94, T95). Pure: the counters are in storage/attempts.ts.
//
// Three counters are kept for a password: the account from one network, the account from anywhere, the network over all
// accounts. A network from which the account has signed in lately is not held up by the account-wide counter, so a
// stranger elsewhere cannot lock a person out. Unknown accounts are counted like known ones (T92).

import { hmac } from "../../crypto/digest.ts";

export interface CounterRule {
  /** The attempt that reaches it locks the key for those after it. */
  limit: number;
  /** Milliseconds after the last attempt until the count is forgotten. */
  windowMs: number;
  /** First lock, doubled by each attempt after it up to `maxLockMs`. */
  lockMs: number;
  maxLockMs: number;
}

const MINUTE = 60_000;

export const PASSWORD_RULES = {
  accountFromNetwork: { limit: 10, windowMs: 60 * MINUTE, lockMs: MINUTE, maxLockMs: 60 * MINUTE },
  account: { limit: 50, windowMs: 60 * MINUTE, lockMs: MINUTE, maxLockMs: 15 * MINUTE },
  network: { limit: 80, windowMs: 15 * MINUTE, lockMs: 5 * MINUTE, maxLockMs: 60 * MINUTE },
} satisfies Record<string, CounterRule>;

/** New accounts from one network. */
export const REGISTRATION_RULE: CounterRule = { limit: 100, windowMs: 60 * MINUTE, lockMs: 10 * MINUTE, maxLockMs: 60 * MINUTE };

/** Making the first operator with the root key, from one network. */
export const SETUP_RULE: CounterRule = { limit: 10, windowMs: 60 * MINUTE, lockMs: MINUTE, maxLockMs: 60 * MINUTE };

/** How long a network is remembered as one from which an account has signed in. */
export const KNOWN_NETWORK_MS = 30 * 24 * 60 * MINUTE;

export interface AttemptKeys {
  accountFromNetwork: string;
  account: string;
  network: string;
  knownNetwork: string;
  registration: string;
}

/** Keys of the counters: digests, so that the table holds no addresses. `network` is an IPv4 address or IPv6 /64. */
export function attemptKeys(macKey: Uint8Array, address: string, network: string): AttemptKeys {
  const key = (...parts: string[]) => hmac(macKey, parts.join("\n"));
  return {
    accountFromNetwork: key("pair", address, network),
    account: key("account", address),
    network: key("network", network),
    knownNetwork: key("known", address, network),
    registration: key("registration", network),
  };
}

/** A counter as it was before the attempt; times in milliseconds since the epoch. */
export interface CounterState {
  key: string;
  lockedUntil: number;
  windowEndsAt: number;
}

/**
 * Whether this password attempt comes too early, given the counters as they were before it.
 * @returns seconds until it may be repeated, or undefined when it may go on
 */
export function tooEarly(keys: AttemptKeys, before: readonly CounterState[], now: number): number | undefined {
  const known = (before.find((row) => row.key === keys.knownNetwork)?.windowEndsAt ?? 0) > now;
  return lockedFor([keys.accountFromNetwork, keys.network, ...(known ? [] : [keys.account])], before, now);
}

/** Seconds until none of the keys is locked any more, or undefined when none is. */
export function lockedFor(keys: readonly string[], before: readonly CounterState[], now: number): number | undefined {
  const until = Math.max(0, ...before.filter((row) => keys.includes(row.key)).map((row) => row.lockedUntil));
  return until > now ? Math.ceil((until - now) / 1000) : undefined;
}

/**
 * The network an address stands for: IPv4 as it is, IPv6 as its /64 in one spelling (RFC 5952), IPv4-mapped IPv6 as the
 * IPv4 in it. Anything else is one shared network, so that nothing escapes counting (T95).
 */
export function networkOf(ipAddress: string | null): string {
  if (ipAddress === null) return "unknown";
  if (!ipAddress.includes(":")) return ipAddress;
  const bare = ipAddress.split("%")[0] ?? "";
  if (!URL.canParse(`http://[${bare}]/`)) return "unknown";
  const canonical = new URL(`http://[${bare}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (mapped) {
    const [high, low] = [Number.parseInt(mapped[1] ?? "0", 16), Number.parseInt(mapped[2] ?? "0", 16)];
    return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  }
  const [head = "", tail] = canonical.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups = tail === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill("0"), ...right];
  return `${groups.slice(0, 4).join(":")}::/64`;
}
