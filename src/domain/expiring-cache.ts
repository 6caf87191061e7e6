// A bounded memory that forgets: least recently used first when full, and everything after its time. It keeps values, never
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

/** @param clock milliseconds since the epoch */
export function createExpiringCache<T>(limit: number, clock: () => number): ExpiringCache<T> {
  const entries = new Map<string, { value: T; until: number }>();
  return {
    get(key) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      entries.delete(key);
      if (clock() >= entry.until) return undefined;
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, ttl) {
      entries.delete(key);
      entries.set(key, { value, until: clock() + ttl });
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
