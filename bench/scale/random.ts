// Chance that can be repeated: the same seed gives the same numbers on every machine.

export interface Chance {
  /** From 0 up to, but not including, 1. */
  next(): number;
  /** Waiting time with this mean, as a Poisson process has it. */
  exponential(mean: number): number;
}

/** mulberry32: 32 bits of state, good enough to draw traffic with. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return { next, exponential: (mean) => -mean * Math.log(1 - next()) };
}

/** Draws ranks 0 … n-1, rank r in proportion to 1 / (r + 1)^exponent. */
export function zipf(n: number, exponent: number): (chance: Chance) => number {
  const cumulative = new Float64Array(n);
  let sum = 0;
  for (let rank = 0; rank < n; rank += 1) {
    sum += (rank + 1) ** -exponent;
    cumulative[rank] = sum;
  }
  return (chance) => {
    const target = chance.next() * sum;
    let low = 0;
    let high = n - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((cumulative[middle] ?? 0) > target) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
