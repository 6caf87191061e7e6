// PUT /projects/{project_id}/organizations/{organization_id}

import { createRoute } from "@hono/zod-openapi";
import {
  answer,
  BODY_ERRORS,
  body,
  errors,
  expectedRevision,
  inProject,
  type ManagementDoor,
  security,
  tag,
} from "../operation.ts";
import {
  OrganizationParams,
  OrganizationWire,
  organizationFromWire,
  organizationToWire,
  TAG,
  UpdateOrganizationBody,
} from "./wire.ts";

const route = createRoute({
  method: "put",
  path: "/projects/{project_id}/organizations/{organization_id}",
  operationId: "updateOrganization",
  tags: [TAG],
  summary: "Change an organization",
  description:
    "Replaces the fields that are given; `domains` is replaced as a whole, and all of it or nothing. With `If-Match` and " +
    "the `ETag` of an earlier answer, a change by somebody else in between is a 409.",
  security,
  middleware: inProject("write", { body: true }),
  request: { params: OrganizationParams, body: body(UpdateOrganizationBody) },
  responses: { 200: answer("The organization.", OrganizationWire), ...errors(403, 404, 409, ...BODY_ERRORS) },
});

export function updateOrganization(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { organization_id } = c.req.valid("param");
    const fields = organizationFromWire(c.req.valid("json"));
    const organization = await c
      .get("services")
      .organizations.update(c.get("project").id, organization_id, fields, expectedRevision(c), c.get("requestContext"));
    tag(c, organization);
    return c.json(organizationToWire(organization), 200);
  });
}
