// How long a session lives.

import { parseDuration } from "../duration.ts";

/** When nothing usable is configured: 24 hours, milliseconds. */
const DEFAULT_LIFESPAN_MS = 24 * 3_600_000;

/**
 * When a session that begins now ends, milliseconds since the epoch: the organization's `session_lifespan` rules over
 * the project's, and the IdP's own limit (`session_expiry`) over both when it is earlier (T90).
 */
export function sessionExpiry(
  project: { sessionLifespan: string },
  organization: { sessionLifespan: string | null } | null,
  assertedExpiry: number | undefined,
  now: number,
): number {
  const lifespan = parseDuration(organization?.sessionLifespan ?? project.sessionLifespan) ?? DEFAULT_LIFESPAN_MS;
  return Math.min(now + lifespan, assertedExpiry ?? Number.POSITIVE_INFINITY);
}
