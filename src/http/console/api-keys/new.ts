// GET and POST /projects/:project_id/api-keys/new: the key is in the answer to the form, once. Sent again, the form says
// that there is a key already.

import { CreatedApiKey, CreatedBefore } from "../../../views/console/pages/api-keys/created.tsx";
import { LIFESPANS } from "../../../views/console/pages/api-keys/lifespans.ts";
import { NewApiKey } from "../../../views/console/pages/api-keys/new.tsx";
import type { FormProblems, FormState } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { attempt, type ConsoleForm, idForNew, postedId, problem } from "../form.ts";
import { answerPage, pageContext } from "../page.ts";
import { apiKeysApiPath, apiKeysPath } from "./list.ts";

const DAY = 86_400_000;

export function showNew(c: AppContext) {
  return answerForm(c, idForNew(c), { values: { lifespan: "90" }, problems: undefined });
}

export async function createApiKey(c: AppContext) {
  const form = c.get("form");
  const id = postedId(form) ?? idForNew(c);
  const again = (problems: FormProblems) => answerForm(c, id, { values: form.values(), problems });
  const expiresAt = expiryOf(c, form);
  if (expiresAt === undefined) return again(problem("lifespan", "Choose one of these."));
  const fields = { id, name: form.text("name"), expiresAt };
  const { apiKeys } = c.get("services");
  const made = await attempt(() => apiKeys.create(c.get("project").id, fields, c.get("requestContext")));
  // The one conflict there is: a key of this form's id.
  if (!made.ok && made.problems.status === 409) return answerBefore(c);
  if (!made.ok) return again(made.problems);
  const { baseUrl } = pageContext(c);
  const body = CreatedApiKey({ ...made.value, path: apiKeysPath(c), baseUrl, projectId: c.get("project").id });
  return answerPage(c, { ...below(c), title: "API key created", body });
}

function answerBefore(c: AppContext) {
  return answerPage(c, {
    ...below(c),
    title: "API key created before",
    status: 409,
    body: CreatedBefore({ path: apiKeysPath(c) }),
  });
}

/** When the key is to expire; null for never, undefined for what was not offered. */
function expiryOf(c: AppContext, form: ConsoleForm): number | null | undefined {
  const chosen = LIFESPANS.find(({ value }) => value === form.text("lifespan"));
  if (!chosen) return undefined;
  return chosen.days === null ? null : c.get("services").runtime.clock() + chosen.days * DAY;
}

function answerForm(c: AppContext, id: string, state: FormState) {
  return answerPage(c, {
    ...below(c),
    title: "New API key",
    status: state.problems?.status ?? 200,
    body: NewApiKey({ context: pageContext(c), id, state, cancelHref: apiKeysPath(c), apiPath: apiKeysApiPath(c) }),
  });
}

function below(c: AppContext) {
  return { section: "api-keys" as const, crumbs: [{ label: "API keys", href: apiKeysPath(c) }] };
}
