// Inviting operators: a link that works once, for a week, for whoever signs in under the invited address. There is no
// mailer: the inviter passes the link on, so the address is not proven by it.

import { CONSOLE_SLUG } from "../../config.ts";
import { newId } from "../../crypto/random.ts";
import { newInvitationToken, readInvitationToken } from "../../crypto/tokens.ts";
import type { Runtime } from "../../services.ts";
import { ConstraintViolation, violatesUnique, type Write } from "../../storage/database.ts";
import { eventInsert } from "../../storage/events.ts";
import { commitIf, guard, guardRefused } from "../../storage/guard.ts";
import {
  findInvitation,
  grantInsert,
  invitationDelete,
  invitationInsert,
  invitationStands,
  isOperator,
  isPerson,
  waysOf,
} from "../../storage/operators.ts";
import { findProjectBySlug, projectExists } from "../../storage/projects.ts";
import { taken } from "../conflicts.ts";
import { parseEmailAddress } from "../domains/email-address.ts";
import { DomainError, type FieldError, notFound, unacceptable } from "../errors.ts";
import type { RequestContext } from "../events/event.ts";
import type { Identity } from "../identities/identity.ts";
import { acceptLabel } from "../label.ts";
import type { LoggedIn, LoginRefused, LoginService } from "../login/login.ts";
import { OPERATOR_ROLES } from "../projects/operator-access.ts";
import type { Project } from "../projects/project.ts";
import { INVITATION_LIFESPAN_MS, type Invitation } from "./operator.ts";

/** An invitation as its bearer sees it. */
export interface OpenInvitation {
  invitation: Invitation;
  projectName: string;
  /** It is one to every project. */
  everywhere: boolean;
  /**
   * How its bearer gets in: `sign_in` with the account that the address has, or through the organization that owns its
   * domain; `register` when there is nothing yet.
   */
  way: "sign_in" | "register";
}

export type Joining = LoggedIn | LoginRefused | { ok: false; reason: "invitation_used" };

export interface Invitations {
  /**
   * Makes an invitation; an earlier one for the same address ends.
   * @param fields.id given by a form that may be sent twice
   * @throws {DomainError} `validation_failed`; `already_operator`; `invitation_exists` when the id has been used: the link
   *   was in that answer alone
   */
  invite(
    project: Project,
    fields: { email: string; role: string; id?: string | undefined },
    context: RequestContext,
  ): Promise<{ invitation: Invitation; token: string }>;
  /** The invitation of a link, while it can be used; undefined otherwise. */
  openInvitation(token: string): Promise<OpenInvitation | undefined>;
  /**
   * Makes somebody who is signed in an operator. Of any number of callers one succeeds.
   * @throws {DomainError} `not_found` when the link does not work (any more); `forbidden` for another address
   */
  accept(token: string, identity: Identity, context: RequestContext): Promise<Invitation>;
  /**
   * Makes a new person with a password an operator, and signs them in: registration's rules, and its gate.
   * @throws {DomainError} `not_found` when the link does not work (any more)
   */
  join(token: string, person: { name: string; password: string }, context: RequestContext): Promise<Joining>;
}

