// Pages of the console: a project's API keys.

import { Hono } from "hono";
import type { AppEnv } from "../../context.ts";
import { inProject } from "../../management/operation.ts";
import { freshly } from "../operator.ts";
import { showApiKeys } from "./list.ts";
import { createApiKey, showNew } from "./new.ts";
import { revokeApiKey, showRevocation } from "./revoke.ts";

const LIST = "/projects/:project_id/api-keys";
const REVOKE = `${LIST}/:api_key_id/revoke`;

export const apiKeysPages = new Hono<AppEnv>();

// Looking at keys takes the same permission; whoever has not got it is told so in a sentence.
apiKeysPages.get(LIST, ...inProject("read"), showApiKeys);
apiKeysPages.get(`${LIST}/new`, ...inProject("manage_keys"), freshly, showNew);
apiKeysPages.post(`${LIST}/new`, ...inProject("manage_keys"), freshly, createApiKey);
apiKeysPages.get(REVOKE, ...inProject("manage_keys"), freshly, showRevocation);
apiKeysPages.post(REVOKE, ...inProject("manage_keys"), freshly, revokeApiKey);
