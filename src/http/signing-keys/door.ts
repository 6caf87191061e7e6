// GET /.well-known/jwks.json: the public keys that verify what this project signs (RFC 7517, section 5). Public, cacheable,
// and the one kind of answer that any page may read (T123). Reading it makes no key.

import { Hono } from "hono";
import { JWKS_MAX_AGE_MS } from "../../domain/signing-keys/signing-key.ts";
import type { AppEnv } from "../context.ts";

export const jwksDoor = new Hono<AppEnv>();

jwksDoor.get("/.well-known/jwks.json", async (c) => {
  const keys = await c.get("services").signingKeys.publicJwks(c.get("project").id);
  // A project that has not signed anything yet will have keys at its next use.
  c.header("Cache-Control", keys.length === 0 ? "no-store" : `public, max-age=${JWKS_MAX_AGE_MS / 1000}`);
  c.header("Access-Control-Allow-Origin", "*");
  return c.json({ keys });
});
