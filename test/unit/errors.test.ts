import { env } from "cloudflare:workers";
import { Hono } from "hono";
import { expect, test } from "vitest";
import type { AppEnv } from "../../src/http/context.ts";
import { errorResponse } from "../../src/http/errors.ts";
import { requestMiddleware } from "../../src/http/middleware/request.ts";
import { ConstraintViolation } from "../../src/storage/database.ts";

test("a parent deleted between check and commit is a 409, any other constraint a 500 without its text", async () => {
  const app = new Hono<AppEnv>();
  app.use(requestMiddleware);
  app.onError((error, c) => errorResponse(error, c));
  app.get("/:kind", (c) => {
    throw new ConstraintViolation(c.req.param("kind") as "foreign_key" | "check", "secret_table.column");
  });
  const ask = async (kind: string) => {
    const answer = await app.request(`http://localhost:8787/${kind}`, {}, env);
    return { status: answer.status, text: await answer.text() };
  };
  const gone = await ask("foreign_key");
  expect([gone.status, JSON.parse(gone.text).error.id]).toEqual([409, "reference_gone"]);
  const other = await ask("check");
  expect([other.status, JSON.parse(other.text).error.id]).toEqual([500, "internal_error"]);
  expect(gone.text + other.text).not.toContain("secret_table");
});
