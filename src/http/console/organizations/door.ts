// Pages of the console: organizations, their people, connections, sessions and events.

import { Hono } from "hono";
import type { AppEnv } from "../../context.ts";
import { inProject } from "../../management/operation.ts";
import { freshly } from "../operator.ts";
import { showConnections } from "./connections.ts";
import { deleteOrganization, showDeletion } from "./delete.ts";
import { changeOrganization, showEditing } from "./edit.ts";
import { showEvents } from "./events.ts";
import { showOrganizations } from "./list.ts";
import { showMembers } from "./members.ts";
import { createOrganization, showNew } from "./new.ts";
import { showOverview } from "./overview.ts";
import { revokeSessions, showRevocation } from "./revoke-sessions.ts";
import { endSession, showSessions } from "./sessions.ts";

const LIST = "/projects/:project_id/organizations";
const ONE = `${LIST}/:organization_id`;

export const organizationsPages = new Hono<AppEnv>();

organizationsPages.get(LIST, ...inProject("read"), showOrganizations);
organizationsPages.get(`${LIST}/new`, ...inProject("write"), showNew);
organizationsPages.post(`${LIST}/new`, ...inProject("write"), createOrganization);

organizationsPages.get(ONE, ...inProject("read"), showOverview);
organizationsPages.get(`${ONE}/connections`, ...inProject("read"), showConnections);
organizationsPages.get(`${ONE}/members`, ...inProject("read"), showMembers);
organizationsPages.get(`${ONE}/sessions`, ...inProject("read"), showSessions);
organizationsPages.post(`${ONE}/sessions`, ...inProject("write"), endSession);
organizationsPages.get(`${ONE}/events`, ...inProject("read"), showEvents);

organizationsPages.get(`${ONE}/edit`, ...inProject("write"), showEditing);
organizationsPages.post(`${ONE}/edit`, ...inProject("write"), changeOrganization);
organizationsPages.get(`${ONE}/sessions/revoke`, ...inProject("write"), freshly, showRevocation);
organizationsPages.post(`${ONE}/sessions/revoke`, ...inProject("write"), freshly, revokeSessions);
organizationsPages.get(`${ONE}/delete`, ...inProject("write"), freshly, showDeletion);
organizationsPages.post(`${ONE}/delete`, ...inProject("write"), freshly, deleteOrganization);
