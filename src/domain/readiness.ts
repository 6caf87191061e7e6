// Whether this installation can do its work: D1's primary answers, its schema is the one this code was written for, and the
// encryption keys open what was sealed with them.

import type { Runtime } from "../services.ts";
import type { Database } from "../storage/database.ts";
import { factPut, readFacts, SCHEMA_VERSION } from "../storage/instance.ts";
import { DomainError } from "./errors.ts";

/** What is wrong; of a database other than the directory with its binding's name, such as `schema_DB_2`. */
export type ReadinessProblem = "database" | "schema" | "encryption_keys" | `${"database" | "schema"}_DB_${number}`;

/** Key in instance_state of a known sealed text, and what it is sealed for. */
const KEY_CHECK = "key_check";

/** The first problem found, or undefined. One round trip, to every database at once; never throws. */
export async function findReadinessProblem(runtime: Runtime): Promise<ReadinessProblem | undefined> {
  const others = [...runtime.placement.places].filter(([place]) => place !== 0);
  const problems = await Promise.all([
    problemOfDirectory(runtime),
    ...others.map(async ([place, db]): Promise<ReadinessProblem | undefined> => {
      const facts = await factsOf(db);
      return typeof facts === "string" ? `${facts}_DB_${place}` : undefined;
    }),
  ]);
  return problems.find((problem) => problem !== undefined);
}

async function problemOfDirectory(runtime: Runtime): Promise<ReadinessProblem | undefined> {
  const facts = await factsOf(runtime.directory);
  if (typeof facts === "string") return facts;
  const sealed = facts.get(KEY_CHECK) ?? (await runtime.sealer.seal(KEY_CHECK, "ok"));
  return (await runtime.sealer.open(KEY_CHECK, sealed)) === undefined ? "encryption_keys" : undefined;
}

/** The facts of a database that answers and has this code's schema. */
async function factsOf(db: Database): Promise<Map<string, string> | "database" | "schema"> {
  try {
    const facts = await readFacts(db, ["schema_version", KEY_CHECK]);
    return facts.get("schema_version") === SCHEMA_VERSION ? facts : "schema";
  } catch (error) {
    return isMissingTable(error) ? "schema" : "database";
  }
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
