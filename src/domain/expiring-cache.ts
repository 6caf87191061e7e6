// A bounded memory that forgets: least recently used first when full, to the second, and everything after its time. It keeps values, never
// promises: workerd binds a promise to the request that began it, so another request must not wait for one.

export interface ExpiringCache<T> {
  /** The value, or undefined when there is none or its time is over. */
  get(key: string): T | undefined;
  /** @param ttl milliseconds */
  set(key: string, value: T, ttl: number): void;
  delete(key: string): void;
  /** Deletes every entry for which `matches` is true. */
  deleteWhere(matches: (value: T) => boolean): void;
}

/** Milliseconds within which a value that is used again does not change its place: what is used all the time moves once. */
const RECENT = 1000;

/** @param clock milliseconds since the epoch */
export function createExpiringCache<T>(limit: number, clock: () => number): ExpiringCache<T> {
  const entries = new Map<string, { value: T; until: number; used: number }>();
  return {
    get(key) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      const now = clock();
      if (now < entry.until && now - entry.used < RECENT) return entry.value;
      entries.delete(key);
      if (now >= entry.until) return undefined;
      entry.used = now;
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, ttl) {
      entries.delete(key);
      const now = clock();
      entries.set(key, { value, until: now + ttl, used: now });
      if (entries.size <= limit) return;
      const oldest = entries.keys().next();
      if (!oldest.done) entries.delete(oldest.value);
    },
    delete: (key) => void entries.delete(key),
    deleteWhere(matches) {
      for (const [key, { value }] of entries) if (matches(value)) entries.delete(key);
    },
  };
}
