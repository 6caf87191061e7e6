// A Bloom filter over domain names: a name is certainly not among those that were added, or it probably is. Ten bits and seven
// probes for a name; one in a hundred of the others is taken for one of them. How names become bits is part of `domains:v1` in KV.

/** Bit n is bit n % 8 of byte n / 8. */
export type DomainFilter = Uint8Array;

const BITS_EACH = 10;
/** Ten times the logarithm of two: where fewest others are taken for one of them. */
const PROBES = 7;
/** So that a handful of names, and some that are learned later, do not fill it. */
const LEAST_BYTES = 128;

/** A filter with room for so many names, and none in it. */
export function emptyFilter(names: number): DomainFilter {
  return new Uint8Array(Math.max(LEAST_BYTES, Math.ceil((names * BITS_EACH) / 8)));
}

/** For more names than a filter has room for: any name is probably in it. */
export function fullFilter(): DomainFilter {
  return new Uint8Array(LEAST_BYTES).fill(255);
}

/** @param domain canonical (domain-name.ts) */
export function addTo(filter: DomainFilter, domain: string): void {
  const bits = filter.length * 8;
  const first = hashOf(domain);
  const step = stepOf(first);
  for (let probe = 0, place = first; probe < PROBES; probe += 1, place = (place + step) >>> 0) {
    const bit = place % bits;
    filter[bit >>> 3] = (filter[bit >>> 3] ?? 0) | (1 << (bit & 7));
  }
}

/** Whether a domain is probably in it. Every lookup that this isolate does not remember asks; nothing is allocated. */
export function mayContain(filter: DomainFilter, domain: string): boolean {
  const bits = filter.length * 8;
  const first = hashOf(domain);
  const step = stepOf(first);
  for (let probe = 0, place = first; probe < PROBES; probe += 1, place = (place + step) >>> 0) {
    const bit = place % bits;
    if (((filter[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

/** FNV-1a over the letters, mixed. */
function hashOf(domain: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < domain.length; i += 1) hash = Math.imul(hash ^ domain.charCodeAt(i), 0x01000193);
  return mixed(hash);
}

/** Odd, so that the probes of one name are different ones. */
function stepOf(hash: number): number {
  return (mixed(hash ^ 0x9e3779b9) | 1) >>> 0;
}

/** MurmurHash3's last step: every bit of the result depends on every bit of the hash. */
function mixed(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
