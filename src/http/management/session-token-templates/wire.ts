// A session token template on the wire.

import { z } from "@hono/zod-openapi";
import { SIGNING_ALGS } from "../../../crypto/signing.ts";
import type { TemplateFields } from "../../../domain/session-tokens/rules.ts";
import { CLAIM_SOURCES, type SessionTokenTemplate } from "../../../domain/session-tokens/template.ts";
import { timestamp } from "../../wire/identity.ts";
import { ProjectParams, Timestamp } from "../operation.ts";

export const TAG = "session tokens";

export const TemplateParams = ProjectParams.extend({
  template_name: z.string().openapi({ param: { name: "template_name", in: "path" }, example: "edge" }),
});

const settings = {
  ttl: z
    .string()
    .openapi({ description: "How long a token is valid: 1s to 10m. It never outlives its session.", example: "60s" }),
  alg: z.enum(SIGNING_ALGS),
  audience: z.array(z.string()).openapi({ example: ["https://api.example.com"] }),
  subject_source: z.enum(["id", "email"]).openapi({ description: "What `sub` is: the identity's id, or its address." }),
  claims: z.record(z.string(), z.enum(CLAIM_SOURCES)).openapi({
    description: "Claim -> what it is filled from. iss, sub, aud, sid, jti, iat, nbf and exp are always there.",
    example: { email: "email", organization: "org_id" },
  }),
};

export const PutTemplateBody = z.strictObject(z.object(settings).partial().shape).openapi("PutSessionTokenTemplateBody");

export const TemplateWire = z
  .object({ name: z.string(), ...settings, created_at: Timestamp, updated_at: Timestamp })
  .openapi("SessionTokenTemplate");

export function templateToWire(template: SessionTokenTemplate): z.infer<typeof TemplateWire> {
  return {
    name: template.name,
    ttl: `${template.ttl}s`,
    alg: template.alg,
    audience: template.audience,
    subject_source: template.subjectSource,
    claims: template.claims,
    created_at: timestamp(template.createdAt),
    updated_at: timestamp(template.updatedAt),
  };
}

export function templateFromWire(body: z.infer<typeof PutTemplateBody>): TemplateFields {
  return {
    ttl: body.ttl,
    alg: body.alg,
    audience: body.audience,
    subjectSource: body.subject_source,
    claims: body.claims,
  };
}
