// Names that people give to things: organizations, connections, projects, keys.

import type { FieldError } from "./errors.ts";

/** Longest label, in UTF-16 units. */
export const MAX_LABEL = 256;

/** Controls, line separators, and the marks that reorder text: they let a label look like another or break a line. */
const FORBIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/** The label, trimmed; what is wrong with it is added to `problems`. */
export function acceptLabel(field: string, value: string, problems: FieldError[]): string {
  const label = value.trim();
  if (label === "") problems.push({ field, code: "required", message: "Give it a name." });
  else if (label.length > MAX_LABEL) problems.push({ field, code: "too_long", message: `At most ${MAX_LABEL} characters.` });
  else if (FORBIDDEN.test(label)) {
    problems.push({ field, code: "forbidden_character", message: "Control characters are not allowed." });
  }
  return label;
}
