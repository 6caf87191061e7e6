// GET /projects/:project_id/organizations/:organization_id/events

import { OrganizationEvents } from "../../../views/console/pages/organizations/events.tsx";
import type { AppContext } from "../../context.ts";
import { pageFields, readPage } from "../../page-token.ts";
import { pagerOf, ROWS_ON_A_PAGE } from "../listing.ts";
import { pageContext } from "../page.ts";
import { answerTab, organizationOf, organizationPath } from "./organization.ts";

export async function showEvents(c: AppContext) {
  const organization = await organizationOf(c);
  const { projectId, id } = organization;
  const list = `console/events/${id}`;
  const page = readPage({ page_size: ROWS_ON_A_PAGE, page_token: c.req.query("page_token") }, list);
  const { items, next } = await c.get("services").events.list(projectId, { ...page, organizationId: id });
  const token = pageFields(list, next).next_page_token || undefined;
  const body = OrganizationEvents({
    context: pageContext(c),
    organization,
    events: items,
    pager: pagerOf(c, `${organizationPath(c, organization)}/events`, {}, token),
  });
  return answerTab(c, organization, "events", body);
}
