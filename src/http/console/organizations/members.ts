// GET /projects/:project_id/organizations/:organization_id/members

import { originOf } from "../../../domain/projects/hosts.ts";
import { OrganizationMembers } from "../../../views/console/pages/organizations/members.tsx";
import type { AppContext } from "../../context.ts";
import { pageFields, readPage } from "../../page-token.ts";
import { pagerOf, ROWS_ON_A_PAGE } from "../listing.ts";
import { pageContext } from "../page.ts";
import { answerTab, organizationOf, organizationPath } from "./organization.ts";

export async function showMembers(c: AppContext) {
  const organization = await organizationOf(c);
  const { projectId, id } = organization;
  const list = `console/members/${id}`;
  const page = readPage({ page_size: ROWS_ON_A_PAGE, page_token: c.req.query("page_token") }, list);
  const { identities, config } = c.get("services");
  const { items, next } = await identities.list(projectId, { organizationId: id }, page);
  const token = pageFields(list, next).next_page_token || undefined;
  const body = OrganizationMembers({
    context: pageContext(c),
    organization,
    members: items,
    pager: pagerOf(c, `${organizationPath(c, organization)}/members`, {}, token),
    origin: originOf(c.get("project"), config),
  });
  return answerTab(c, organization, "members", body);
}
