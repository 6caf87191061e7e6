// A transaction: one round trip to an IdP, sealed into a cookie of the browser that began it. The server keeps nothing
// until the transaction is consumed, and then only that it was (storage/login.ts).

import { sha256 } from "../../crypto/digest.ts";
import { newId, randomToken } from "../../crypto/random.ts";
import type { Sealer } from "../../crypto/seal.ts";
import type { RoundTrip } from "../../protocols/connector.ts";
import type { Connection } from "../connections/connection.ts";
import type { Project } from "../projects/project.ts";
import type { Trial } from "./trial.ts";

export interface Transaction extends RoundTrip {
  /** UUIDv7; the key under which it is consumed. */
  id: string;
  projectId: string;
  organizationId: string | null;
  /** The connection's trust_revision at the start; a later one refuses the callback (T58, T65). */
  trustRevision: number;
  /** Validated return target, absolute URL; kept here, never taken from the callback (T76). */
  returnTo: string;
  /** The session is for an app that holds the code of this digest (src/domain/session-exchange). */
  initCodeHash?: string;
  /** Set on a trial: its callback reports, and can make no session. */
  trial?: Trial;
  expiresAt: number;
}

/** Ten minutes for a person to sign in at the IdP. */
export const TRANSACTION_LIFESPAN_MS = 10 * 60 * 1000;

const COOKIE_PREFIX = "__Host-orgate_tx_";
/** What `transactionCookieName` makes. Other names with the prefix are not ours, and may not even be cookie names. */
const COOKIE_NAME = new RegExp(`^${COOKIE_PREFIX}[A-Za-z0-9_-]{16}$`);

/** The values of a new round trip, before the connector is asked where to send the browser. */
export function newTransaction(
  project: Project,
  connection: Connection,
  returnTo: string,
  now: number,
): Omit<Transaction, "issRequired"> {
  return {
    id: newId(now),
    projectId: project.id,
    organizationId: connection.organizationId,
    connectionId: connection.id,
    trustRevision: connection.trustRevision,
    issuer: connection.issuerUrl,
    redirectUri: connection.redirectUri,
    state: randomToken(32),
    nonce: randomToken(32),
    codeVerifier: randomToken(32),
    returnTo,
    expiresAt: now + TRANSACTION_LIFESPAN_MS,
  };
}

/** Name of the cookie of a state: one per transaction, so that logins in several tabs do not disturb each other (T4). */
export function transactionCookieName(state: string): string {
  return `${COOKIE_PREFIX}${sha256(state).slice(0, 16)}`;
}

/** Names of all transaction cookies in a request, so that a browser full of abandoned ones can be relieved. */
export function transactionCookieNames(cookies: Record<string, string>): string[] {
  return Object.keys(cookies).filter((name) => COOKIE_NAME.test(name));
}

/** Seals a transaction for the cookie. */
export function sealTransaction(sealer: Sealer, transaction: Transaction): Promise<string> {
  return sealer.seal(purpose(transaction.projectId), JSON.stringify(transaction));
}

/** The transaction of a cookie, or undefined when it is not ours, not whole, or another project's. */
export async function openTransaction(sealer: Sealer, projectId: string, sealed: string): Promise<Transaction | undefined> {
  const text = await sealer.open(purpose(projectId), sealed);
  return text === undefined ? undefined : (JSON.parse(text) as Transaction);
}

function purpose(projectId: string): string {
  return `transaction/${projectId}`;
}
