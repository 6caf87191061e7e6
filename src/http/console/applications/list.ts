// GET /projects/:project_id/applications

import { ApplicationList } from "../../../views/console/pages/applications/list.tsx";
import { NAMED_ORGANIZATIONS } from "../../../views/console/pages/applications/names.ts";
import type { AppContext } from "../../context.ts";
import { pageFields, readPage } from "../../page-token.ts";
import { pagerOf, ROWS_ON_A_PAGE } from "../listing.ts";
import { answerPage, pageContext } from "../page.ts";
import { applicationsPath, issuerOf } from "./application.ts";

/** Four D1 round trips besides the operator's own, whatever there is to list. */
export async function showApplications(c: AppContext) {
  const { clients, organizations, signingKeys, sessionTokens } = c.get("services");
  const projectId = c.get("project").id;
  const list = `console/applications/${projectId}`;
  const asked = readPage({ page_size: ROWS_ON_A_PAGE, page_token: c.req.query("page_token") }, list);
  const [{ items, next }, keys, templates] = await Promise.all([
    clients.list(projectId, asked),
    signingKeys.list(projectId),
    sessionTokens.list(projectId),
  ]);
  const named = items.flatMap(({ organizationIds }) => organizationIds.slice(0, NAMED_ORGANIZATIONS));
  const path = applicationsPath(c);
  return answerPage(c, {
    title: "Applications",
    section: "applications",
    body: ApplicationList({
      context: pageContext(c),
      path,
      issuer: issuerOf(c),
      projectId,
      items,
      labels: await organizations.labels(projectId, named),
      keys,
      templates,
      pager: pagerOf(c, path, {}, pageFields(list, next).next_page_token || undefined),
    }),
  });
}
