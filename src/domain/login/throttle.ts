// Lets something through once per key and period: for audit rows that strangers could otherwise multiply.

/** Keys remembered at once; past it everything is forgotten, which lets at most one more row per key through. */
const MAX_KEYS = 1000;

/**
 * A gate that answers true for the first call with a key in each period.
 * @param periodMs milliseconds
 */
export function createThrottle(periodMs: number): (key: string, now: number) => boolean {
  const last = new Map<string, number>();
  return (key, now) => {
    const before = last.get(key);
    if (before !== undefined && now - before < periodMs) return false;
    if (last.size >= MAX_KEYS) last.clear();
    last.set(key, now);
    return true;
  };
}