export function createInvitations(runtime: Runtime, login: LoginService): Invitations {
  const { clock, directory } = runtime;

  /** The invitation that a link's secret proves, while it can be used. */
  async function require(token: string): Promise<{ invitation: Invitation; projectName: string; home: Project }> {
    const claim = readInvitationToken(token);
    const found = claim && (await findInvitation(directory, claim.projectId, claim.invitationId, claim.hash));
    const home = found && (await findProjectBySlug(directory, CONSOLE_SLUG));
    if (!found || !home || found.invitation.expiresAt <= clock()) throw notFound("invitation");
    return { ...found, home };
  }

  /** What turns an invitation into access, for the commit of whatever brought the person in. */
  function acceptance(invitation: Invitation, home: Project, identityId: string, context: RequestContext): Write[] {
    const { projectId, id, role } = invitation;
    const now = clock();
    const actor = { type: "operator", id: identityId } as const;
    const event = { type: "operator.joined" as const, details: { operator_id: identityId, role, invitation_id: id } };
    return [
      invitationDelete(directory, projectId, id),
      grantInsert(directory, { projectId, operatorProjectId: home.id, operatorId: identityId, role, createdAt: now }),
      eventInsert(directory, projectId, event, { ...context, actor }, newId(now), now),
    ];
  }

  return {
    async invite(project, fields, context) {
      const { email, role } = acceptInvitation(fields);
      const now = clock();
      const home = await findProjectBySlug(directory, CONSOLE_SLUG);
      if (!home) throw noConsole();
      if (await isOperator(directory, project.id, home.id, email)) {
        const message = "This person is an operator already. Change their role instead.";
        throw taken("already_operator", [{ field: "email", code: "already_operator", message }]);
      }
      const id = fields.id ?? newId(now);
      const { token, hash } = newInvitationToken(project.id, id);
      const invitation = { projectId: project.id, id, email, role, createdAt: now, expiresAt: now + INVITATION_LIFESPAN_MS };
      const event = { type: "operator.invited" as const, details: { invitation_id: id, role } };
      try {
        const settled = await commitIf(directory, project.id, projectExists(project.id), [
          ...invitationInsert(directory, invitation, hash),
          eventInsert(directory, project.id, event, context, newId(now), now),
        ]);
        if (settled === undefined) throw notFound("project");
      } catch (error) {
        if (violatesUnique(error, "operator_invitations")) throw invitationExists();
        throw error;
      }
      return { invitation, token };
    },

    async openInvitation(token) {
      try {
        const { invitation, projectName, home } = await require(token);
        const parsed = parseEmailAddress(invitation.email);
        const domain = parsed.ok ? parsed.address.domain : "";
        const { account, owner } = await waysOf(runtime.databaseFor(home.id), home.id, invitation.email, domain);
        const everywhere = invitation.projectId === home.id;
        return { invitation, projectName, everywhere, way: account || owner !== null ? "sign_in" : "register" };
      } catch (error) {
        if (error instanceof DomainError && error.kind === "not_found") return undefined;
        throw error;
      }
    },

    async accept(token, identity, context) {
      const { invitation, home } = await require(token);
      if (identity.projectId !== home.id || identity.email !== invitation.email) throw otherAddress();
      const condition = invitationStands(
        invitation.projectId,
        invitation.id,
        clock(),
        isPerson(home.id, identity.id, invitation.email),
      );
      const writes = acceptance(invitation, home, identity.id, context);
      const settled = await commitIf(directory, invitation.projectId, condition, writes);
      if (settled === undefined) throw notFound("invitation");
      return invitation;
    },

    async join(token, person, context) {
      const { invitation, home } = await require(token);
      const { address, name } = acceptPerson(invitation.email, person.name);
      try {
        return await login.register(
          home,
          {
            address,
            name,
            password: person.password,
            returnTo: "",
            invited: (identity) => ({
              before: guard(
                directory,
                invitation.projectId,
                invitationStands(invitation.projectId, invitation.id, clock()),
                false,
              ),
              after: acceptance(invitation, home, identity.id, context),
            }),
          },
          context,
        );
      } catch (error) {
        if (guardRefused(error)) return { ok: false, reason: "invitation_used" };
        // The project was deleted in between.
        if (error instanceof ConstraintViolation && error.kind === "foreign_key") return { ok: false, reason: "invitation_used" };
        throw error;
      }
    },
  };
}

/** @throws {DomainError} `validation_failed` */
function acceptInvitation(fields: { email: string; role: string }) {
  const problems: FieldError[] = [];
  const parsed = parseEmailAddress(fields.email);
  if (!parsed.ok) problems.push({ field: "email", code: parsed.reason, message: parsed.message });
  const role = OPERATOR_ROLES.find((known) => known === fields.role);
  if (!role) problems.push({ field: "role", code: "invalid_value", message: "Choose owner, editor or viewer." });
  if (!parsed.ok || !role) throw unacceptable(problems);
  return { email: parsed.address.canonical, role };
}

/** @throws {DomainError} `validation_failed` */
function acceptPerson(email: string, typed: string) {
  const problems: FieldError[] = [];
  const parsed = parseEmailAddress(email);
  const name = typed.trim() === "" ? undefined : acceptLabel("name", typed, problems);
  if (!parsed.ok || problems.length > 0) throw unacceptable(problems);
  return { address: parsed.address, name };
}

function otherAddress(): DomainError {
  return new DomainError({ kind: "forbidden", code: "forbidden", message: "This invitation is for another address." });
}

function noConsole(): DomainError {
  return new DomainError({
    kind: "conflict",
    code: "no_console_project",
    message: "There is no console project yet. Open /console and make the first operator.",
  });
}

function invitationExists(): DomainError {
  return new DomainError({
    kind: "conflict",
    code: "invitation_exists",
    message: "This invitation was made already, and its link was shown then. Invite again to get a new link.",
  });
}
