// Structured lines on the console, which Workers Logs collects. JSON encoding keeps hostile text on one line (T111).

/** Writes one line. `fields` must hold names and numbers only: no secrets, tokens, addresses or claim values (T101). */
export function log(
  requestId: string,
  level: "info" | "warn" | "error",
  message: string,
  fields: Record<string, unknown> = {},
): void {
  console[level](JSON.stringify({ level, message, request: requestId, ...fields }));
}
