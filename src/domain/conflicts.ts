// Conflicts: taken by another, or moved since it was read.

import { DomainError, type FieldError } from "./errors.ts";

/** The value of a field is taken: 409 that names the field, never who has it. */
export function taken(code: string, fields: FieldError[]): DomainError {
  return new DomainError({ kind: "conflict", code, message: fields.map((f) => f.message).join(" "), fields });
}

/** The thing was changed after the caller read it. */
export function revisionConflict(): DomainError {
  return new DomainError({
    kind: "conflict",
    code: "revision_conflict",
    message: "It was changed in the meantime. Read it again and repeat the change.",
  });
}
