// A signing key on the wire: its public half and what it is for.

import { z } from "@hono/zod-openapi";
import { SIGNING_ALGS } from "../../../crypto/signing.ts";
import { type JudgedSigningKey, publicMembers } from "../../../domain/signing-keys/signing-key.ts";
import { timestamp } from "../../wire/identity.ts";
import { Timestamp } from "../operation.ts";

export const TAG = "signing keys";

export const RotateSigningKeysBody = z
  .strictObject({
    alg: z.enum(SIGNING_ALGS).optional().openapi({ description: "Absent: every algorithm that the project has keys of." }),
    revoke_previous: z.boolean().optional().openapi({
      description:
        "For a key that may have leaked: the new one signs at once, and what earlier ones have signed is not accepted any more.",
    }),
  })
  .openapi("RotateSigningKeysBody");

const SigningKeyWire = z
  .object({
    kid: z.string(),
    alg: z.enum(SIGNING_ALGS),
    state: z.enum(["next", "active", "retired"]).openapi({
      description: "next: published, will sign; active: signs; retired: published until what it signed has expired.",
    }),
    public_key: z.record(z.string(), z.string()).openapi({ description: "JWK (RFC 7517)." }),
    created_at: Timestamp,
    activates_at: Timestamp,
    published_until: Timestamp.nullable(),
  })
  .openapi("SigningKey");

export const SigningKeyList = z.object({ signing_keys: z.array(SigningKeyWire) }).openapi("SigningKeyList");

export function signingKeysToWire(judged: readonly JudgedSigningKey[]): z.infer<typeof SigningKeyList> {
  const signing_keys = judged.flatMap(({ key, state, publishedUntil }) =>
    state === "expired"
      ? []
      : [
          {
            kid: key.id,
            alg: key.alg,
            state,
            public_key: publicMembers(key),
            created_at: timestamp(key.createdAt),
            activates_at: timestamp(key.activatesAt),
            published_until: publishedUntil === null ? null : timestamp(publishedUntil),
          },
        ],
  );
  return { signing_keys };
}
