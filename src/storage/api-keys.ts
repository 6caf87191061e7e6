// Project API keys, kept as digests.

import { and, asc, eq, gt, type SQL, sql } from "drizzle-orm";
import type { ApiKey } from "../domain/api-keys/api-key.ts";
import type { Database, Write } from "./database.ts";
import { apiKeys } from "./schema.ts";

/** The key with this digest, in whatever project it is: the tenant of a request comes out of this row. One round trip. */
export async function findApiKeyByHash(db: Database, hash: string): Promise<ApiKey | undefined> {
  const [row] = await db.read(db.query.select().from(apiKeys).where(eq(apiKeys.keyHash, hash)));
  return row && toApiKey(row);
}

export async function findApiKey(db: Database, projectId: string, id: string): Promise<ApiKey | undefined> {
  const statement = db.query
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.projectId, projectId), eq(apiKeys.id, id)));
  const [row] = await db.read(statement);
  return row && toApiKey(row);
}

/** Up to `limit` keys in the order of their creation, after the one named. */
export async function listApiKeys(
  db: Database,
  projectId: string,
  page: { after: string | undefined; limit: number },
): Promise<ApiKey[]> {
  const after = page.after === undefined ? undefined : gt(apiKeys.id, page.after);
  const rows = await db.read(
    db.query
      .select()
      .from(apiKeys)
      .where(and(eq(apiKeys.projectId, projectId), after))
      .orderBy(asc(apiKeys.id))
      .limit(page.limit),
  );
  return rows.map(toApiKey);
}

/** True while the key exists: the guard of its revocation. */
export function apiKeyExists(projectId: string, id: string): SQL {
  return sql`EXISTS (SELECT 1 FROM ${apiKeys} WHERE project_id = ${projectId} AND id = ${id})`;
}

export function apiKeyInsert(db: Database, apiKey: ApiKey, keyHash: string): Write {
  return db.query.insert(apiKeys).values({ ...apiKey, keyHash });
}

export function apiKeyDelete(db: Database, projectId: string, id: string): Write {
  return db.query.delete(apiKeys).where(and(eq(apiKeys.projectId, projectId), eq(apiKeys.id, id)));
}

export function apiKeyUsed(db: Database, projectId: string, id: string, now: number): Write {
  return db.query
    .update(apiKeys)
    .set({ lastUsedAt: now })
    .where(and(eq(apiKeys.projectId, projectId), eq(apiKeys.id, id)));
}

function toApiKey(row: typeof apiKeys.$inferSelect): ApiKey {
  const { keyHash: _, ...apiKey } = row;
  return apiKey;
}
