// GET /projects/:project_id/organizations: all of them by label, or what a search finds.

import { searchText } from "../../../domain/organizations/search.ts";
import { OrganizationList } from "../../../views/console/pages/organizations/list.tsx";
import type { AppContext } from "../../context.ts";
import { shownToOperator } from "../../display.ts";
import { labelList, placeOf } from "../../management/organizations/list.ts";
import { placeToken } from "../../page-token.ts";
import { hrefOf, pagerOf, ROWS_ON_A_PAGE } from "../listing.ts";
import { answerPage, pageContext } from "../page.ts";
import { organizationsPath } from "./organization.ts";

/** Two D1 round trips besides the operator's own, whatever there is to list. */
export async function showOrganizations(c: AppContext) {
  const project = c.get("project");
  const filters = { search: (c.req.query("search") ?? "").trim(), state: stateOf(c.req.query("state")) };
  const list = labelList(project.id);
  const { organizations } = c.get("services");
  const search = {
    text: searchText(filters.search),
    state: filters.state,
    after: placeOf(c.req.query("page_token"), list),
    limit: ROWS_ON_A_PAGE,
  };
  const { items, next, cut } = await shownToOperator(c, (db) => organizations.search(project.id, search, db));
  const path = organizationsPath(c);
  const token = placeToken(list, next && [next.label, next.id]);
  return answerPage(c, {
    title: "Organizations",
    section: "organizations",
    body: OrganizationList({
      context: pageContext(c),
      path,
      items,
      filters,
      cut,
      pager: pagerOf(c, path, filters, token),
      apiPath: hrefOf(`/projects/${project.id}/organizations`, filters),
    }),
  });
}

function stateOf(text: string | undefined): "enabled" | "disabled" | undefined {
  return text === "enabled" || text === "disabled" ? text : undefined;
}
