// GET /console/projects/{project_id}/connections

import { ConnectionListPage } from "../../../views/console/pages/connections/list.tsx";
import type { AppContext } from "../../context.ts";
import { pageFields, readPage } from "../../page-token.ts";
import { problem } from "../form.ts";
import { pageContext, projectPath } from "../page.ts";
import { organizationNamed, organizationSuggestions } from "./organization-field.ts";
import { answer, PROVIDER_NAMES } from "./page.ts";

const PAGE_SIZE = 25;

export async function listPage(c: AppContext): Promise<Response> {
  const project = c.get("project");
  const typed = c.req.query("organization") ?? c.req.query("organization_id") ?? "";
  const choice = await organizationNamed(c, typed);
  const organization = choice.ok ? choice.organization : undefined;
  const list = `connections/${project.id}`;
  const token = c.req.query("page_token");
  const page = readPage({ page_size: PAGE_SIZE, page_token: token }, list);
  const found = choice.ok
    ? await c.get("services").connections.listLabelled(project.id, { ...page, organizationId: organization?.id })
    : { items: [], next: undefined };
  const next = pageFields(list, found.next).next_page_token;
  const href = (pageToken?: string) => {
    const query = new URLSearchParams({
      ...(organization ? { organization: organization.id } : {}),
      ...(pageToken ? { page_token: pageToken } : {}),
    });
    return `${projectPath(c)}/connections${query.size > 0 ? `?${query}` : ""}`;
  };
  const body = ConnectionListPage({
    around: pageContext(c),
    projectId: project.id,
    connections: found.items,
    organization,
    filter: {
      values: { organization: organization?.label ?? typed },
      problems: choice.ok ? undefined : problem("organization", choice.message),
    },
    suggestions: await organizationSuggestions(c),
    providerNames: PROVIDER_NAMES,
    nextHref: next === "" ? undefined : href(next),
    firstHref: token ? href() : undefined,
  });
  return answer(c, { title: "Social Sign-In & SSO (OIDC)", body });
}
