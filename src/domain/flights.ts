// Work that many requests ask for at once, done once for all of them: a *flight*.
//
// Requests of one isolate share values here, never promises: workerd binds a promise to the request that began its I/O, and
// when that request is cancelled it never settles. Who finds a flight under way looks again on timers of its own, and takes
// over when it was lost. So that it is not lost because one person closed a tab, it goes on after its request has ended.

export interface Flights<T> {
  /**
   * What `work` gives, or what it already gives to somebody else under this key.
   * @param keep is told the value, unless the key was forgotten while it was on its way
   * @throws what `work` throws, to everybody who waits for it; the next one to ask tries again
   */
  share(key: string, work: () => Promise<T>, keep?: (value: T) => unknown): Promise<T>;
  /** Whether work for this key is under way. */
  has(key: string): boolean;
  /** From now on nobody joins what is under way for this key, and nobody remembers it: the ground has moved. */
  forget(key: string): void;
  forgetAll(): void;
}

export interface FlightTools {
  /** Milliseconds since the epoch. */
  clock: () => number;
  /** Lets the work finish when the request that began it has ended. */
  background: (work: Promise<unknown>) => void;
  /** Milliseconds that the work may take; a flight older than this lost its request. */
  patience: number;
}

/** Plain values, which every request may look at. */
interface Flight<T> {
  startedAt: number;
  landed?: { ok: true; value: T } | { ok: false; error: unknown };
  /** Who took over after it was lost; the others who waited go on with that one, also when it has landed already. */
  successor?: Flight<T>;
}

/**
 * Milliseconds between two looks, doubled from look to look: nobody waits more than twice as long as the work takes, and a thousand who
 * wait for something slow do not keep the isolate from doing it.
 */
const FIRST_LOOK = 2;
const LAST_LOOK = 256;

/** There are never more flights than requests that began one. */
export function createFlights<T>({ clock, background, patience }: FlightTools): Flights<T> {
  const underWay = new Map<string, Flight<T>>();

  function begin(key: string, work: () => Promise<T>, keep: (value: T) => unknown): { flight: Flight<T>; outcome: Promise<T> } {
    const flight: Flight<T> = { startedAt: clock() };
    underWay.set(key, flight);
    const outcome = (async () => {
      try {
        const value = await work();
        flight.landed = { ok: true, value };
        if (underWay.get(key) === flight) keep(value);
        return value;
      } catch (error) {
        flight.landed = { ok: false, error };
        throw error;
      } finally {
        if (underWay.get(key) === flight) underWay.delete(key);
      }
    })();
    background(outcome.catch(() => undefined));
    return { flight, outcome };
  }

  /** Undefined when the flight was lost. A clock that was set back keeps nobody for longer (F34). */
  async function landingOf(flight: Flight<T>): Promise<Flight<T>["landed"]> {
    const until = flight.startedAt + patience;
    let pause = FIRST_LOOK;
    for (let waited = 0; !flight.landed && waited < patience && clock() < until; waited += pause) {
      pause = Math.min(pause * 2, LAST_LOOK);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    return flight.landed;
  }

  return {
    async share(key, work, keep = () => undefined) {
      let lost: Flight<T> | undefined;
      for (let other = underWay.get(key); other; other = other.successor) {
        const landed = await landingOf(other);
        if (landed?.ok) return landed.value;
        if (landed) throw landed.error;
        lost = other;
      }
      const { flight, outcome } = begin(key, work, keep);
      if (lost) lost.successor = flight;
      return await outcome;
    },
    has: (key) => underWay.has(key),
    forget: (key) => void underWay.delete(key),
    forgetAll: () => underWay.clear(),
  };
}
