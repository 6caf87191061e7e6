// GET and POST /console/projects/{project_id}/connections/{connection_id}/delete

import type { LabelledConnection } from "../../../views/console/pages/connections/around.ts";
import { DeletePage } from "../../../views/console/pages/connections/end.tsx";
import type { FormProblems } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { problem } from "../form.ts";
import { done, pageContext, projectPath } from "../page.ts";
import { answer, connectionOfPath } from "./page.ts";

export async function deletePage(c: AppContext): Promise<Response> {
  return await page(c, await connectionOfPath(c), undefined);
}

export async function deleteSubmit(c: AppContext): Promise<Response> {
  const connection = await connectionOfPath(c);
  if (c.get("form").text("confirmation") !== connection.label) {
    return await page(c, connection, problem("confirmation", "This is not the label. Type it exactly, or cancel."));
  }
  await c.get("services").connections.delete(connection.projectId, connection.id, c.get("requestContext"));
  return done(c, `${projectPath(c)}/connections`, `Connection “${connection.label}” deleted.`);
}

function page(c: AppContext, connection: LabelledConnection, problems: FormProblems | undefined): Response | Promise<Response> {
  const body = DeletePage({ around: pageContext(c), connection, problems });
  return answer(c, { title: `Delete “${connection.label}”`, body, status: problems?.status ?? 200, below: connection });
}
