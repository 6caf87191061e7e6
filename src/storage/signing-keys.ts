// The keys a project signs tokens with.

import { and, asc, eq, inArray, type SQL, sql } from "drizzle-orm";
import type { SigningAlg } from "../crypto/signing.ts";
import type { SigningKey } from "../domain/signing-keys/signing-key.ts";
import type { Database, Write } from "./database.ts";
import { signingKeys } from "./schema.ts";

const ALGS = ["ES256", "RS256"] as const satisfies readonly SigningAlg[];

/** All keys of a project, by algorithm and generation. One round trip. */
export async function listSigningKeys(db: Database, projectId: string): Promise<SigningKey[]> {
  return await db.read(
    db.query
      .select()
      .from(signingKeys)
      // Named, so that the index is searched by both of its columns.
      .where(and(eq(signingKeys.projectId, projectId), inArray(signingKeys.alg, [...ALGS])))
      .orderBy(asc(signingKeys.alg), asc(signingKeys.generation)),
  );
}

/** True while the newest keys of these algorithms are of these generations: the guard of a commit that makes the next ones. */
export function generationsAre(projectId: string, generations: ReadonlyMap<SigningAlg, number>): SQL {
  const still = [...generations].map(
    ([alg, generation]) =>
      sql`coalesce((SELECT max(generation) FROM ${signingKeys} WHERE project_id = ${projectId} AND alg = ${alg}), 0) = ${generation}`,
  );
  return sql.join(still, sql` AND `);
}

export function signingKeyInsert(db: Database, key: SigningKey): Write {
  return db.query.insert(signingKeys).values(key);
}

export function signingKeysDelete(db: Database, projectId: string, ids: readonly string[]): Write {
  return db.query.delete(signingKeys).where(and(eq(signingKeys.projectId, projectId), inArray(signingKeys.id, [...ids])));
}

/** The sealed private key of one row. */
export interface SealedSigningKey {
  projectId: string;
  id: string;
  privateKey: string;
}

/** The next sealed keys, of all projects, in the order of the primary key. One round trip. */
export async function readSealedSigningKeys(
  db: Database,
  after: readonly [projectId: string, id: string] | undefined,
  limit: number,
): Promise<SealedSigningKey[]> {
  return await db.read(
    db.query
      .select({ projectId: signingKeys.projectId, id: signingKeys.id, privateKey: signingKeys.privateKey })
      .from(signingKeys)
      .where(after && sql`(${signingKeys.projectId}, ${signingKeys.id}) > (${after[0]}, ${after[1]})`)
      .orderBy(asc(signingKeys.projectId), asc(signingKeys.id))
      .limit(limit),
  );
}

/** The write that replaces the sealed text of a key if it is still the one that was read. */
export function signingKeyReseal(db: Database, read: SealedSigningKey, sealed: string): Write {
  return db.query
    .update(signingKeys)
    .set({ privateKey: sealed })
    .where(
      and(eq(signingKeys.projectId, read.projectId), eq(signingKeys.id, read.id), eq(signingKeys.privateKey, read.privateKey)),
    );
}
