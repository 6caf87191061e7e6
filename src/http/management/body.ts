// The JSON body of a management request, read and checked before its schema is.

import type { MiddlewareHandler } from "hono";
import { unacceptable } from "../../domain/errors.ts";
import type { AppEnv } from "../context.ts";
import { readJson } from "../json-body.ts";

/** Bytes. */
const MAX_BODY = 64 * 1024;
/** No operation's body is nested deeper than three levels. */
const MAX_DEPTH = 8;
/** Keys that reach into JavaScript's objects instead of naming a field (T109). */
const NEVER_A_FIELD = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Reads the body once: `application/json` only, at most 64 KiB, no key that could reach a prototype. What validates and
 * handles the request after it finds the parsed value.
 */
export const jsonBody: MiddlewareHandler<AppEnv> = async (c, next) => {
  const body = await readJson(c, MAX_BODY);
  refuseHostileKeys(body, 0);
  c.req.bodyCache.json = Promise.resolve(body);
  await next();
};

function refuseHostileKeys(value: unknown, depth: number): void {
  if (typeof value !== "object" || value === null) return;
  if (depth > MAX_DEPTH) throw unacceptable([{ field: "body", code: "too_deep", message: "The body is nested too deeply." }]);
  for (const [key, inner] of Object.entries(value)) {
    if (NEVER_A_FIELD.has(key)) {
      throw unacceptable([{ field: key, code: "unknown_field", message: "This field does not exist here." }]);
    }
    refuseHostileKeys(inner, depth + 1);
  }
}
