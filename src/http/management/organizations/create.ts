// POST /projects/{project_id}/organizations

import { createRoute } from "@hono/zod-openapi";
import { answer, BODY_ERRORS, body, errors, inProject, type ManagementDoor, ProjectParams, security, tag } from "../operation.ts";
import { CreateOrganizationBody, OrganizationWire, organizationFromWire, organizationToWire, TAG } from "./wire.ts";

const route = createRoute({
  method: "post",
  path: "/projects/{project_id}/organizations",
  operationId: "createOrganization",
  tags: [TAG],
  summary: "Create an organization",
  description: "A domain that another organization of the project owns is a 409 that does not name the owner.",
  security,
  middleware: inProject("write", { body: true }),
  request: { params: ProjectParams, body: body(CreateOrganizationBody) },
  responses: { 201: answer("The organization.", OrganizationWire), ...errors(403, 404, 409, ...BODY_ERRORS) },
});

export function createOrganization(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const fields = organizationFromWire(c.req.valid("json"));
    const { organizations } = c.get("services");
    const organization = await organizations.create(c.get("project").id, fields, c.get("requestContext"));
    tag(c, organization);
    return c.json(organizationToWire(organization), 201);
  });
}
