// GET /projects/:project_id/api-keys

import { ApiKeyList, ApiKeysOfOthers } from "../../../views/console/pages/api-keys/list.tsx";
import type { AppContext } from "../../context.ts";
import { pageFields, readPage } from "../../page-token.ts";
import { pagerOf, ROWS_ON_A_PAGE } from "../listing.ts";
import { answerPage, pageContext, projectPath } from "../page.ts";

export async function showApiKeys(c: AppContext) {
  const project = c.get("project");
  const context = pageContext(c);
  const page = { title: "API keys", section: "api-keys" } as const;
  if (!context.may.manageKeys) return answerPage(c, { ...page, body: ApiKeysOfOthers() });
  const list = `api-keys/${project.id}`;
  const asked = readPage({ page_size: ROWS_ON_A_PAGE, page_token: c.req.query("page_token") }, list);
  const { items, next } = await c.get("services").apiKeys.list(project.id, asked);
  const path = apiKeysPath(c);
  const token = pageFields(list, next).next_page_token || undefined;
  return answerPage(c, {
    ...page,
    body: ApiKeyList({ context, path, items, pager: pagerOf(c, path, {}, token), apiPath: apiKeysApiPath(c) }),
  });
}

export function apiKeysPath(c: AppContext): string {
  return `${projectPath(c)}/api-keys`;
}

/** The path of the keys in the management API. */
export function apiKeysApiPath(c: AppContext): string {
  return `/projects/${c.get("project").id}/api-keys`;
}
