// zod's issues -> one DomainError with the wire's field names. The default hook of every OpenAPI door.

import type { z } from "@hono/zod-openapi";
import { type FieldError, unacceptable } from "../domain/errors.ts";

type Result = { success: true } | { success: false; error: z.ZodError };

/**
 * Refuses what a schema refused.
 * @throws {DomainError} `unacceptable` with one entry per issue; `unknown_field` for what the schema does not know (T109)
 */
export function rejectSchemaErrors(result: Result): void {
  if (result.success) return;
  throw unacceptable(result.error.issues.flatMap(fieldErrors));
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      field: fieldPath([...issue.path, printable(key)]),
      code: "unknown_field",
      message: "This field does not exist here.",
    }));
  }
  const field = fieldPath(issue.path);
  if (issue.code === "invalid_type" && issue.message.endsWith("received undefined")) {
    return [{ field, code: "required", message: "This field is required." }];
  }
  return [{ field, code: issue.code, message: `${issue.message}.`.replace(/\.\.$/, ".") }];
}

/** `domains[0]`, `claims_mapping.email`; `body` for the whole. */
function fieldPath(path: readonly PropertyKey[]): string {
  const text = path.reduce<string>(
    (sofar, part) => (typeof part === "number" ? `${sofar}[${part}]` : `${sofar}${sofar && "."}${String(part)}`),
    "",
  );
  return text || "body";
}

/** A key that the caller made up, short and without controls, for it goes back out in the answer. */
function printable(key: string): string {
  return key.replace(/[^\x21-\x7e]/g, "?").slice(0, 64);
}
