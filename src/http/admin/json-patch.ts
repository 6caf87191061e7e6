// JSON Patch (RFC 6902) over a document of which only some members may be touched.

import { z } from "@hono/zod-openapi";
import { applyPatch as applyOperations, type Operation } from "rfc6902";
import { DomainError, type FieldError, unacceptable } from "../../domain/errors.ts";

/** A JSON Pointer (RFC 6901) to something inside the document. */
const pointer = z
  .string()
  .max(256)
  .regex(/^\/(?:[^~]|~[01])*$/, "Must be a JSON Pointer");

export const patchOperation = z
  .discriminatedUnion("op", [
    z.strictObject({ op: z.enum(["add", "replace", "test"]), path: pointer, value: z.unknown() }),
    z.strictObject({ op: z.literal("remove"), path: pointer }),
    z.strictObject({ op: z.enum(["move", "copy"]), path: pointer, from: pointer }),
  ])
  .openapi("JsonPatch");

type PatchOperation = z.infer<typeof patchOperation>;

/**
 * The patched document, or nothing of it: `document` itself is not changed. Every path must begin with one of `members`,
 * and none may reach a prototype (T62).
 * @throws {DomainError} `validation_failed` for a denied path or one that leads nowhere; `patch_test_failed`
 */
export function applyPatch(document: object, patch: readonly PatchOperation[], members: readonly string[]): unknown {
  const denied = patch.flatMap((operation, index) => deniedPaths(operation, index, members));
  if (denied.length > 0) throw unacceptable(denied);
  const result: unknown = structuredClone(document);
  const outcomes = applyOperations(result, patch as Operation[]);
  const failed = outcomes.findIndex((error) => error !== null);
  if (failed === -1) return result;
  if (patch[failed]?.op === "test") {
    const message = "A test operation of the patch found another value.";
    throw new DomainError({ kind: "conflict", code: "patch_test_failed", message });
  }
  throw unacceptable([{ field: `[${failed}].path`, code: "path_not_found", message: "This path does not lead anywhere." }]);
}

function deniedPaths(operation: PatchOperation, index: number, members: readonly string[]): FieldError[] {
  const paths = "from" in operation ? { path: operation.path, from: operation.from } : { path: operation.path };
  return Object.entries(paths).flatMap(([name, path]) => {
    const [member = "", ...rest] = path.slice(1).split("/");
    const allowed = members.includes(member) && !rest.some((token) => PROTOTYPE.includes(token));
    return allowed ? [] : [{ field: `[${index}].${name}`, code: "path_denied", message: "This path cannot be patched." }];
  });
}

const PROTOTYPE = ["__proto__", "constructor", "prototype"];
