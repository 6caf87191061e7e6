// GET /sso/connections/{id}/jwks.json: the public key with which we authenticate at the connection's token endpoint
// (private_key_jwt, OpenID Connect Core 1.0, section 9). Each connection has its own (T11). Public and cacheable.

import { notFound } from "../../domain/errors.ts";
import type { AppContext } from "../context.ts";

export async function clientKeys(c: AppContext): Promise<Response> {
  const connection = await c.get("services").connections.get(c.get("project").id, c.req.param("connectionId") ?? "");
  if (!connection.publicKey) throw notFound("key set");
  c.header("Cache-Control", "public, max-age=300");
  c.header("Access-Control-Allow-Origin", "*");
  return c.json({ keys: [connection.publicKey] });
}
