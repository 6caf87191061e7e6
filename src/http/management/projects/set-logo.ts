// PUT /projects/{project_id}/logo

import { createRoute, z } from "@hono/zod-openapi";
import { bodyLimit } from "hono/body-limit";
import { DomainError } from "../../../domain/errors.ts";
import { MAX_LOGO_BYTES } from "../../../domain/projects/branding.ts";
import { answer, errors, expectedRevision, inProject, type ManagementDoor, ProjectParams, security, tag } from "../operation.ts";
import { ProjectWire, projectToWire, TAG } from "./wire.ts";

const image = { schema: z.string().openapi({ format: "binary" }) };

const route = createRoute({
  method: "put",
  path: "/projects/{project_id}/logo",
  operationId: "setProjectLogo",
  tags: [TAG],
  summary: "Set a project's logo",
  description: "The body is the image itself: PNG, JPEG or WebP, known by its first bytes, at most 64 KiB.",
  security,
  middleware: [...inProject("write"), bodyLimit({ maxSize: MAX_LOGO_BYTES, onError: tooLarge })],
  request: {
    params: ProjectParams,
    body: { required: true, content: { "image/png": image, "image/jpeg": image, "image/webp": image } },
  },
  responses: { 200: answer("The project.", ProjectWire), ...errors(403, 404, 409, 413, 422) },
});

export function setProjectLogo(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { projects, hosts } = c.get("services");
    const bytes = new Uint8Array(await c.req.arrayBuffer());
    const project = await projects.rebrand(c.get("project").id, { logo: bytes }, expectedRevision(c), c.get("requestContext"));
    hosts.forget(project.id);
    tag(c, project);
    return c.json(projectToWire(project, c.get("services")), 200);
  });
}

function tooLarge(): never {
  throw new DomainError({ kind: "too_large", code: "body_too_large", message: "The image is larger than 64 KiB." });
}
