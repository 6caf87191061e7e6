// Pages of the console: who operates a project, and invitations.

import { Hono } from "hono";
import type { AppEnv } from "../../context.ts";
import { inProject } from "../../management/operation.ts";
import { freshly } from "../operator.ts";
import { changeRole, showRole } from "./change-role.ts";
import { inviteOperator, showInviting } from "./invite.ts";
import { showOperators } from "./list.ts";
import { removeOperator, showRemoval } from "./remove.ts";
import { revokeInvitation, showRevocation } from "./revoke-invitation.ts";

const LIST = "/projects/:project_id/operators";
const INVITE = `${LIST}/invite`;
const REVOKE = `${LIST}/invitations/:invitation_id/revoke`;
const ROLE = `${LIST}/:operator_id/role`;
const REMOVE = `${LIST}/:operator_id/remove`;

export const operatorsPages = new Hono<AppEnv>();

operatorsPages.get(LIST, ...inProject("read"), showOperators);
operatorsPages.get(INVITE, ...inProject("manage_operators"), freshly, showInviting);
operatorsPages.post(INVITE, ...inProject("manage_operators"), freshly, inviteOperator);
operatorsPages.get(REVOKE, ...inProject("manage_operators"), freshly, showRevocation);
operatorsPages.post(REVOKE, ...inProject("manage_operators"), freshly, revokeInvitation);
operatorsPages.get(ROLE, ...inProject("manage_operators"), freshly, showRole);
operatorsPages.post(ROLE, ...inProject("manage_operators"), freshly, changeRole);
operatorsPages.get(REMOVE, ...inProject("manage_operators"), freshly, showRemoval);
operatorsPages.post(REMOVE, ...inProject("manage_operators"), freshly, removeOperator);
