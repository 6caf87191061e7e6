// GET and POST /projects/:project_id/applications/:client_id/rotate-secret: a new secret, shown once, and the end of those
// before it.

import { type Client, usesSecret } from "../../../domain/clients/client.ts";
import { SecretRotated } from "../../../views/console/pages/applications/created.tsx";
import { nameOf } from "../../../views/console/pages/applications/names.ts";
import { OVERLAPS, RotateSecret } from "../../../views/console/pages/applications/secret.tsx";
import type { FormState } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { attempt, formRevision, problem } from "../form.ts";
import { done, pageContext } from "../page.ts";
import { answerBelow, applicationOf, applicationPath, issuerOf } from "./application.ts";

export async function showSecret(c: AppContext) {
  const client = await applicationOf(c);
  if (!usesSecret(client.tokenEndpointAuthMethod)) return withoutSecret(c, client);
  return await answerForm(c, client, client.revision, { values: { overlap: "24h" }, problems: undefined });
}

export async function changeSecret(c: AppContext) {
  const form = c.get("form");
  const client = await applicationOf(c);
  if (!usesSecret(client.tokenEndpointAuthMethod)) return withoutSecret(c, client);
  const { clients } = c.get("services");
  if (form.text("action") === "end") {
    await clients.deleteOldSecrets(client.projectId, client.id, c.get("requestContext"));
    return done(c, applicationPath(c, client), "Only the newest secret is accepted now.");
  }
  const revision = formRevision(form);
  const again = (problems: FormState["problems"]) => answerForm(c, client, revision, { values: form.values(), problems });
  const overlap = OVERLAPS.find(({ value }) => value === form.text("overlap"))?.value;
  if (overlap === undefined) return await again(problem("overlap", "Choose one of these."));
  const rotated = await attempt(() =>
    clients.rotateSecret(client.projectId, client.id, overlap, c.get("requestContext"), revision),
  );
  if (!rotated.ok) return await again(rotated.problems);
  const { client: after, secret = "" } = rotated.value;
  const body = SecretRotated({ context: pageContext(c), client: after, secret, path: applicationPath(c, after) });
  return await answerBelow(c, { title: "New secret", body, below: after });
}

function withoutSecret(c: AppContext, client: Client) {
  return done(c, applicationPath(c, client), "This app authenticates without a secret, so there is none to rotate.");
}

function answerForm(c: AppContext, client: Client, revision: number, state: FormState) {
  const body = RotateSecret({
    context: pageContext(c),
    client,
    revision,
    state,
    path: applicationPath(c, client),
    issuer: issuerOf(c),
  });
  return answerBelow(c, { title: `Rotate the secret: ${nameOf(client)}`, status: state.problems?.status, body, below: client });
}
