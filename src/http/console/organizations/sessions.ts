// GET and POST /projects/:project_id/organizations/:organization_id/sessions: who is signed in, and ending one session.

import { notFound } from "../../../domain/errors.ts";
import { originOf } from "../../../domain/projects/hosts.ts";
import { OrganizationSessions } from "../../../views/console/pages/organizations/sessions.tsx";
import type { AppContext } from "../../context.ts";
import { placeToken, readPlace } from "../../page-token.ts";
import { pagerOf, ROWS_ON_A_PAGE } from "../listing.ts";
import { done, pageContext } from "../page.ts";
import { answerTab, apiPath, organizationOf, organizationPath } from "./organization.ts";

export async function showSessions(c: AppContext) {
  const organization = await organizationOf(c);
  const { projectId, id } = organization;
  const { sessions, config } = c.get("services");
  const list = `console/sessions/${id}`;
  const [identityId = "", sessionId = ""] = readPlace(c.req.query("page_token"), list, 2) ?? [];
  const after = identityId === "" ? undefined : { identityId, sessionId };
  const { items, next } = await sessions.listOfOrganization(projectId, { organizationId: id, after, limit: ROWS_ON_A_PAGE });
  const path = organizationPath(c, organization);
  const body = OrganizationSessions({
    context: pageContext(c),
    path,
    organization,
    sessions: items,
    pager: pagerOf(c, `${path}/sessions`, {}, placeToken(list, next && [next.identityId, next.sessionId])),
    origin: originOf(c.get("project"), config),
    apiPath: apiPath(organization),
  });
  return answerTab(c, organization, "sessions", body);
}

/** @throws {DomainError} `not_found` for a session of somebody who is no member */
export async function endSession(c: AppContext) {
  const organization = await organizationOf(c);
  const { sessions } = c.get("services");
  const { session, identity } = await sessions.get(organization.projectId, c.get("form").text("session_id"));
  if (identity.organizationId !== organization.id) throw notFound("session");
  await sessions.revoke(organization.projectId, identity.id, session.id, c.get("requestContext"));
  const { pathname, search } = new URL(c.req.url);
  return done(c, pathname + search, `The session of ${identity.email ?? identity.id} has ended.`);
}
