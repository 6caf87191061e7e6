// Stops calling a server that does not answer (T75). Without it every login of one hanging IdP would hold its request, and
// an outbound connection, for the whole time limit. Kept per caller's key and endpoint, in this isolate, bounded.

import { type GuardedFetch, OutboundError, type OutboundInit } from "./guarded-fetch.ts";

/** Requests in a row without an answer. */
const OPENS_AFTER = 5;
/** Milliseconds until one request may try again. */
const OPEN_MS = 30_000;
const MAX_CIRCUITS = 2_000;

interface Circuit {
  silences: number;
  /** Milliseconds since the epoch; absent while closed. */
  openedAt?: number;
}

/**
 * For each key (a tenant's connection) a guarded fetch that throws `OutboundError("suspended")`, without a request, while
 * the circuit of that key and endpoint is open. It opens after five requests in a row that got no answer; every 30 seconds
 * one request tries again, and an answer closes it. An answer is any answer, an error of the server's own too: that one is
 * quick, and strangers can provoke it with codes of their own making, so it must not lock an organization out.
 */
export function createCircuitBreaker(outbound: GuardedFetch, clock: () => number): (key: string) => GuardedFetch {
  /** Only circuits with silences in them; an answer removes the entry. */
  const circuits = new Map<string, Circuit>();

  async function call(name: string, url: string, init: OutboundInit | undefined): Promise<Response> {
    const circuit = circuits.get(name);
    if (circuit?.openedAt !== undefined) {
      // A clock that was set back must not keep it open (F34).
      if (Math.abs(clock() - circuit.openedAt) < OPEN_MS) throw new OutboundError("suspended");
      // This request is the one that tries; should it be lost, another may after the same time.
      circuit.openedAt = clock();
    }
    try {
      const response = await outbound(url, init);
      circuits.delete(name);
      return response;
    } catch (error) {
      if (isSilence(error)) countSilence(name);
      else if (!isOwnRefusal(error)) circuits.delete(name);
      throw error;
    }
  }

  function countSilence(name: string): void {
    const silences = (circuits.get(name)?.silences ?? 0) + 1;
    const oldest = circuits.keys().next().value;
    circuits.delete(name);
    if (circuits.size >= MAX_CIRCUITS && oldest !== undefined) circuits.delete(oldest);
    circuits.set(name, silences < OPENS_AFTER ? { silences } : { silences, openedAt: clock() });
  }

  return (key) =>
    Object.assign((url: string, init?: OutboundInit) => call(circuitName(key, url), url, init), { refuse: outbound.refuse });
}

function isSilence(error: unknown): boolean {
  return error instanceof OutboundError && (error.reason === "timeout" || error.reason === "unreachable");
}

function isOwnRefusal(error: unknown): boolean {
  return error instanceof OutboundError && error.reason === "refused";
}

/** Without the query, so that no caller can spread one endpoint over many circuits. */
function circuitName(key: string, url: string): string {
  return `${key} ${url.split("?", 1)[0]}`;
}
