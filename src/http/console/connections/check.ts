// GET and POST /console/projects/{project_id}/connections/{connection_id}/check: the report is not stored, so it is the answer.

import { DomainError } from "../../../domain/errors.ts";
import type { LabelledConnection } from "../../../views/console/pages/connections/around.ts";
import { CheckPage, type CheckPageProps } from "../../../views/console/pages/connections/check.tsx";
import type { AppContext } from "../../context.ts";
import { pageContext } from "../page.ts";
import { answer, connectionOfPath } from "./page.ts";

export async function checkPage(c: AppContext): Promise<Response> {
  return await page(c, await connectionOfPath(c), { report: undefined, notRun: undefined });
}

export async function runCheck(c: AppContext): Promise<Response> {
  const connection = await connectionOfPath(c);
  try {
    const report = await c.get("services").connections.check(connection.projectId, connection.id, c.get("requestContext"));
    return await page(c, connection, { report, notRun: undefined });
  } catch (error) {
    if (!(error instanceof DomainError && error.kind === "rate_limited")) throw error;
    if (error.retryAfter !== undefined) c.header("Retry-After", String(error.retryAfter));
    return await page(c, connection, { report: undefined, notRun: error.message }, 429);
  }
}

function page(
  c: AppContext,
  connection: LabelledConnection,
  outcome: Pick<CheckPageProps, "report" | "notRun">,
  status = 200,
): Response | Promise<Response> {
  const body = CheckPage({ around: pageContext(c), connection, ...outcome });
  return answer(c, { title: `Check “${connection.label}”`, body, status, below: connection });
}
