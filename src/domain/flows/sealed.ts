// Flows and their progress as they must be when they come back from the browser: another release may have sealed them. Loaded
// when there is something to read.

import * as z from "zod";

export const SealedFlow = z.object({
  uuid: z.string(),
  kind: z.enum(["login", "registration"]),
  type: z.enum(["browser", "api"]),
  issuedAt: z.number(),
  expiresAt: z.number(),
  returnTo: z.string().nullable(),
  organizationId: z.string().nullable(),
  demand: z.object({ prompt: z.literal("login").optional(), maxAge: z.number().optional() }).optional(),
  initCodeHash: z.string().optional(),
  browser: z.string().nullable(),
});

export const SealedProgress = z.object({
  identifier: z.string().optional(),
  name: z.string().optional(),
  active: z.enum(["identifier_first", "profile", "password", "oidc"]).optional(),
  messages: z.array(
    z.object({
      id: z.number(),
      text: z.string(),
      type: z.enum(["info", "error", "success"]),
      context: z.record(z.string(), z.unknown()).optional(),
      field: z.string().optional(),
    }),
  ),
});
