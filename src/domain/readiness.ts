// Whether this installation can do its work: D1's primary answers, its schema is the one this code was written for, and the
// encryption keys open what was sealed with them.

import type { Runtime } from "../services.ts";
import { factPut, readFacts, SCHEMA_VERSION } from "../storage/instance.ts";
import { DomainError } from "./errors.ts";

export type ReadinessProblem = "database" | "schema" | "encryption_keys";

/** Key in instance_state of a known sealed text, and what it is sealed for. */
const KEY_CHECK = "key_check";

/** The first problem found, or undefined. One round trip; never throws. */
export async function findReadinessProblem(runtime: Runtime): Promise<ReadinessProblem | undefined> {
  let facts: Map<string, string>;
  try {
    facts = await readFacts(runtime.directory, ["schema_version", KEY_CHECK]);
  } catch (error) {
    return isMissingTable(error) ? "schema" : "database";
  }
  if (facts.get("schema_version") !== SCHEMA_VERSION) return "schema";
  const sealed = facts.get(KEY_CHECK) ?? (await runtime.sealer.seal(KEY_CHECK, "ok"));
  return (await runtime.sealer.open(KEY_CHECK, sealed)) === undefined ? "encryption_keys" : undefined;
}

/** D1 answers, but has not been migrated, or not to the end. */
function isMissingTable(error: unknown): boolean {
  return error instanceof DomainError && error.cause instanceof Error && error.cause.message.includes("no such table");
}

/**
 * Stores the known text when there is none, and again when keys have been rotated. A deployment whose ENCRYPTION_KEYS are
 * lost or mistyped cannot open it and says so before anybody's login fails (F28); with such keys the text stays as it is.
 */
export async function ensureKeyCheck(runtime: Runtime): Promise<{ written: number }> {
  const stored = (await readFacts(runtime.directory, [KEY_CHECK])).get(KEY_CHECK);
  if (stored !== undefined) {
    const readable = (await runtime.sealer.open(KEY_CHECK, stored)) !== undefined;
    if (!readable || !runtime.sealer.isStale(stored)) return { written: 0 };
  }
  const sealed = await runtime.sealer.seal(KEY_CHECK, "ok");
  await runtime.directory.commit([factPut(runtime.directory, KEY_CHECK, sealed)]);
  return { written: 1 };
}
