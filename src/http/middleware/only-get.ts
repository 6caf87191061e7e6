// Routes whose GET does something once (a start, a callback) must not run for HEAD, which Hono sends to the same handler.

import { DomainError } from "../../domain/errors.ts";
import type { AppContext } from "../context.ts";

/** @throws {DomainError} `method_not_allowed` for HEAD */
export function onlyGet(c: AppContext): void {
  if (c.req.method !== "GET") {
    throw new DomainError({ kind: "method_not_allowed", code: "method_not_allowed", message: "Use GET." });
  }
}
