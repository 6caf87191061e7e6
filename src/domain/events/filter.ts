// Which events somebody wants to read, as they say it in a query.

import { type FieldError, unacceptable } from "../errors.ts";
import { EVENT_TYPES, type EventType, familyOf } from "./event.ts";
import { type ReferenceRange, referenceRange } from "./reference.ts";

/** All that is given must hold. */
export interface EventFilter {
  types?: readonly EventType[] | undefined;
  organizationId?: string | undefined;
  connectionId?: string | undefined;
  identityId?: string | undefined;
  /** A kind of actor, or the id of one. */
  actor?: string | undefined;
  /** The event of a reference, and the events of the request of one. */
  reference?: ReferenceRange | undefined;
}

/** The filter's names on the wire. What is empty does not filter. */
export interface EventQuery {
  /** A type, or all of a family: `login.*`. */
  type?: string | undefined;
  organization_id?: string | undefined;
  connection_id?: string | undefined;
  identity_id?: string | undefined;
  actor?: string | undefined;
  reference?: string | undefined;
}

/** @throws {DomainError} `unacceptable` naming type or reference */
export function readEventFilter(query: EventQuery): EventFilter {
  const problems: FieldError[] = [];
  const types = query.type ? eventTypesOf(query.type) : undefined;
  if (types?.length === 0) {
    problems.push({ field: "type", code: "invalid_value", message: "This type of event does not exist." });
  }
  const reference = query.reference ? referenceRange(query.reference) : undefined;
  if (query.reference && !reference) {
    const message =
      "A reference has ten letters and digits, such as 1R8M4-X0KQ2; the id of an event or a request will do as well.";
    problems.push({ field: "reference", code: "reference_invalid", message });
  }
  if (problems.length > 0) throw unacceptable(problems);
  return {
    types,
    organizationId: query.organization_id || undefined,
    connectionId: query.connection_id || undefined,
    identityId: query.identity_id || undefined,
    actor: query.actor || undefined,
    reference,
  };
}

/** The types that a name stands for: one, or those of a family. */
function eventTypesOf(name: string): EventType[] {
  return EVENT_TYPES.filter((type) => type === name || `${familyOf(type)}.*` === name);
}
