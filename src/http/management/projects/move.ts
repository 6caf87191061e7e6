// POST and DELETE /projects/{project_id}/move

import { createRoute, z } from "@hono/zod-openapi";
import type { MoveReport } from "../../../domain/placement/move.ts";
import { answer, BODY_ERRORS, body, errors, inProject, type ManagementDoor, ProjectParams, security } from "../operation.ts";
import { TAG } from "./wire.ts";

const MoveBody = z
  .strictObject({
    database: z.int().openapi({ minimum: 0, description: "0 is the directory's own, N the binding DB_N.", example: 1 }),
  })
  .openapi("MoveProjectBody");

const MoveWire = z
  .object({
    state: z.enum(["announced", "copying", "frozen", "switched", "done", "cancelling", "cancelled"]).openapi({
      description: "The project is in use all the time. From `switched` on it is in the new database; ask again until `done`.",
    }),
    from: z.int().openapi({ description: "Database that the project leaves." }),
    to: z.int().openapi({ description: "Database that it comes to." }),
    copied: z.int().openapi({ description: "Rows written so far." }),
    pass: z.int().openapi({ description: "Times that its tables have been gone through." }),
    remaining_tables: z.int().openapi({ description: "Tables left this time." }),
    wait_ms: z.int().openapi({ description: "Milliseconds after which asking again makes sense." }),
  })
  .openapi("ProjectMove");

const moveRoute = createRoute({
  method: "post",
  path: "/projects/{project_id}/move",
  operationId: "moveProject",
  tags: [TAG],
  summary: "Move a project to another database",
  description:
    "For the root key. Each call does a bounded part of the work; repeat it until the state is `done`. `npm run move-project` does.",
  security,
  middleware: inProject("move_project", { body: true }),
  request: { params: ProjectParams, body: body(MoveBody) },
  responses: {
    200: answer("The project is there, and nothing of it where it was.", MoveWire),
    202: answer("There is more to do: send the same again.", MoveWire),
    ...errors(403, 404, 409, ...BODY_ERRORS),
  },
});

const cancelRoute = createRoute({
  method: "delete",
  path: "/projects/{project_id}/move",
  operationId: "cancelProjectMove",
  tags: [TAG],
  summary: "Take a move back",
  description: "For the root key, before the move has switched. Repeat it until the state is `cancelled`.",
  security,
  middleware: inProject("move_project"),
  request: { params: ProjectParams },
  responses: {
    200: answer("The project has stayed where it was, and nothing of it is elsewhere.", MoveWire),
    202: answer("There is more to do: send the same again.", MoveWire),
    ...errors(403, 404, 409),
  },
});

export function moveProject(door: ManagementDoor): void {
  door.openapi(moveRoute, async (c) => {
    const { moves, hosts } = c.get("services");
    const { id } = c.get("project");
    const report = await moves.advance(id, c.req.valid("json").database, c.get("requestContext"));
    hosts.forget(id);
    return c.json(moveToWire(report), report.state === "done" ? 200 : 202);
  });
  door.openapi(cancelRoute, async (c) => {
    const { moves, hosts } = c.get("services");
    const { id } = c.get("project");
    const report = await moves.cancel(id, c.get("requestContext"));
    hosts.forget(id);
    return c.json(moveToWire(report), report.state === "cancelled" ? 200 : 202);
  });
}

function moveToWire(report: MoveReport): z.infer<typeof MoveWire> {
  const { state, source, target, copied, pass, tablesLeft, waitMs } = report;
  return { state, from: source, to: target, copied, pass, remaining_tables: tablesLeft, wait_ms: waitMs };
}
