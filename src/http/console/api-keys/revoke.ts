// GET and POST /projects/:project_id/api-keys/:api_key_id/revoke

import type { ApiKey } from "../../../domain/api-keys/api-key.ts";
import { RevokeApiKey } from "../../../views/console/pages/api-keys/revoke.tsx";
import type { FormState } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { problem } from "../form.ts";
import { answerPage, done, pageContext } from "../page.ts";
import { apiKeysApiPath, apiKeysPath } from "./list.ts";

export async function showRevocation(c: AppContext) {
  return answer(c, await apiKeyOf(c), { values: {}, problems: undefined });
}

export async function revokeApiKey(c: AppContext) {
  const form = c.get("form");
  const apiKey = await apiKeyOf(c);
  if (form.text("confirmation") !== apiKey.name) {
    const problems = problem("confirmation", "This is not the key's name. Nothing has been revoked.");
    return answer(c, apiKey, { values: form.values(), problems });
  }
  await c.get("services").apiKeys.revoke(apiKey.projectId, apiKey.id, c.get("requestContext"));
  return done(c, apiKeysPath(c), `API key “${apiKey.name}” revoked.`);
}

async function apiKeyOf(c: AppContext): Promise<ApiKey> {
  return await c.get("services").apiKeys.get(c.get("project").id, c.req.param("api_key_id") ?? "");
}

function answer(c: AppContext, apiKey: ApiKey, state: FormState) {
  return answerPage(c, {
    title: `Revoke: ${apiKey.name}`,
    section: "api-keys",
    crumbs: [{ label: "API keys", href: apiKeysPath(c) }],
    status: state.problems?.status ?? 200,
    body: RevokeApiKey({
      context: pageContext(c),
      apiKey,
      state,
      cancelHref: apiKeysPath(c),
      apiPath: `${apiKeysApiPath(c)}/${apiKey.id}`,
    }),
  });
}
