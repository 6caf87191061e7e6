// GET and POST /console/projects/{project_id}/connections/{connection_id}/disable

import { DisablePage } from "../../../views/console/pages/connections/end.tsx";
import type { AppContext } from "../../context.ts";
import { done, pageContext } from "../page.ts";
import { answer, connectionOfPath, pathOf } from "./page.ts";

export async function disablePage(c: AppContext): Promise<Response> {
  const connection = await connectionOfPath(c);
  const body = DisablePage({ around: pageContext(c), connection, problems: undefined });
  return await answer(c, { title: `Disable “${connection.label}”`, body, below: connection });
}

export async function disableSubmit(c: AppContext): Promise<Response> {
  const projectId = c.get("project").id;
  const id = c.req.param("connection_id") ?? "";
  const { connections } = c.get("services");
  const { label } = await connections.update(projectId, id, { state: "disabled" }, undefined, c.get("requestContext"));
  return done(c, pathOf(c, { id }), `Connection “${label}” disabled. Sessions that rested on it have ended.`);
}
