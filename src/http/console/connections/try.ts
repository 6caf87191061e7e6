// GET and POST /console/projects/{project_id}/connections/{connection_id}/try: the form opens a new tab, which leads by the
// project's own host to the provider and back to the report.

import type { Connection } from "../../../domain/connections/connection.ts";
import { TryPage } from "../../../views/console/pages/connections/try.tsx";
import type { AppContext } from "../../context.ts";
import { formPagePolicy, formTarget } from "../../middleware/page-policy.ts";
import { pageContext } from "../page.ts";
import { answer, connectionOfPath } from "./page.ts";

export async function tryPage(c: AppContext): Promise<Response> {
  const connection = await connectionOfPath(c);
  mayLeadToProvider(c, connection);
  const body = TryPage({ around: pageContext(c), connection });
  return await answer(c, { title: `Try “${connection.label}”`, body, below: connection });
}

export async function beginTrial(c: AppContext): Promise<Response> {
  const id = c.req.param("connection_id") ?? "";
  const offer = await c.get("services").login.offerTrial(c.get("project").id, id, c.get("requestContext"));
  return c.redirect(offer.url, 303);
}

/** A page with the form of a trial: its redirects pass the project's host and end at the provider. */
export function mayLeadToProvider(c: AppContext, { redirectUri }: Pick<Connection, "redirectUri">): void {
  const local = c.get("services").config.allowInsecureIssuers ? formTarget(redirectUri) : undefined;
  formPagePolicy(c, { mayEndAtProvider: true, mayEndAt: local });
}
