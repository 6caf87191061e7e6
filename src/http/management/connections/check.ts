// POST /projects/{project_id}/connections/{connection_id}/check

import { createRoute, z } from "@hono/zod-openapi";
import { answer, errors, inProject, type ManagementDoor, security } from "../operation.ts";
import { ConnectionParams, TAG } from "./wire.ts";

const Report = z
  .object({
    steps: z.array(
      z.object({
        step: z.string().openapi({ example: "discovery" }),
        result: z.enum(["passed", "failed", "skipped"]),
        reason: z.string().optional().openapi({ description: "Fixed name of the reason." }),
        detail: z.string().optional(),
        fix: z.string().optional().openapi({ description: "What to change, and where." }),
      }),
    ),
    token_endpoint: z.string().nullable().openapi({ description: "The token endpoint that the issuer names now." }),
    pinned_token_endpoint: z.string().nullable(),
  })
  .openapi("ConnectionCheck");

const route = createRoute({
  method: "post",
  path: "/projects/{project_id}/connections/{connection_id}/check",
  operationId: "checkConnection",
  tags: [TAG],
  summary: "Try a connection without a person",
  description:
    "Discovery, issuer, keys, algorithms, and the token endpoint with a code that cannot be valid, which tells wrong client " +
    "credentials from right ones. At most once in five seconds.",
  security,
  middleware: inProject("write"),
  request: { params: ConnectionParams },
  responses: { 200: answer("What was tried and how it went.", Report), ...errors(403, 404, 429) },
});

export function checkConnection(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const { connection_id } = c.req.valid("param");
    const report = await c.get("services").connections.check(c.get("project").id, connection_id, c.get("requestContext"));
    const { steps, tokenEndpoint, pinnedTokenEndpoint } = report;
    return c.json({ steps, token_endpoint: tokenEndpoint, pinned_token_endpoint: pinnedTokenEndpoint }, 200);
  });
}
