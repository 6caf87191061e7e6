// Structured lines on the console, which Workers Logs collects. JSON encoding keeps hostile text on one line (T111).

import { referenceOf } from "../domain/events/reference.ts";

/**
 * Writes one line, with the request's id and the reference that a page without an audit event of its own shows. `fields` must
 * hold names and numbers only: no secrets, tokens, addresses or claim values (T101).
 */
export function log(
  requestId: string,
  level: "info" | "warn" | "error",
  message: string,
  fields: Record<string, unknown> = {},
): void {
  const reference = referenceOf(requestId);
  const named = reference === requestId ? {} : { reference };
  console[level](JSON.stringify({ level, message, request: requestId, ...named, ...fields }));
}
