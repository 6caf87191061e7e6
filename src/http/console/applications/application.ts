// What the pages of this section share: finding the app of the path, their addresses, and what apps are told of the project.

import type { Child } from "hono/jsx";
import type { Client } from "../../../domain/clients/client.ts";
import { originOf } from "../../../domain/projects/hosts.ts";
import { nameOf } from "../../../views/console/pages/applications/names.ts";
import type { AppContext } from "../../context.ts";
import { answerPage, projectPath } from "../page.ts";

/** The app that the page's address names. @throws {DomainError} `not_found` */
export async function applicationOf(c: AppContext): Promise<Client> {
  return await c.get("services").clients.get(c.get("project").id, c.req.param("client_id") ?? "");
}

export function applicationsPath(c: AppContext): string {
  return `${projectPath(c)}/applications`;
}

export function applicationPath(c: AppContext, client: { id: string }): string {
  return `${applicationsPath(c)}/${client.id}`;
}

/** The project's origin: the issuer, and the host that `/admin/clients` is on. */
export function issuerOf(c: AppContext): string {
  return originOf(c.get("project"), c.get("services").config);
}

/** A page of the section; below an app's own page when one is given. */
export function answerBelow(c: AppContext, page: { title: string; body: Child; status?: number | undefined; below?: Client }) {
  const { title, body, status, below } = page;
  const list = { label: "Applications", href: applicationsPath(c) };
  return answerPage(c, {
    title,
    section: "applications",
    crumbs: below ? [list, { label: nameOf(below), href: applicationPath(c, below) }] : [list],
    body,
    status: status ?? 200,
  });
}
