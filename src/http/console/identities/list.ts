// GET /projects/:project_id/identities: the newest first, those an address begins, an exact id, or an organization's.

import type { Identity } from "../../../domain/identities/identity.ts";
import { originOf } from "../../../domain/projects/hosts.ts";
import { IdentityList } from "../../../views/console/pages/identities/list.tsx";
import type { ApiCall } from "../../../views/console/parts/curl.tsx";
import type { AppContext } from "../../context.ts";
import { shownToOperator } from "../../display.ts";
import { placeToken, readPlace } from "../../page-token.ts";
import { hrefOf, pagerOf, ROWS_ON_A_PAGE } from "../listing.ts";
import { mayOperate } from "../operator.ts";
import { answerPage, pageContext, projectPath } from "../page.ts";

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Two D1 round trips besides the operator's own, whatever there is to list. */
export async function showIdentities(c: AppContext) {
  const project = c.get("project");
  const { organizations, config } = c.get("services");
  const search = (c.req.query("search") ?? "").trim();
  const organizationId = search === "" ? (c.req.query("organization_id") ?? "") : "";
  const { items, next, list } = await found(c, search, organizationId);
  const labels = await organizations.labels(project.id, [organizationId, ...items.map((item) => item.organizationId ?? "")]);
  const label = labels.get(organizationId);
  const path = `${projectPath(c)}/identities`;
  const filters = { search, organization_id: organizationId };
  return answerPage(c, {
    title: "Identities",
    section: "identities",
    body: IdentityList({
      context: pageContext(c),
      path,
      items,
      organizations: labels,
      search,
      organization: label === undefined ? undefined : { id: organizationId, label },
      mayCreate: mayOperate(c, "write"),
      pager: pagerOf(c, path, filters, placeToken(list, next === undefined ? undefined : [next])),
      origin: originOf(project, config),
      calls: [callOf(search, organizationId)],
    }),
  });
}

async function found(
  c: AppContext,
  search: string,
  organizationId: string,
): Promise<{ items: Identity[]; next: string | undefined; list: string }> {
  const { identities } = c.get("services");
  const projectId = c.get("project").id;
  const limit = ROWS_ON_A_PAGE;
  const at = (list: string) => readPlace(c.req.query("page_token"), list, 1)?.[0];
  if (UUID.test(search)) {
    const { items } = await identities.list(projectId, { ids: [search] }, { after: undefined, limit });
    return { items, next: undefined, list: "" };
  }
  if (search !== "") {
    const list = `console/identities-by-email/${projectId}`;
    return { ...(await identities.findByEmail(projectId, { prefix: search, after: at(list), limit })), list };
  }
  if (organizationId !== "") {
    const list = `console/identities/${projectId}/${organizationId}`;
    const page = { after: at(list), limit };
    return { ...(await shownToOperator(c, (db) => identities.list(projectId, { organizationId }, page, db))), list };
  }
  const list = `console/identities/${projectId}`;
  const page = { before: at(list), limit };
  return { ...(await shownToOperator(c, (db) => identities.listNewest(projectId, page, db))), list };
}

function callOf(search: string, organizationId: string): ApiCall {
  const path = "/admin/identities";
  if (UUID.test(search)) return { method: "GET", path: `${path}/${search}` };
  const query = { preview_credentials_identifier_similar: search, organization_id: organizationId };
  return { method: "GET", path: hrefOf(path, query) };
}
