// The identity schema, to which every identity's schema_url leads. There is one, for all projects.

import { Hono } from "hono";
import { notFound } from "../../domain/errors.ts";
import { DEFAULT_SCHEMA_ID } from "../../domain/identities/rules.ts";
import type { AppEnv } from "../context.ts";

const SCHEMA = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Person",
  type: "object",
  properties: {
    traits: {
      type: "object",
      properties: {
        email: {
          type: "string",
          format: "email",
          title: "E-mail",
          maxLength: 254,
          "ory.sh/kratos": { credentials: { password: { identifier: true } } },
        },
        name: { type: "string", title: "Name", maxLength: 256 },
      },
      additionalProperties: { type: "string" },
    },
  },
} as const;

export const schemasDoor = new Hono<AppEnv>()
  .get("/schemas", (c) => c.json([{ id: DEFAULT_SCHEMA_ID, schema: SCHEMA }]))
  .get("/schemas/:id", (c) => {
    if (c.req.param("id") !== DEFAULT_SCHEMA_ID) throw notFound("identity schema");
    return c.json(SCHEMA);
  });
