// GET /projects/:project_id/organizations/:organization_id/connections

import { OrganizationConnections } from "../../../views/console/pages/organizations/connections.tsx";
import type { AppContext } from "../../context.ts";
import { pageFields, readPage } from "../../page-token.ts";
import { pagerOf, ROWS_ON_A_PAGE } from "../listing.ts";
import { pageContext } from "../page.ts";
import { answerTab, organizationOf, organizationPath } from "./organization.ts";

export async function showConnections(c: AppContext) {
  const organization = await organizationOf(c);
  const list = `console/connections/${organization.id}`;
  const page = readPage({ page_size: ROWS_ON_A_PAGE, page_token: c.req.query("page_token") }, list);
  const found = await c.get("services").connections.list(organization.projectId, { ...page, organizationId: organization.id });
  const token = pageFields(list, found.next).next_page_token || undefined;
  const body = OrganizationConnections({
    context: pageContext(c),
    organization,
    connections: found.items,
    pager: pagerOf(c, `${organizationPath(c, organization)}/connections`, {}, token),
  });
  return answerTab(c, organization, "connections", body);
}
