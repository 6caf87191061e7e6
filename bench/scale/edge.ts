// Where requests land, as far as caches notice: data centres of unequal size, isolates in them that come and go, and KV with
// its copy in every data centre. Times are simulated seconds.

import { createExpiringCache, type ExpiringCache } from "../../src/domain/expiring-cache.ts";
import { type Chance, zipf } from "./random.ts";

export interface EdgeShape {
  /** Data centres that see traffic; rank r has a share of 1 / (r + 1). */
  locations: number;
  /** Requests a second, all together; with `perIsolate` it gives the isolates of a data centre, at least one. */
  requestsPerSecond: number;
  perIsolate: number;
  /** Mean life of an isolate, seconds. */
  isolateSeconds: number;
}

export interface Isolate<T> {
  location: number;
  cache: ExpiringCache<T>;
}

export interface Edge<T> {
  /** A data centre, by its size. */
  location(): number;
  /** One of its isolates at this time; a new one with an empty memory when its predecessor's life is over. */
  isolate(location: number, now: number): Isolate<T>;
  isolates: number;
}

/** @param entries how many an isolate remembers */
export function createEdge<T>(shape: EdgeShape, entries: number, chance: Chance): Edge<T> {
  const draw = zipf(shape.locations, 1);
  const weights = Array.from({ length: shape.locations }, (_, rank) => 1 / (rank + 1));
  const sum = weights.reduce((a, b) => a + b, 0);
  let time = 0;
  const places = weights.map((weight) => {
    const busy = (shape.requestsPerSecond * weight) / sum / shape.perIsolate;
    return Array.from({ length: Math.max(1, Math.ceil(busy)) }, () => ({
      until: chance.exponential(shape.isolateSeconds),
      cache: createExpiringCache<T>(entries, () => time * 1000),
    }));
  });
  return {
    isolates: places.reduce((total, place) => total + place.length, 0),
    location: () => draw(chance),
    isolate(location, now) {
      time = now;
      const place = places[location] ?? [];
      const one = place[Math.floor(chance.next() * place.length)];
      if (!one) throw new RangeError("no such location");
      if (one.until <= now) {
        one.cache = createExpiringCache<T>(entries, () => time * 1000);
        one.until = now + chance.exponential(shape.isolateSeconds);
      }
      return { location, cache: one.cache };
    },
  };
}

/** KV as Workers see it: what is written is in the data centre of the writer at once, elsewhere when its copy has ended. */
export interface SimulatedKv {
  /** @returns the value, and whether the data centre had a copy (also of there being none) */
  read(location: number, key: string, now: number): { value: number | undefined; hot: boolean };
  write(location: number, key: string, value: number, now: number): void;
}

/** @param copySeconds how long a data centre keeps its copy: `cacheTtl` */
export function createSimulatedKv(copySeconds: number): SimulatedKv {
  const central = new Map<string, number>();
  const copies = new Map<string, { value: number | undefined; until: number }>();
  return {
    read(location, key, now) {
      const name = `${location}/${key}`;
      const copy = copies.get(name);
      if (copy && copy.until > now) return { value: copy.value, hot: true };
      const value = central.get(key);
      copies.set(name, { value, until: now + copySeconds });
      return { value, hot: false };
    },
    write(location, key, value, now) {
      central.set(key, value);
      copies.set(`${location}/${key}`, { value, until: now + copySeconds });
    },
  };
}
