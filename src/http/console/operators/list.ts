// GET /projects/:project_id/operators, and what the pages below it have in common.

import { CONSOLE_SLUG } from "../../../config.ts";
import { OperatorList } from "../../../views/console/pages/operators/list.tsx";
import type { AppContext } from "../../context.ts";
import { authorityOn } from "../../middleware/management-key.ts";
import { CONSOLE_MOUNT } from "../../middleware/project.ts";
import { pageFields, readPage } from "../../page-token.ts";
import { pagerOf, ROWS_ON_A_PAGE } from "../listing.ts";
import { answerPage, pageContext, projectPath } from "../page.ts";

const NONE = { items: [], next: undefined };

export async function showOperators(c: AppContext) {
  const { operators } = c.get("services");
  const project = c.get("project");
  const homeId = c.get("operator").identity.projectId;
  const list = `operators/${project.id}`;
  const asked = readPage({ page_size: ROWS_ON_A_PAGE, page_token: c.req.query("page_token") }, list);
  const first = { limit: ROWS_ON_A_PAGE, after: undefined };
  const [page, everywhere, invitations] = await Promise.all([
    operators.list(project.id, asked),
    project.id === homeId ? NONE : operators.list(homeId, first),
    operators.invitations(project.id, first),
  ]);
  const path = operatorsPath(c);
  const token = pageFields(list, page.next).next_page_token || undefined;
  const body = OperatorList({
    context: pageContext(c),
    project: projectOf(c),
    self: c.get("operator").identity.id,
    path,
    operators: page.items,
    pager: pagerOf(c, path, {}, token),
    everywhere: { items: everywhere.items, more: everywhere.next !== undefined },
    everywhereHref: authorityOn(c.get("managementScope"), homeId, "read")
      ? `${CONSOLE_MOUNT}/projects/${homeId}/operators`
      : undefined,
    invitations: { items: invitations.items, more: invitations.next !== undefined },
  });
  return answerPage(c, { title: "Operators", section: "operators", body });
}

export function operatorsPath(c: AppContext): string {
  return `${projectPath(c)}/operators`;
}

export function projectOf(c: AppContext): { id: string; name: string; isConsole: boolean } {
  const { id, name, slug } = c.get("project");
  return { id, name, isConsole: slug === CONSOLE_SLUG };
}

/** Section and crumbs of the pages below the list. */
export function below(c: AppContext) {
  return { section: "operators" as const, crumbs: [{ label: "Operators", href: operatorsPath(c) }] };
}
