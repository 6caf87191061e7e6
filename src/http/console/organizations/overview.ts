// GET /projects/:project_id/organizations/:organization_id: its settings, how its people sign in, and what to hand over.

import type { Connection } from "../../../domain/connections/connection.ts";
import type { Organization } from "../../../domain/organizations/organization.ts";
import { doorsOf } from "../../../domain/projects/hosts.ts";
import type { HandOver } from "../../../views/console/pages/organizations/hand-over.tsx";
import { OrganizationOverview } from "../../../views/console/pages/organizations/overview.tsx";
import type { AppContext } from "../../context.ts";
import { pageContext } from "../page.ts";
import { answerTab, apiPath, organizationOf, organizationPath } from "./organization.ts";

/** Connections that the page tells the customer about. */
const HANDED_OVER = 10;

/** Four D1 round trips besides the operator's own. */
export async function showOverview(c: AppContext) {
  const organization = await organizationOf(c);
  const { projectId, id } = organization;
  const { organizations, connections, login } = c.get("services");
  const [counts, routing, found] = await Promise.all([
    organizations.counts(projectId, id),
    login.routeOrganization(c.get("project"), id),
    connections.list(projectId, { organizationId: id, after: undefined, limit: HANDED_OVER }),
  ]);
  const body = OrganizationOverview({
    context: pageContext(c),
    path: organizationPath(c, organization),
    organization,
    projectLifespan: c.get("project").sessionLifespan,
    counts,
    routing,
    handOver: handOverOf(c, organization, found.items),
    apiPath: apiPath(organization),
  });
  return answerTab(c, organization, "overview", body);
}

function handOverOf(c: AppContext, organization: Organization, connections: readonly Connection[]): HandOver {
  const project = c.get("project");
  const doors = doorsOf(project, c.get("services").config);
  return {
    product: project.name,
    organization: organization.label,
    domains: organization.domains,
    signInLink: `${doors}/sso/start?organization=${organization.id}`,
    initiateLoginUri: `${doors}/sso/start`,
    connections: connections.map((connection) => ({
      label: connection.label,
      redirectUri: connection.redirectUri,
      scope: connection.scope.join(" "),
      jwksUri:
        connection.tokenEndpointAuthMethod === "private_key_jwt"
          ? `${doors}/sso/connections/${connection.id}/jwks.json`
          : undefined,
    })),
  };
}
