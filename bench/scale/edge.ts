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

/** @template C its memory */
export interface Isolate<C> {
  location: number;
  cache: C;
}

export interface Edge<C> {
  /** A data centre, by its size. */
  location(): number;
  /** One of its isolates at this time; a new one with an empty memory when its predecessor's life is over. */
  isolate(location: number, now: number): Isolate<C>;
  isolates: number;
}

/** Isolates that remember so many things of any name. */
export function createEdge<T>(shape: EdgeShape, entries: number, chance: Chance): Edge<ExpiringCache<T>> {
  return createEdgeOf(shape, (clock) => createExpiringCache<T>(entries, clock), chance);
}

/** Knows of things 0 … n-1 whether they are remembered. */
export interface NumberedMemory {
  /** Whether it knows this one. If it does not, it does from now on, for `ttl` milliseconds. */
  ask(thing: number, ttl: number): boolean;
}

/** Isolates that remember `entries` of so many things. */
export function createNumberedEdge(shape: EdgeShape, things: number, entries: number, chance: Chance): Edge<NumberedMemory> {
  return createEdgeOf(shape, (clock) => (things <= entries ? roomForAll(things, clock) : roomForSome(entries, clock)), chance);
}

/** As an expiring cache that is never full, and a good deal faster. */
function roomForAll(things: number, clock: () => number): NumberedMemory {
  const until = new Float64Array(things);
  return {
    ask(thing, ttl) {
      const now = clock();
      if (now < (until[thing] ?? 0)) return true;
      until[thing] = now + ttl;
      return false;
    },
  };
}

function roomForSome(entries: number, clock: () => number): NumberedMemory {
  const cache = createExpiringCache<true>(entries, clock);
  return {
    ask(thing, ttl) {
      const name = String(thing);
      if (cache.get(name)) return true;
      cache.set(name, true, ttl);
      return false;
    },
  };
}

/** @param newMemory of an isolate, by a clock of simulated milliseconds */
function createEdgeOf<C>(shape: EdgeShape, newMemory: (clock: () => number) => C, chance: Chance): Edge<C> {
  const draw = zipf(shape.locations, 1);
  const weights = Array.from({ length: shape.locations }, (_, rank) => 1 / (rank + 1));
  const sum = weights.reduce((a, b) => a + b, 0);
  let time = 0;
  const clock = () => time * 1000;
  const places = weights.map((weight) => {
    const busy = (shape.requestsPerSecond * weight) / sum / shape.perIsolate;
    return Array.from({ length: Math.max(1, Math.ceil(busy)) }, () => ({
      until: chance.exponential(shape.isolateSeconds),
      cache: newMemory(clock),
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
        one.cache = newMemory(clock);
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

interface Copy {
  value: number | undefined;
  until: number;
}

/** @param copySeconds how long a data centre keeps its copy: `cacheTtl` */
export function createSimulatedKv(copySeconds: number): SimulatedKv {
  const central = new Map<string, number>();
  const places: Map<string, Copy>[] = [];
  const copiesIn = (location: number) => (places[location] ??= new Map());
  return {
    read(location, key, now) {
      const copies = copiesIn(location);
      const copy = copies.get(key);
      if (copy && copy.until > now) return { value: copy.value, hot: true };
      const value = central.get(key);
      copies.set(key, { value, until: now + copySeconds });
      return { value, hot: false };
    },
    write(location, key, value, now) {
      central.set(key, value);
      copiesIn(location).set(key, { value, until: now + copySeconds });
    },
  };
}
