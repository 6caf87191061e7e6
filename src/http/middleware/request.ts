// First of every request: its id, who asks, and the services.

import type { MiddlewareHandler } from "hono";
import { ConfigError } from "../../config.ts";
import { newRequestId } from "../../crypto/random.ts";
import { DomainError } from "../../domain/errors.ts";
import { type Services, servicesFor } from "../../services.ts";
import type { AppEnv } from "../context.ts";

/** Gives the request its id, context and services. Hono's last resort takes errors only: whatever else is thrown becomes one. */
export const requestMiddleware: MiddlewareHandler<AppEnv> = async (c, next) => {
  const requestId = newRequestId();
  c.set("requestId", requestId);
  c.set("requestContext", {
    requestId,
    ipAddress: c.req.header("CF-Connecting-IP") ?? null,
    userAgent: c.req.header("User-Agent")?.slice(0, 256) ?? null,
    actor: { type: "anonymous", id: null },
  });
  c.set("services", configuredServices(c.env));
  try {
    await next();
  } catch (thrown) {
    throw thrown instanceof Error ? thrown : new Error("something was thrown that is no error");
  }
};

/** @throws {DomainError} `not_ready_configuration`; the log has the problems, by the names of the variables */
function configuredServices(env: Env): Services {
  try {
    return servicesFor(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new DomainError({
      kind: "unavailable",
      code: "not_ready_configuration",
      message: "The service is not set up. An operator has to look at this.",
      retryAfter: 60,
      cause: error,
    });
  }
}
