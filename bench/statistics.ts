// The arithmetic of the benchmark. Pure.

/** Middle, least and greatest of a few figures. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** The middle value; of an even number of values the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** The smallest value that at least `share` of the values do not exceed (nearest rank). `sorted` ascending; NaN of none. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/**
 * Ours over the floor, round by round, and then the spread of these: what slows the machine for a while slows both sides of
 * one round.
 */
export function ratios(ours: readonly number[], floor: readonly number[]): Spread {
  const rounds = Math.min(ours.length, floor.length);
  return spread(Array.from({ length: rounds }, (_, round) => (ours[round] ?? Number.NaN) / (floor[round] ?? Number.NaN)));
}
