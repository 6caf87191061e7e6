// Durations as the API spells them: a whole number and one unit, a subset of Go's notation (`30m`, `24h`).

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Shortest and longest session lifespan: one minute and 8,760 hours (a year of 365 days), milliseconds. */
const MIN_LIFESPAN_MS = 60_000;
const MAX_LIFESPAN_MS = 8760 * 3_600_000;

/** Milliseconds, or undefined when the text is not `^[0-9]+(s|m|h)$` or is too large to count with. */
export function parseDuration(text: string): number | undefined {
  const match = /^([0-9]{1,9})(s|m|h)$/.exec(text);
  if (!match) return undefined;
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}

/** Why a text cannot be a session lifespan, or undefined when it can. */
export function refuseSessionLifespan(text: string): { code: string; message: string } | undefined {
  const ms = parseDuration(text);
  if (ms === undefined) return { code: "duration_invalid", message: "Write a whole number and a unit, such as 30m or 24h." };
  if (ms < MIN_LIFESPAN_MS || ms > MAX_LIFESPAN_MS) {
    return { code: "duration_out_of_range", message: "A session lasts at least 1m and at most 8760h." };
  }
  return undefined;
}
