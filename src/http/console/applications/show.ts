// GET /projects/:project_id/applications/:client_id

import { nameOf } from "../../../views/console/pages/applications/names.ts";
import { ApplicationPage } from "../../../views/console/pages/applications/show.tsx";
import type { AppContext } from "../../context.ts";
import { pageContext } from "../page.ts";
import { answerBelow, applicationOf, applicationPath, issuerOf } from "./application.ts";

export async function showApplication(c: AppContext) {
  const client = await applicationOf(c);
  const body = ApplicationPage({
    context: pageContext(c),
    client,
    labels: await c.get("services").organizations.labels(client.projectId, client.organizationIds),
    path: applicationPath(c, client),
    issuer: issuerOf(c),
  });
  return await answerBelow(c, { title: nameOf(client), body });
}
