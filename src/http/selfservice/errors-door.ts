// GET /self-service/errors?id=: what an error page of a client asks for. We keep no errors: a page of ours shows them where
// they happen, under the reference that the audit log has. The answer is the container clients expect, for any id.

import { Hono } from "hono";
import { DomainError } from "../../domain/errors.ts";
import type { AppEnv } from "../context.ts";
import { timestamp } from "../wire/identity.ts";

export const errorsDoor = new Hono<AppEnv>();

errorsDoor.get("/self-service/errors", (c) => {
  const id = c.req.query("id") ?? "";
  if (!/^[A-Za-z0-9-]{1,64}$/.test(id)) {
    throw new DomainError({ kind: "invalid", code: "id_missing", message: "Name the error with ?id=." });
  }
  const now = timestamp(c.get("services").runtime.clock());
  const error = {
    code: 500,
    status: "Internal Server Error",
    message: "Something went wrong. Give the id to your administrator.",
  };
  return c.json({ id, error, created_at: now, updated_at: now });
});
