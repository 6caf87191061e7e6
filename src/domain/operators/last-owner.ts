// The last owner of all projects. Whoever operates an installation does it as an owner at the console project, so no change may
// leave that project without one who can sign in: not of a role or a person, and not of what they sign in with.

import { CONSOLE_SLUG } from "../../config.ts";
import type { Database, Write } from "../../storage/database.ts";
import { ownerGuard, ownerGuardRefused } from "../../storage/operators.ts";
import { DomainError, type FieldError } from "../errors.ts";

/**
 * The statement of a commit that keeps an owner, in a project that may be the console's; any other project it lets be. It
 * belongs after what the commit changes; before that for one who `leaves`.
 *
 * It holds for the root key, too. That key can invite another owner at any time, so this keeps it from nothing but a lockout,
 * and somebody who must be out at once is so by a new password.
 * @param of whom the commit is about; without it, what anybody signs in with
 */
export function keepOwner(db: Database, projectId: string, of?: { operatorId: string; leaves: boolean }): Write {
  return ownerGuard(db, projectId, CONSOLE_SLUG, of);
}

/**
 * What a refused commit is when `keepOwner` refused it; undefined when something else did.
 * @param field what of the input asked for it, on the wire
 */
export function lastOwner(error: unknown, field?: string): DomainError | undefined {
  if (!ownerGuardRefused(error)) return undefined;
  const message = "After this the last owner of all projects could not sign in. Make somebody else an owner who can first.";
  const fields: FieldError[] = field === undefined ? [] : [{ field, code: "last_owner", message }];
  return new DomainError({ kind: "conflict", code: "last_owner", message, fields });
}
