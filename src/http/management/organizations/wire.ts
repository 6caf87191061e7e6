// An organization on the wire: the shape of Ory's, with `state`, `project_id` and `updated_at` besides.

import { z } from "@hono/zod-openapi";
import type { Organization } from "../../../domain/organizations/organization.ts";
import { timestamp } from "../../wire/identity.ts";
import { Id, ProjectParams, Timestamp } from "../operation.ts";

export const TAG = "organizations";

export const OrganizationParams = ProjectParams.extend({
  organization_id: z.string().openapi({ param: { name: "organization_id", in: "path" }, format: "uuid" }),
});

const label = z.string().openapi({ minLength: 1, maxLength: 256, example: "My Organization" });
const domains = z.array(z.string()).openapi({
  maxItems: 100,
  description: "E-mail domains. Stored in canonical form; each belongs to at most one organization of the project.",
  example: ["my.example.com"],
});
const sessionLifespan = z.string().openapi({
  description: "Duration from 1m to 8760h. The empty string clears it: the project's lifespan applies.",
  example: "12h",
});
const state = z.enum(["enabled", "disabled"]).openapi({
  description: "A disabled organization admits nobody and ends its sessions; its domains stay claimed.",
});

export const CreateOrganizationBody = z
  .strictObject({
    label,
    domains: domains.optional(),
    session_lifespan: sessionLifespan.optional(),
    state: state.optional(),
  })
  .openapi("CreateOrganizationBody");

export const UpdateOrganizationBody = CreateOrganizationBody.partial().openapi("UpdateOrganizationBody");

export const OrganizationWire = z
  .object({
    id: Id,
    project_id: Id,
    label,
    domains,
    session_lifespan: z.string().openapi({ description: "Empty when the project's lifespan applies." }),
    state,
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .openapi("Organization");

export function organizationToWire(organization: Organization): z.infer<typeof OrganizationWire> {
  return {
    id: organization.id,
    project_id: organization.projectId,
    label: organization.label,
    domains: organization.domains,
    session_lifespan: organization.sessionLifespan ?? "",
    state: organization.state,
    created_at: timestamp(organization.createdAt),
    updated_at: timestamp(organization.updatedAt),
  };
}

export function organizationFromWire<T extends z.infer<typeof UpdateOrganizationBody>>(body: T) {
  const { session_lifespan: sessionLifespan, ...rest } = body;
  return { ...rest, sessionLifespan };
}
