// What the pages of one identity share: its addresses, and the page below the list.

import type { Child } from "hono/jsx";
import type { AppContext } from "../../context.ts";
import { answerPage, projectPath } from "../page.ts";

export function identitiesPath(c: AppContext): string {
  return `${projectPath(c)}/identities`;
}

export function identityPath(c: AppContext, id: string): string {
  return `${identitiesPath(c)}/${id}`;
}

/** The id that the page's address names. */
export function identityId(c: AppContext): string {
  return c.req.param("identity_id") ?? "";
}

export function answerBelowList(c: AppContext, title: string, body: Child, status = 200) {
  const crumbs = [{ label: "Identities", href: identitiesPath(c) }];
  return answerPage(c, { title, section: "identities", crumbs, body, status });
}
