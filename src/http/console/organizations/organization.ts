// What the pages of one organization share: finding it, its addresses, and the page with its tabs.

import type { Child } from "hono/jsx";
import type { Organization } from "../../../domain/organizations/organization.ts";
import { OrganizationFrame, type OrganizationTab } from "../../../views/console/pages/organizations/frame.tsx";
import type { AppContext } from "../../context.ts";
import { answerPage, pageContext, projectPath } from "../page.ts";

/** The organization that the page's address names. @throws {DomainError} `not_found` */
export async function organizationOf(c: AppContext): Promise<Organization> {
  return await c.get("services").organizations.get(c.get("project").id, c.req.param("organization_id") ?? "");
}

export function organizationsPath(c: AppContext): string {
  return `${projectPath(c)}/organizations`;
}

export function organizationPath(c: AppContext, organization: { id: string }): string {
  return `${organizationsPath(c)}/${organization.id}`;
}

/** The path of the organization in the management API. */
export function apiPath(organization: Organization): string {
  return `/projects/${organization.projectId}/organizations/${organization.id}`;
}

/** A page under one of the organization's tabs. */
export function answerTab(c: AppContext, organization: Organization, tab: OrganizationTab, body: Child) {
  const path = organizationPath(c, organization);
  return answerPage(c, {
    title: organization.label,
    section: "organizations",
    crumbs: [{ label: "Organizations", href: organizationsPath(c) }],
    body: OrganizationFrame({ organization, path, tab, mayWrite: pageContext(c).may.write, children: body }),
  });
}

/** A page about changing the organization, below it. */
export function answerBelow(c: AppContext, organization: Organization, title: string, body: Child, status = 200) {
  return answerPage(c, {
    title: `${title}: ${organization.label}`,
    section: "organizations",
    crumbs: [
      { label: "Organizations", href: organizationsPath(c) },
      { label: organization.label, href: organizationPath(c, organization) },
    ],
    body,
    status,
  });
}
