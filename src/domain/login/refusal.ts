// How a refused login is recorded: one audit event, one reference that a person can read out to support.

import { newId } from "../../crypto/random.ts";
import type { Runtime } from "../../services.ts";
import { failedUpdate } from "../../storage/connection-health.ts";
import type { Write } from "../../storage/database.ts";
import { eventInsert } from "../../storage/events.ts";
import { DomainError } from "../errors.ts";
import type { NewEvent, RequestContext } from "../events/event.ts";
import type { LoginRefusalReason, LoginRefused } from "./login.ts";
import type { RoutingDecision } from "./routing.ts";

export interface RefusalRecord {
  type: "login.refused" | "registration.refused";
  projectId: string;
  reason: LoginRefusalReason;
  context: RequestContext;
  about?: Pick<NewEvent, "organizationId" | "connectionId" | "identityId">;
  /** For the operator: expected and seen, without secrets or claim values. */
  detail?: string;
  /** It counts as a failure of the connection in `about`. */
  failedConnection?: boolean;
  /** Committed together with the event, e.g. the consumption of the transaction. */
  with?: readonly Write[];
  returnTo?: string;
  retryAfter?: number;
  routing?: RoutingDecision;
}

/**
 * Commits the audit event of a refusal and returns the refusal. A store that cannot take the event does not change the
 * decision: the refusal stands, with the request's id as its reference, and the log carries the reason.
 * @throws what `with` violates, because then the refusal is another one
 */
export async function refuse(runtime: Runtime, record: RefusalRecord): Promise<LoginRefused> {
  const now = runtime.clock();
  const id = newId(now);
  const db = runtime.databaseFor(record.projectId);
  const event: NewEvent = {
    type: record.type,
    reason: record.reason,
    ...record.about,
    details: record.detail === undefined ? {} : { detail: record.detail },
  };
  const failed = record.failedConnection ? record.about?.connectionId : undefined;
  try {
    await db.commit([
      ...(record.with ?? []),
      eventInsert(db, record.projectId, event, record.context, id, now),
      ...(failed
        ? [failedUpdate(db, { projectId: record.projectId, id: failed }, { at: now, reason: record.reason, eventId: id })]
        : []),
    ]);
  } catch (error) {
    if (error instanceof DomainError && error.kind === "unavailable") {
      return refused(record.reason, record.context.requestId, record);
    }
    throw error;
  }
  return refused(record.reason, id, record);
}

/** A refusal without a row: for strangers' nonsense, which must not be able to fill a table. The log has the reason. */
export function refused(
  reason: LoginRefusalReason,
  reference: string,
  rest: Pick<LoginRefused, "returnTo" | "retryAfter" | "routing"> = {},
): LoginRefused {
  return {
    ok: false,
    reason,
    reference,
    ...(rest.returnTo === undefined ? {} : { returnTo: rest.returnTo }),
    ...(rest.retryAfter === undefined ? {} : { retryAfter: rest.retryAfter }),
    ...(rest.routing === undefined ? {} : { routing: rest.routing }),
  };
}
