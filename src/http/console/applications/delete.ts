// GET and POST /projects/:project_id/applications/:client_id/delete

import type { Client } from "../../../domain/clients/client.ts";
import { DeleteApplication } from "../../../views/console/pages/applications/delete.tsx";
import { nameOf } from "../../../views/console/pages/applications/names.ts";
import type { FormState } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { problem } from "../form.ts";
import { done, pageContext } from "../page.ts";
import { answerBelow, applicationOf, applicationPath, applicationsPath, issuerOf } from "./application.ts";

export async function showDeletion(c: AppContext) {
  return await answer(c, await applicationOf(c), { values: {}, problems: undefined });
}

export async function deleteApplication(c: AppContext) {
  const form = c.get("form");
  const client = await applicationOf(c);
  if (form.text("confirmation") !== nameOf(client)) {
    const problems = problem("confirmation", "This is not the application's name. Nothing has been deleted.");
    return await answer(c, client, { values: form.values(), problems });
  }
  await c.get("services").clients.delete(client.projectId, client.id, c.get("requestContext"));
  return done(c, applicationsPath(c), `Application “${nameOf(client)}” deleted.`);
}

function answer(c: AppContext, client: Client, state: FormState) {
  const body = DeleteApplication({
    context: pageContext(c),
    client,
    state,
    cancelHref: applicationPath(c, client),
    issuer: issuerOf(c),
  });
  return answerBelow(c, { title: `Delete: ${nameOf(client)}`, status: state.problems?.status, body, below: client });
}
