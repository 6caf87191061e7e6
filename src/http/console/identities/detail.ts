// GET and POST /projects/:project_id/identities/:identity_id: everything about a person, and what can be done at a click.

import { parseEmailAddress } from "../../../domain/domains/email-address.ts";
import { DomainError } from "../../../domain/errors.ts";
import type { Identity } from "../../../domain/identities/identity.ts";
import { originOf } from "../../../domain/projects/hosts.ts";
import { IdentityDetail } from "../../../views/console/pages/identities/detail.tsx";
import { titleOf } from "../../../views/console/pages/identities/identity.tsx";
import type { AppContext } from "../../context.ts";
import { placeToken, readPlace } from "../../page-token.ts";
import { pagerOf, ROWS_ON_A_PAGE } from "../listing.ts";
import { mayOperate } from "../operator.ts";
import { done, pageContext } from "../page.ts";
import { answerBelowList, identityId, identityPath } from "./identity.ts";
import { isOperator } from "./operator-identity.ts";

const RECENT_EVENTS = 10;

/** A constant number of D1 round trips, whatever the person has. */
export async function showIdentity(c: AppContext) {
  const project = c.get("project");
  const services = c.get("services");
  const { identity, credentials } = await services.identities.get(project.id, identityId(c));
  const list = `console/identity-sessions/${identity.id}`;
  const after = readPlace(c.req.query("page_token"), list, 1)?.[0];
  const [labels, routing, sessions, events, operator] = await Promise.all([
    services.organizations.labels(project.id, [identity.organizationId ?? ""]),
    routingOf(c, identity),
    services.sessions.list(project.id, { identityId: identity.id, after, limit: ROWS_ON_A_PAGE }),
    services.events.list(project.id, { identityId: identity.id, after: undefined, limit: RECENT_EVENTS }),
    isOperator(c, identity.id),
  ]);
  const path = identityPath(c, identity.id);
  const body = IdentityDetail({
    context: pageContext(c),
    path,
    identity,
    credentials,
    organizationLabel: labels.get(identity.organizationId ?? ""),
    routing,
    sessions: sessions.items,
    pager: pagerOf(c, path, {}, placeToken(list, sessions.next === undefined ? undefined : [sessions.next])),
    events: events.items,
    mayChange: mayOperate(c, "write"),
    isOperator: operator,
    origin: originOf(project, services.config),
  });
  return answerBelowList(c, titleOf(identity), body);
}

/** @throws {DomainError} `not_found`; `operator_access_exists` instead of locking an operator out by the back door */
export async function actOnIdentity(c: AppContext) {
  const form = c.get("form");
  const { sessions, identities } = c.get("services");
  const context = c.get("requestContext");
  const { identity } = await identities.get(c.get("project").id, identityId(c));
  const { projectId, id } = identity;
  const back = identityPath(c, id);
  switch (form.text("intent")) {
    case "end_session":
      await sessions.revoke(projectId, id, form.text("session_id"), context);
      return done(c, back, "The session has ended.");
    case "end_sessions":
      await sessions.revokeAll(projectId, id, context);
      return done(c, back, "All sessions have ended.");
    case "deactivate":
      await requireNoAccess(c, id);
      await setState(c, id, "inactive");
      return done(c, back, "Deactivated: signed out everywhere, and every sign-in is refused.");
    case "activate":
      await setState(c, id, "active");
      return done(c, back, "Activated: this person can sign in again.");
    default:
      return c.redirect(back, 303);
  }
}

/** @throws {DomainError} `operator_access_exists` */
export async function requireNoAccess(c: AppContext, id: string): Promise<void> {
  if (!(await isOperator(c, id))) return;
  throw new DomainError({
    kind: "conflict",
    code: "operator_access_exists",
    message: "This person is an operator. Remove the access under Operators first.",
  });
}

async function setState(c: AppContext, id: string, state: Identity["state"]): Promise<void> {
  const { identities } = c.get("services");
  const changed = ({ schemaId, traits, metadataPublic, metadataAdmin, organizationId }: Identity) => ({
    schemaId,
    traits,
    metadataPublic,
    metadataAdmin,
    organizationId,
    state,
  });
  await identities.update(c.get("project").id, id, changed, c.get("requestContext"));
}

async function routingOf(c: AppContext, identity: Identity) {
  const parsed = parseEmailAddress(identity.email ?? "");
  return parsed.ok ? await c.get("services").login.route(c.get("project"), parsed.address) : undefined;
}
