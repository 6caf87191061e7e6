// How often one connection may be checked: a check sends requests to somebody else's server. Kept per isolate, which is
// enough to stop a loop and needs no write.

import { DomainError } from "../errors.ts";

const INTERVAL_MS = 5000;
/** Beyond this many connections the oldest entries are forgotten. */
const REMEMBERED = 1000;

/**
 * A limiter with its own memory.
 * @returns for a key: undefined when it may go ahead (and the interval begins), else the seconds to wait
 */
export function createCheckLimit(clock: () => number): (key: string) => number | undefined {
  const lastAt = new Map<string, number>();
  return (key) => {
    const now = clock();
    const waited = now - (lastAt.get(key) ?? Number.NEGATIVE_INFINITY);
    if (waited < INTERVAL_MS) return Math.ceil((INTERVAL_MS - waited) / 1000);
    lastAt.delete(key);
    lastAt.set(key, now);
    if (lastAt.size > REMEMBERED) lastAt.delete(lastAt.keys().next().value ?? key);
    return undefined;
  };
}

/** @param retryAfter seconds */
export function checkedTooSoon(retryAfter: number): DomainError {
  return new DomainError({
    kind: "rate_limited",
    code: "check_rate_limited",
    message: "This connection was checked a moment ago. Wait a few seconds.",
    retryAfter,
  });
}
