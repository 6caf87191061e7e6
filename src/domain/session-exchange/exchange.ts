// How a session that begins in a browser gets to the native app that asked for it, as Ory does it: the app holds `init_code`,
// the browser brings `return_to_code` to the app's address, and both together are worth the session, once.
//
// Nothing is stored before the person has signed in: the digest of init_code travels sealed, in the flow's id, then in the
// link that the app opens, then in the transaction.

import { sha256 } from "../../crypto/digest.ts";
import { randomToken } from "../../crypto/random.ts";
import type { Sealer } from "../../crypto/seal.ts";

/** Milliseconds the app has to fetch its session once the browser is back. */
export const EXCHANGE_LIFESPAN_MS = 5 * 60_000;

/** What the link carries. It holds for one return address, so that nobody can have the code sent elsewhere. */
export interface ExchangeTicket {
  initCodeHash: string;
  returnTo: string;
  /** The end of the flow it comes from, milliseconds. */
  expiresAt: number;
}

/** A session that waits to be fetched. */
export interface SessionExchange {
  projectId: string;
  /** Digest of return_to_code. */
  id: string;
  initCodeHash: string;
  sessionId: string;
  expiresAt: number;
}

/** A code for the app, and its digest for the flow. */
export function newInitCode(): { code: string; hash: string } {
  const code = randomToken(32);
  return { code, hash: sha256(code) };
}

/** A code for the browser to bring back, and the row that waits for it. */
export function newExchange(
  of: { projectId: string; sessionId: string; initCodeHash: string },
  now: number,
): { code: string; exchange: SessionExchange } {
  const code = randomToken(32);
  return { code, exchange: { ...of, id: sha256(code), expiresAt: now + EXCHANGE_LIFESPAN_MS } };
}

export function sealExchangeTicket(sealer: Sealer, projectId: string, ticket: ExchangeTicket): Promise<string> {
  return sealer.seal(purpose(projectId), JSON.stringify(ticket));
}

/** The ticket, or undefined when it is not one of this project's, is over, or was made for another return address. */
export async function openExchangeTicket(
  sealer: Sealer,
  projectId: string,
  sealed: string,
  returnTo: string,
  now: number,
): Promise<ExchangeTicket | undefined> {
  const text = await sealer.open(purpose(projectId), sealed);
  if (text === undefined) return undefined;
  const ticket = JSON.parse(text) as ExchangeTicket;
  return ticket.returnTo === returnTo && now < ticket.expiresAt ? ticket : undefined;
}

/** The address the browser goes to, with its code. */
export function withReturnToCode(returnTo: string, code: string): string {
  const url = new URL(returnTo);
  url.searchParams.set("code", code);
  return url.href;
}

function purpose(projectId: string): string {
  return `session-exchange/${projectId}`;
}
