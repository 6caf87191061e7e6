// What the app keeps on its side, by a random key that only the browser's cookie has. In memory here; an app on several
// machines puts a shared store in this place.

import { randomBytes } from "node:crypto";

export interface Store<T> {
  /** @returns the key */
  add(value: T): string;
  get(key: string | undefined): T | undefined;
  /** Reads and forgets. */
  take(key: string | undefined): T | undefined;
  deleteWhere(matches: (value: T) => boolean): void;
}

/**
 * @param life milliseconds
 * @param limit the oldest goes when there are more, so that nobody can fill the memory
 */
export function createStore<T>(life: number, limit: number): Store<T> {
  const entries = new Map<string, { value: T; expiresAt: number }>();

  function get(key: string | undefined): T | undefined {
    const entry = entries.get(key ?? "");
    return entry && entry.expiresAt > Date.now() ? entry.value : undefined;
  }

  return {
    get,
    add(value) {
      for (const oldest of entries.keys()) {
        if (entries.size < limit) break;
        entries.delete(oldest);
      }
      const key = randomBytes(32).toString("base64url");
      entries.set(key, { value, expiresAt: Date.now() + life });
      return key;
    },
    take(key) {
      const value = get(key);
      entries.delete(key ?? "");
      return value;
    },
    deleteWhere(matches) {
      for (const [key, { value }] of entries) if (matches(value)) entries.delete(key);
    },
  };
}
