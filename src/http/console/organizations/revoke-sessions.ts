// GET and POST /projects/:project_id/organizations/:organization_id/sessions/revoke: everybody signs in again.

import type { Organization, OrganizationCounts } from "../../../domain/organizations/organization.ts";
import { RevokeOrganizationSessions } from "../../../views/console/pages/organizations/revoke-sessions.tsx";
import type { FormState } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { done, pageContext } from "../page.ts";
import { answerBelow, apiPath, organizationOf, organizationPath } from "./organization.ts";

export async function showRevocation(c: AppContext) {
  const organization = await organizationOf(c);
  const counts = await c.get("services").organizations.counts(organization.projectId, organization.id);
  return answer(c, organization, counts, { values: {}, problems: undefined });
}

export async function revokeSessions(c: AppContext) {
  const { projectId, id, label } = await organizationOf(c);
  const { revoked, hasMore } = await c.get("services").sessions.revokeAllOfOrganization(projectId, id, c.get("requestContext"));
  const path = `${organizationPath(c, { id })}/sessions`;
  if (hasMore)
    return done(c, `${path}/revoke`, `${revoked} sessions of “${label}” have ended. There are more: end the rest, too.`);
  return done(c, path, revoked === 0 ? "There was no session to end." : `${sessionCount(revoked)} of “${label}” ended.`);
}

function answer(c: AppContext, organization: Organization, counts: OrganizationCounts, state: FormState) {
  const body = RevokeOrganizationSessions({
    context: pageContext(c),
    organization,
    counts,
    state,
    cancelHref: `${organizationPath(c, organization)}/sessions`,
    apiPath: apiPath(organization),
  });
  return answerBelow(c, organization, "End all sessions", body);
}

function sessionCount(count: number): string {
  return count === 1 ? "One session" : `${count} sessions`;
}
