// Who may use a project's admin API: the root key, or an API key of that very project. Cookies are never read here (T81).

import type { MiddlewareHandler } from "hono";
import { DomainError } from "../../domain/errors.ts";
import type { AppEnv } from "../context.ts";
import { rememberWrite } from "../display.ts";
import { managementKey, requireInProject } from "../middleware/management-key.ts";

/**
 * Recognises the key and makes its holder the actor of audit events.
 * @throws {DomainError} `unauthenticated` without a key or with an unknown one; `not_found` with another project's (T104)
 */
export const requireAdminKey: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (c.req.header("Authorization") === undefined) {
    throw new DomainError({
      kind: "unauthenticated",
      code: "unauthenticated",
      message: "Send an API key of this project as `Authorization: Bearer …`.",
    });
  }
  return await managementKey(c, async () => {
    const reads = c.req.method === "GET" || c.req.method === "HEAD";
    requireInProject(c, c.get("project").id, reads ? "read" : "write");
    await next();
    if (c.get("services").config.readReplication) await rememberWrite(c);
  });
};
