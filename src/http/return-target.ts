// The return target of a request, checked before anything else happens. A forbidden one is an error, never a redirect.

import { DomainError } from "../domain/errors.ts";
import { returnTarget } from "../domain/projects/return-target.ts";
import { type AppContext, urlOf } from "./context.ts";

/** Scheme and host of this request, e.g. `https://acme.sso.example.com`. The host has been matched to a project before. */
export function originOf(c: AppContext): string {
  return urlOf(c).origin;
}

/** Where the project's doors stand on this host: the origin and, for the console, its path. No slash at the end. */
export function baseOf(c: AppContext): string {
  return `${originOf(c)}${c.get("mount")}`;
}

/**
 * The absolute URL that `input` (usually the query's `return_to`) allows to return to; the project's `/` without input.
 * @throws {DomainError} `self_service_flow_return_to_forbidden`
 */
export function requireReturnTarget(c: AppContext, input: string | undefined): string {
  if ((input === undefined || input === "") && c.get("mount") !== "") return baseOf(c);
  const target = returnTarget(input, c.get("project"), originOf(c));
  if (target === undefined) {
    throw new DomainError({
      kind: "invalid",
      code: "self_service_flow_return_to_forbidden",
      message: "return_to must be a path on this host or one of the project's allowed_return_urls.",
      fields: [{ field: "return_to", code: "not_allowed", message: "This address is not an allowed return target." }],
    });
  }
  return target;
}
