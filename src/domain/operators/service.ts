// Who operates a project: look, change the role, take access away; and inviting new operators. Access to the console
// project is access to every project, and that project never loses its last owner.

import { newId } from "../../crypto/random.ts";
import type { Runtime } from "../../services.ts";
import { eventInsert } from "../../storage/events.ts";
import { commitIf } from "../../storage/guard.ts";
import {
  findInvitation,
  grantDelete,
  grantIs,
  grantUpdate,
  invitationDelete,
  invitationStands,
  listInvitations,
  listOperators,
} from "../../storage/operators.ts";
import { revisionConflict } from "../conflicts.ts";
import { notFound, unacceptable } from "../errors.ts";
import type { EventType, RequestContext } from "../events/event.ts";
import type { LoginService } from "../login/login.ts";
import { cutPage, type Page, type PageRequest } from "../page.ts";
import { OPERATOR_ROLES, type OperatorRole } from "../projects/operator-access.ts";
import type { Project } from "../projects/project.ts";
import { createFirstOperator, type FirstOperator } from "./first-operator.ts";
import { createInvitations, type Invitations } from "./invitations.ts";
import { keepOwner, lastOwner } from "./last-owner.ts";
import type { Invitation, Operator } from "./operator.ts";

export interface OperatorService extends FirstOperator, Invitations {
  /** Those with access to this very project, in the order of their ids. One round trip. */
  list(projectId: string, page: PageRequest): Promise<Page<Operator>>;
  /** @throws {DomainError} `not_found` */
  get(projectId: string, operatorId: string): Promise<Operator>;
  /** @throws {DomainError} `not_found`; `last_owner`; `validation_failed` */
  changeRole(project: Project, operatorId: string, role: string, context: RequestContext): Promise<Operator>;
  /** Takes the access away; the identity stays. @throws {DomainError} `not_found`; `last_owner` */
  remove(project: Project, operatorId: string, context: RequestContext): Promise<void>;
  /** Those that can still be used, in the order of their making. One round trip. */
  invitations(projectId: string, page: PageRequest): Promise<Page<Invitation>>;
  /** @throws {DomainError} `not_found` */
  invitation(projectId: string, invitationId: string): Promise<Invitation>;
  /** @throws {DomainError} `not_found` */
  revokeInvitation(projectId: string, invitationId: string, context: RequestContext): Promise<void>;
}

export function createOperatorService(runtime: Runtime, login: LoginService): OperatorService {
  const { clock, directory } = runtime;

  async function get(projectId: string, operatorId: string): Promise<Operator> {
    const [operator] = await listOperators(directory, projectId, { after: undefined, limit: 1, id: operatorId });
    if (!operator) throw notFound("operator");
    return operator;
  }

  function event(projectId: string, type: EventType, details: Record<string, unknown>, context: RequestContext) {
    const now = clock();
    return eventInsert(directory, projectId, { type, details }, context, newId(now), now);
  }

  /** A change that takes the role of owner away from the operator rests on there being another one. */
  async function change(
    project: Project,
    before: Operator,
    write: ReturnType<typeof grantDelete>,
    record: ReturnType<typeof eventInsert>,
  ): Promise<void> {
    const ends = before.role === "owner" ? [keepOwner(directory, project.id, { operatorId: before.id, leaves: true })] : [];
    try {
      const condition = grantIs(project.id, before.id, before.role);
      if ((await commitIf(directory, project.id, condition, [...ends, write, record])) !== undefined) return;
    } catch (error) {
      throw lastOwner(error) ?? error;
    }
    await get(project.id, before.id);
    throw revisionConflict();
  }

  async function invitation(projectId: string, invitationId: string): Promise<Invitation> {
    const found = await findInvitation(directory, projectId, invitationId);
    if (!found) throw notFound("invitation");
    return found.invitation;
  }

  return {
    ...createFirstOperator(runtime),
    ...createInvitations(runtime, login),
    get,
    invitation,

    async list(projectId, page) {
      return cutPage(await listOperators(directory, projectId, { ...page, limit: page.limit + 1 }), page.limit);
    },

    async changeRole(project, operatorId, wanted, context) {
      const role = acceptRole(wanted);
      const before = await get(project.id, operatorId);
      if (before.role === role) return before;
      const write = grantUpdate(directory, project.id, operatorId, role);
      const record = event(
        project.id,
        "operator.role_changed",
        { operator_id: operatorId, from: before.role, to: role },
        context,
      );
      await change(project, before, write, record);
      return { ...before, role };
    },

    async remove(project, operatorId, context) {
      const before = await get(project.id, operatorId);
      const record = event(project.id, "operator.removed", { operator_id: operatorId, role: before.role }, context);
      await change(project, before, grantDelete(directory, project.id, operatorId), record);
    },

    async invitations(projectId, page) {
      return cutPage(await listInvitations(directory, projectId, { ...page, limit: page.limit + 1 }, clock()), page.limit);
    },

    async revokeInvitation(projectId, invitationId, context) {
      const { role } = await invitation(projectId, invitationId);
      const writes = [
        invitationDelete(directory, projectId, invitationId),
        event(projectId, "operator.invitation_revoked", { invitation_id: invitationId, role }, context),
      ];
      const settled = await commitIf(directory, projectId, invitationStands(projectId, invitationId, 0), writes);
      if (settled === undefined) throw notFound("invitation");
    },
  };
}

/** @throws {DomainError} `validation_failed` naming `role` */
export function acceptRole(wanted: string): OperatorRole {
  const role = OPERATOR_ROLES.find((known) => known === wanted);
  if (role) return role;
  throw unacceptable([{ field: "role", code: "invalid_value", message: "Choose owner, editor or viewer." }]);
}
