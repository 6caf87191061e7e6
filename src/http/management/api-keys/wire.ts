// An API key on the wire.

import { z } from "@hono/zod-openapi";
import type { ApiKey } from "../../../domain/api-keys/api-key.ts";
import { timestamp } from "../../wire/identity.ts";
import { Id, ProjectParams, Timestamp } from "../operation.ts";

export const TAG = "API keys";

export const ApiKeyParams = ProjectParams.extend({
  api_key_id: z.string().openapi({ param: { name: "api_key_id", in: "path" }, format: "uuid" }),
});

const name = z.string().openapi({ minLength: 1, maxLength: 256, example: "Terraform" });

export const CreateApiKeyBody = z
  .strictObject({
    name,
    expires_at: z.iso
      .datetime({ offset: true, error: "Write a time such as 2027-01-31T12:00:00Z" })
      .nullable()
      .optional()
      .openapi({ description: "Absent or null: it does not expire.", type: ["string", "null"], format: "date-time" }),
  })
  .openapi("CreateApiKeyBody");

export const ApiKeyWire = z
  .object({
    id: Id,
    project_id: Id,
    name,
    prefix: z.string().openapi({ description: "The first characters of the key, to recognise it by." }),
    last_used_at: Timestamp.nullable().openapi({ description: "To the hour." }),
    expires_at: Timestamp.nullable(),
    created_at: Timestamp,
  })
  .openapi("ApiKey");

export function apiKeyToWire(apiKey: ApiKey): z.infer<typeof ApiKeyWire> {
  const time = (ms: number | null) => (ms === null ? null : timestamp(ms));
  return {
    id: apiKey.id,
    project_id: apiKey.projectId,
    name: apiKey.name,
    prefix: apiKey.prefix,
    last_used_at: time(apiKey.lastUsedAt),
    expires_at: time(apiKey.expiresAt),
    created_at: timestamp(apiKey.createdAt),
  };
}
