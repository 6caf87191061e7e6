// GET /projects/{project_id}/operator-invitations

import { createRoute, z } from "@hono/zod-openapi";
import { answer, errors, inProject, type ManagementDoor, ProjectParams, security } from "../operation.ts";
import { PageFields, PageQuery, pageFields, readPage } from "../paging.ts";
import { InvitationWire, invitationToWire, TAG } from "./wire.ts";

const Page = z.object({ operator_invitations: z.array(InvitationWire), ...PageFields }).openapi("OperatorInvitationList");

const route = createRoute({
  method: "get",
  path: "/projects/{project_id}/operator-invitations",
  operationId: "listOperatorInvitations",
  tags: [TAG],
  summary: "List the open invitations of a project",
  description: "Without their links.",
  security,
  middleware: inProject("read"),
  request: { params: ProjectParams, query: z.object(PageQuery) },
  responses: { 200: answer("A page of invitations.", Page), ...errors(403, 404, 422) },
});

export function listInvitations(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const project = c.get("project");
    const list = `operator-invitations/${project.id}`;
    const page = readPage(c.req.valid("query"), list);
    const { items, next } = await c.get("services").operators.invitations(project.id, page);
    return c.json({ operator_invitations: items.map(invitationToWire), ...pageFields(list, next) }, 200);
  });
}
