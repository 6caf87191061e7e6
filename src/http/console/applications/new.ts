// GET and POST /projects/:project_id/applications/new: the secret is in the answer to the form, once. Sent again, the form
// leads to the app that it made.

import { usesSecret } from "../../../domain/clients/client.ts";
import { ApplicationCreated, CreatedBefore } from "../../../views/console/pages/applications/created.tsx";
import { NewApplication } from "../../../views/console/pages/applications/form.tsx";
import { nameOf } from "../../../views/console/pages/applications/names.ts";
import type { FormState } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { organizationSuggestions } from "../connections/organization-field.ts";
import { attempt, idForNew, postedId } from "../form.ts";
import { done, pageContext } from "../page.ts";
import { answerBelow, applicationPath, applicationsPath, issuerOf } from "./application.ts";
import { fieldsOf, listsOf, valuesForNew } from "./fields.ts";
import { organizationsOf } from "./organizations.ts";

export async function showNew(c: AppContext) {
  return await answerForm(c, idForNew(c), { values: valuesForNew(), problems: undefined });
}

export async function createApplication(c: AppContext) {
  const form = c.get("form");
  const id = postedId(form) ?? idForNew(c);
  const { clients } = c.get("services");
  const projectId = c.get("project").id;
  const fields = fieldsOf(form);
  const pinned = await organizationsOf(c, form);
  const refusal = fields.ok ? (pinned.ok ? undefined : pinned.problems) : fields.problems;
  if (!fields.ok || !pinned.ok) return await answerForm(c, id, { values: form.values(), problems: refusal });
  const made = await attempt(
    () => clients.create(projectId, { ...fields.value, organizationIds: pinned.ids }, c.get("requestContext"), id),
    listsOf(form, pinned.ids),
  );
  // The one conflict there is: an app of this form's id.
  if (!made.ok && made.problems.status === 409) return await answerBefore(c, id);
  if (!made.ok) return await answerForm(c, id, { values: form.values(), problems: made.problems });
  const { client, secret } = made.value;
  const body = ApplicationCreated({
    context: pageContext(c),
    client,
    secret,
    path: applicationPath(c, client),
    issuer: issuerOf(c),
  });
  return await answerBelow(c, { title: `Created: ${nameOf(client)}`, body });
}

async function answerBefore(c: AppContext, id: string) {
  const client = await c.get("services").clients.get(c.get("project").id, id);
  const path = applicationPath(c, client);
  if (!usesSecret(client.tokenEndpointAuthMethod)) return done(c, path, `“${nameOf(client)}” created.`);
  return await answerBelow(c, { title: "Created before", status: 409, body: CreatedBefore({ path }) });
}

async function answerForm(c: AppContext, id: string, state: FormState) {
  const body = NewApplication({
    context: pageContext(c),
    id,
    state,
    suggestions: await organizationSuggestions(c),
    cancelHref: applicationsPath(c),
    issuer: issuerOf(c),
  });
  return await answerBelow(c, { title: "New application", status: state.problems?.status, body });
}
