// Whether this Worker runs, and whether it can do its work. Both reveal nothing beyond that, and stand before everything
// that needs a configuration: a broken one must be reported, not met.

import { Hono } from "hono";
import { ConfigError } from "../config.ts";
import { newRequestId } from "../crypto/random.ts";
import { DomainError } from "../domain/errors.ts";
import { findReadinessProblem, type ReadinessProblem } from "../domain/readiness.ts";
import { type Services, servicesFor } from "../services.ts";
import type { AppEnv } from "./context.ts";
import { errorEnvelope } from "./errors.ts";

/** Why an installation is not ready: fixed sentences, in the order of the checks. */
const REASONS = {
  configuration: "The configuration cannot be used.",
  database: "The database cannot answer.",
  schema: "The database's schema is not the one this version expects.",
  encryption_keys: "The encryption keys do not open what this installation has sealed.",
} as const;

/**
 * `/healthz` answers 200 whenever code runs. `/readyz` answers 200 when variables and secrets are usable, D1's primary
 * answers with the schema version of this code, and the encryption keys open what was sealed with them; else 503.
 */
export const healthDoor = new Hono<AppEnv>()
  .get("/healthz", (c) => {
    c.header("Cache-Control", "no-store");
    return c.json({ status: "ok" });
  })
  .get("/readyz", async (c) => {
    c.header("Cache-Control", "no-store");
    const services = configured(c.env);
    const problem = services ? await findReadinessProblem(services.runtime) : "configuration";
    if (!problem) return c.json({ status: "ok" });
    c.header("Retry-After", "10");
    const error = new DomainError({ kind: "unavailable", ...reasonOf(problem) });
    return c.json(errorEnvelope(error, newRequestId()), 503);
  });

/** A database other than the directory is named by its binding, so that whoever forgot to migrate it knows which. */
function reasonOf(problem: ReadinessProblem | "configuration"): { code: string; message: string } {
  const of = /^(database|schema)_(DB_[0-9]+)$/.exec(problem);
  const reason = (of?.[1] ?? problem) as keyof typeof REASONS;
  return { code: `not_ready_${reason}`, message: of ? `${of[2]}: ${REASONS[reason]}` : REASONS[reason] };
}

function configured(env: Env): Services | undefined {
  try {
    return servicesFor(env);
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}
