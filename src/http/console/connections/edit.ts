// GET and POST /console/projects/{project_id}/connections/{connection_id}/edit

import { PROVIDERS } from "../../../domain/connections/connection.ts";
import { presetFor } from "../../../protocols/oidc/presets/index.ts";
import type { LabelledConnection } from "../../../views/console/pages/connections/around.ts";
import { ConnectionFormPage } from "../../../views/console/pages/connections/form.tsx";
import type { FormState } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { attempt, formRevision } from "../form.ts";
import { done, pageContext } from "../page.ts";
import { ADVANCED, claimRows, fieldsOfForm, providerNamed, valuesOfConnection } from "./form-fields.ts";
import { answer, connectionOfPath, PROVIDER_NAMES, pathOf } from "./page.ts";

export async function editPage(c: AppContext): Promise<Response> {
  const connection = await connectionOfPath(c);
  const state = { values: valuesOfConnection(connection), problems: undefined };
  return await formPage(c, connection, connection.revision, state);
}

export async function editSubmit(c: AppContext): Promise<Response> {
  const connection = await connectionOfPath(c);
  const form = c.get("form");
  const revision = formRevision(form);
  // An empty label is a mistake here: a stored connection has one.
  const fields = { ...fieldsOfForm(form), label: form.text("label"), provider: providerNamed(form.text("provider")) };
  const { connections } = c.get("services");
  const context = c.get("requestContext");
  const saved = await attempt(() => connections.update(connection.projectId, connection.id, fields, revision, context));
  if (!saved.ok) return await formPage(c, connection, revision, { values: form.values(), problems: saved.problems });
  const ended =
    saved.value.trustRevision === connection.trustRevision ? "" : " Sessions that rested on its old settings have ended.";
  return done(c, pathOf(c, connection), `Connection “${saved.value.label}” saved.${ended}`);
}

async function formPage(c: AppContext, connection: LabelledConnection, revision: number, state: FormState): Promise<Response> {
  const { guide } = presetFor(connection.provider);
  const title = `Edit “${connection.label}”`;
  const body = ConnectionFormPage({
    around: pageContext(c),
    title,
    lead: "A new issuer, client ID, authentication method or algorithm ends the logins under way and the sessions that rest on this connection. Anything else goes unnoticed.",
    guide,
    state,
    edit: {
      href: `${pathOf(c, connection)}/edit`,
      revision,
      organization: connection.organizationLabel ?? "Everybody",
      providers: PROVIDERS.map((value) => ({ value, label: PROVIDER_NAMES[value] ?? value })),
    },
    redirectUri: connection.redirectUri,
    claimRows: claimRows(state.values),
    openAdvanced: ADVANCED.some((name) => state.problems?.fields.has(name)),
    cancelHref: pathOf(c, connection),
    calls: [
      {
        method: "PATCH",
        path: `/projects/${connection.projectId}/connections/${connection.id}`,
        body: { label: state.values["label"] ?? connection.label },
      },
    ],
  });
  return await answer(c, { title, body, status: state.problems?.status ?? 200, below: connection });
}
