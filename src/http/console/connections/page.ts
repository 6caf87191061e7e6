// What the pages of this section have in common: the connection of the path, and where they stand in the console.

import type { Child } from "hono/jsx";
import { PROVIDERS } from "../../../domain/connections/connection.ts";
import { presetFor } from "../../../protocols/oidc/presets/index.ts";
import type { LabelledConnection } from "../../../views/console/pages/connections/around.ts";
import type { AppContext } from "../../context.ts";
import { answerPage, projectPath } from "../page.ts";

/** The connection that the path names, with its organization's label. @throws {DomainError} `not_found` */
export async function connectionOfPath(c: AppContext): Promise<LabelledConnection> {
  const { connections, organizations } = c.get("services");
  const projectId = c.get("project").id;
  const connection = await connections.get(projectId, c.req.param("connection_id") ?? "");
  if (connection.organizationId === null) return { ...connection, organizationLabel: null };
  const organization = await organizations.get(projectId, connection.organizationId);
  return { ...connection, organizationLabel: organization.label };
}

/** Path of a connection's page. */
export function pathOf(c: AppContext, connection: { id: string }): string {
  return `${projectPath(c)}/connections/${connection.id}`;
}

/** A page of the section; below a connection's own page when one is given. */
export function answer(
  c: AppContext,
  page: { title: string; body: Child; status?: number; below?: "list" | { id: string; label: string } },
): Response | Promise<Response> {
  const list = { label: "Social Sign-In & SSO (OIDC)", href: `${projectPath(c)}/connections` };
  const { below, ...rest } = page;
  const crumbs = below === undefined ? [] : below === "list" ? [list] : [list, { label: below.label, href: pathOf(c, below) }];
  return answerPage(c, { ...rest, section: "connections", crumbs });
}

/** What people call the providers. */
export const PROVIDER_NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  PROVIDERS.map((provider) => [provider, presetFor(provider).guide.name]),
);
