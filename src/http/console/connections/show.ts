// GET and POST /console/projects/{project_id}/connections/{connection_id}: the connection, and what one click changes of it.

import { doorsOfCallback } from "../../../domain/login/sso-start.ts";
import { ConnectionPage } from "../../../views/console/pages/connections/show.tsx";
import type { FormProblems } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { jwksUri } from "../../management/connections/wire.ts";
import { attempt, formRevision } from "../form.ts";
import { done, pageContext } from "../page.ts";
import { answer, connectionOfPath, PROVIDER_NAMES, pathOf } from "./page.ts";
import { mayLeadToProvider } from "./try.ts";

export function showPage(c: AppContext): Promise<Response> {
  return connectionPage(c, undefined);
}

const CHANGES = {
  enable: { fields: { state: "enabled" }, sentence: "People can sign in through this connection again." },
  forget_pin: {
    fields: { pinnedTokenEndpoint: null },
    sentence: "The next login sends the credentials to the token endpoint that the issuer names then, and remembers its host.",
  },
} as const;

export async function showSubmit(c: AppContext): Promise<Response> {
  const form = c.get("form");
  const action = form.text("action");
  const change = action === "enable" || action === "forget_pin" ? CHANGES[action] : undefined;
  if (!change) return await connectionPage(c, undefined);
  const projectId = c.get("project").id;
  const id = c.req.param("connection_id") ?? "";
  const { connections } = c.get("services");
  const changed = await attempt(() =>
    connections.update(projectId, id, change.fields, formRevision(form), c.get("requestContext")),
  );
  if (!changed.ok) return await connectionPage(c, changed.problems);
  return done(c, pathOf(c, { id }), change.sentence);
}

async function connectionPage(c: AppContext, problems: FormProblems | undefined): Promise<Response> {
  const connection = await connectionOfPath(c);
  mayLeadToProvider(c, connection);
  const body = ConnectionPage({
    around: pageContext(c),
    connection,
    providerName: PROVIDER_NAMES[connection.provider] ?? connection.provider,
    signInLink: `${doorsOfCallback(connection.redirectUri)}/sso/start?connection=${connection.id}`,
    jwksUri: connection.publicKey === null ? undefined : jwksUri(connection),
    problems,
  });
  return await answer(c, { title: connection.label, body, status: problems?.status ?? 200, below: "list" });
}
