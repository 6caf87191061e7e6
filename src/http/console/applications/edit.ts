// GET and POST /projects/:project_id/applications/:client_id/edit

import type { Client } from "../../../domain/clients/client.ts";
import { SecretShown } from "../../../views/console/pages/applications/created.tsx";
import { EditApplication } from "../../../views/console/pages/applications/form.tsx";
import { nameOf } from "../../../views/console/pages/applications/names.ts";
import type { FormState } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { organizationSuggestions } from "../connections/organization-field.ts";
import { attempt, formRevision } from "../form.ts";
import { done, pageContext } from "../page.ts";
import { answerBelow, applicationOf, applicationPath, issuerOf } from "./application.ts";
import { changedBy, fieldsOf, listsOf, valuesOf } from "./fields.ts";
import { organizationLines, organizationsOf } from "./organizations.ts";

export async function showEditing(c: AppContext) {
  const client = await applicationOf(c);
  const labels = await c.get("services").organizations.labels(client.projectId, client.organizationIds);
  const values = { ...valuesOf(client), organization_ids: organizationLines(client.organizationIds, labels) };
  return await answerForm(c, client, client.revision, { values, problems: undefined });
}

export async function changeApplication(c: AppContext) {
  const form = c.get("form");
  const client = await applicationOf(c);
  const revision = formRevision(form);
  const again = (problems: FormState["problems"]) => answerForm(c, client, revision, { values: form.values(), problems });
  const fields = fieldsOf(form);
  if (!fields.ok) return await again(fields.problems);
  const pinned = await organizationsOf(c, form);
  if (!pinned.ok) return await again(pinned.problems);
  const change = (before: Client) => changedBy(before, { ...fields.value, organizationIds: pinned.ids });
  const saved = await attempt(
    () => c.get("services").clients.update(client.projectId, client.id, change, revision, c.get("requestContext")),
    listsOf(form, pinned.ids),
  );
  if (!saved.ok) return await again(saved.problems);
  const { client: after, secret } = saved.value;
  const path = applicationPath(c, after);
  if (secret === undefined) return done(c, path, `“${nameOf(after)}” saved.`);
  const body = SecretShown({
    title: `${nameOf(after)} has a secret now`,
    lead: "Saved. From now on the app proves itself with it at the token endpoint.",
    secret,
    path,
  });
  return await answerBelow(c, { title: "New secret", body, below: after });
}

async function answerForm(c: AppContext, client: Client, revision: number, state: FormState) {
  const body = EditApplication({
    context: pageContext(c),
    client,
    revision,
    state,
    suggestions: await organizationSuggestions(c),
    path: applicationPath(c, client),
    issuer: issuerOf(c),
  });
  return await answerBelow(c, { title: `Edit: ${nameOf(client)}`, status: state.problems?.status, body, below: client });
}
