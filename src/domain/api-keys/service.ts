// Project API keys: issue, recognise, revoke.

import { newId } from "../../crypto/random.ts";
import { newApiKey, readApiKey } from "../../crypto/tokens.ts";
import type { Runtime } from "../../services.ts";
import {
  apiKeyDelete,
  apiKeyExists,
  apiKeyInsert,
  apiKeyUsed,
  findApiKey,
  findApiKeyByHash,
  listApiKeys,
} from "../../storage/api-keys.ts";
import { violatesUnique } from "../../storage/database.ts";
import { eventInsert } from "../../storage/events.ts";
import { guard, guardRefused } from "../../storage/guard.ts";
import { projectExists } from "../../storage/projects.ts";
import { DomainError, type FieldError, notFound, unacceptable } from "../errors.ts";
import type { RequestContext } from "../events/event.ts";
import { acceptLabel } from "../label.ts";
import { cutPage, type Page, type PageRequest } from "../page.ts";
import type { ApiKey } from "./api-key.ts";

export interface ApiKeyService {
  list(projectId: string, page: PageRequest): Promise<Page<ApiKey>>;
  /** @throws {DomainError} `not_found` */
  get(projectId: string, id: string): Promise<ApiKey>;
  /**
   * `key` is in this answer alone.
   * @param fields.id made by the caller, so that asking twice makes one key
   * @param fields.expiresAt milliseconds; null: never
   * @throws {DomainError} `api_key_exists` when there is a key of this id: it was shown when it was made
   */
  create(
    projectId: string,
    fields: { id?: string | undefined; name: string; expiresAt: number | null },
    context: RequestContext,
  ): Promise<{ apiKey: ApiKey; key: string }>;
  /** From the next request on the key is unknown. @throws {DomainError} `not_found` */
  revoke(projectId: string, id: string, context: RequestContext): Promise<void>;
  /**
   * The key's row, or undefined when the text is no key of ours, unknown, revoked or expired: never told apart (T107).
   * At most one round trip; none for text that fails the checksum.
   */
  authenticate(key: string): Promise<ApiKey | undefined>;
}

/** `last_used_at` is as exact as this, milliseconds: an hour. */
const LAST_USED_PRECISION_MS = 3_600_000;

export function createApiKeyService(runtime: Runtime): ApiKeyService {
  const { clock, directory } = runtime;

  return {
    async list(projectId, page) {
      return cutPage(await listApiKeys(directory, projectId, { ...page, limit: page.limit + 1 }), page.limit);
    },

    async get(projectId, id) {
      const apiKey = await findApiKey(directory, projectId, id);
      if (!apiKey) throw notFound("API key");
      return apiKey;
    },

    async create(projectId, fields, context) {
      const now = clock();
      const problems: FieldError[] = [];
      const name = acceptLabel("name", fields.name, problems);
      if (fields.expiresAt !== null && fields.expiresAt <= now) {
        problems.push({ field: "expires_at", code: "in_the_past", message: "Choose a time in the future." });
      }
      if (problems.length > 0) throw unacceptable(problems);
      const { key, prefix, hash } = newApiKey();
      const { expiresAt } = fields;
      const apiKey: ApiKey = {
        projectId,
        id: fields.id ?? newId(now),
        name,
        prefix,
        lastUsedAt: null,
        expiresAt,
        createdAt: now,
      };
      const event = { type: "api_key.created" as const, details: { api_key_id: apiKey.id, name } };
      try {
        await directory.commit([
          guard(directory, projectId, projectExists(projectId), false),
          apiKeyInsert(directory, apiKey, hash),
          eventInsert(directory, projectId, event, context, newId(now), now),
        ]);
      } catch (error) {
        if (violatesUnique(error, "api_keys")) throw alreadyMade();
        throw guardRefused(error) ? notFound("project") : error;
      }
      return { apiKey, key };
    },

    async revoke(projectId, id, context) {
      const now = clock();
      const event = { type: "api_key.revoked" as const, details: { api_key_id: id } };
      try {
        await directory.commit([
          guard(directory, projectId, apiKeyExists(projectId, id), false),
          apiKeyDelete(directory, projectId, id),
          eventInsert(directory, projectId, event, context, newId(now), now),
        ]);
      } catch (error) {
        throw guardRefused(error) ? notFound("API key") : error;
      }
    },

    async authenticate(key) {
      const read = readApiKey(key);
      const apiKey = read && (await findApiKeyByHash(directory, read.hash));
      const now = clock();
      if (!apiKey || (apiKey.expiresAt !== null && now >= apiKey.expiresAt)) return undefined;
      if (apiKey.lastUsedAt === null || now - apiKey.lastUsedAt >= LAST_USED_PRECISION_MS) {
        runtime.background(directory.commit([apiKeyUsed(directory, apiKey.projectId, apiKey.id, now)]));
      }
      return apiKey;
    },
  };
}

function alreadyMade(): DomainError {
  return new DomainError({
    kind: "conflict",
    code: "api_key_exists",
    message: "This key has been created already. It was shown once, when it was created.",
  });
}
