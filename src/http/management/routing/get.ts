// GET /projects/{project_id}/routing?email=

import { createRoute, z } from "@hono/zod-openapi";
import { parseEmailAddress } from "../../../domain/domains/email-address.ts";
import { unacceptable } from "../../../domain/errors.ts";
import { answer, errors, Id, inProject, type ManagementDoor, ProjectParams, security } from "../operation.ts";

const Routing = z
  .object({
    decision: z.enum(["sso", "blocked", "local"]),
    reasons: z.array(z.string()).openapi({ example: ["domain_claimed"] }),
    domain: z.string().openapi({ description: "What was looked at, in canonical form.", example: "acme.example" }),
    organization_id: Id.optional(),
    connections: z.array(z.object({ id: Id, label: z.string() })),
  })
  .openapi("Routing");

const route = createRoute({
  method: "get",
  path: "/projects/{project_id}/routing",
  operationId: "getRouting",
  tags: ["routing"],
  summary: "Tell how an address signs in, and why",
  description:
    "`sso`: only through these connections. `blocked`: the address belongs to an organization that nobody can sign in to. " +
    "`local`: password, if the project offers it, and social sign-in.",
  security,
  middleware: inProject("read"),
  request: {
    params: ProjectParams,
    query: z.object({
      email: z
        .string({ error: "Give one e-mail address." })
        .openapi({ param: { name: "email", in: "query" }, example: "ada@acme.example" }),
    }),
  },
  responses: { 200: answer("The decision and its reasons.", Routing), ...errors(403, 404, 422) },
});

export function getRouting(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const parsed = parseEmailAddress(c.req.valid("query").email);
    if (!parsed.ok) throw unacceptable([{ field: "email", code: parsed.reason, message: parsed.message }]);
    const routing = await c.get("services").login.route(c.get("project"), parsed.address);
    const organization = routing.decision === "local" ? {} : { organization_id: routing.organizationId };
    const { decision, reasons, connections } = routing;
    return c.json({ decision, reasons, domain: parsed.address.domain, ...organization, connections }, 200);
  });
}
