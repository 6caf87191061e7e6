// The end of a round trip, the same for a login and for a trial: everything that needs no I/O first, then the transaction is
// consumed, then the code is redeemed and all that comes back verified. What follows is the gate (verdict.ts).

import type { Assertion, Evidence } from "../../protocols/connector.ts";
import type { Runtime } from "../../services.ts";
import { violatesUnique } from "../../storage/database.ts";
import type { loginStore } from "../../storage/login.ts";
import type { Connection } from "../connections/connection.ts";
import { refuseConnection } from "./connection-state.ts";
import type { LoginRefusalReason } from "./login.ts";
import type { Transaction } from "./transaction.ts";

type Store = ReturnType<typeof loginStore>;

/** What the login rests on, read in the statement that consumed the transaction. */
export type Ground = Awaited<ReturnType<Store["consume"]>>;

export interface RoundTripRefusal {
  ok: false;
  reason: LoginRefusalReason;
  detail?: string;
  /**
   * How far it got: `unused`: the transaction still has to be consumed; `replayed`: it had been before; `consumed`: the
   * provider was not asked; `asked`: it was.
   */
  stage: "unused" | "replayed" | "consumed" | "asked";
}

export type RoundTripEnd =
  | { ok: true; ground: Ground; project: NonNullable<Ground["project"]>; connection: Connection; assertion: Assertion }
  | RoundTripRefusal;

export interface CallbackRequest {
  connectionId: string;
  organizationId: string | null;
  params: URLSearchParams;
}

/**
 * Judges, consumes, redeems, verifies. Two D1 round trips at most with the caller's own.
 * @param trial when given, collects what comes back, and a connection or organization that is disabled may be used
 */
export async function endRoundTrip(
  runtime: Runtime,
  store: Store,
  transaction: Transaction,
  request: CallbackRequest,
  trial?: { evidence: Evidence },
): Promise<RoundTripEnd> {
  // The callback's path must be the transaction's own connection and organization (T7, T9), and the answer must come from
  // its issuer (T8), before anything is sent.
  if (request.connectionId !== transaction.connectionId || request.organizationId !== transaction.organizationId) {
    return refused("unused", "connection_mismatch");
  }
  const answer = runtime.connector.checkResponse(transaction, request.params);
  if (!answer.ok) return refused("unused", answer.reason, answer.detail);

  const ground = await store.consume(transaction).catch(alreadyUsed);
  if (!ground) return refused("replayed", "transaction_used");
  const { connection, project } = ground;
  if (!connection || !project) return refused("consumed", "connection_not_found");
  if (connection.trustRevision !== transaction.trustRevision) return refused("consumed", "connection_changed");
  const unusable = trial ? undefined : refuseConnection(connection, ground.organization);
  if (unusable) return refused("consumed", unusable);

  const outcome = await runtime.connector.finish(connection, transaction, request.params, trial?.evidence);
  if (!outcome.ok) return refused("asked", outcome.reason, outcome.detail);
  return { ok: true, ground, project, connection, assertion: outcome.assertion };
}

function refused(stage: RoundTripRefusal["stage"], reason: LoginRefusalReason, detail?: string): RoundTripRefusal {
  return { ok: false, stage, reason, ...(detail === undefined ? {} : { detail }) };
}

function alreadyUsed(error: unknown): undefined {
  if (violatesUnique(error, "consumed_transactions")) return undefined;
  throw error;
}
