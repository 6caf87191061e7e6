// POST /sso/connections/{id}/backchannel-logout: an IdP tells us that a person has signed out there (OpenID Connect Back-Channel
// Logout 1.0, section 2.8). The signed token is the only credential; no cookie is read and none is set.

import type { AppContext } from "../context.ts";
import { readText } from "../json-body.ts";
import { log } from "../log.ts";

const MAX_BYTES = 16 * 1024;

export async function backchannelLogout(c: AppContext): Promise<Response> {
  const form = new URLSearchParams(await readText(c.req.raw, MAX_BYTES));
  const tokens = form.getAll("logout_token");
  const outcome = await c
    .get("services")
    .upstreamLogout.accept(
      c.get("project").id,
      c.req.param("connectionId") ?? "",
      tokens.length === 1 ? (tokens[0] ?? "") : "",
      c.get("requestContext"),
    );
  c.header("Cache-Control", "no-store");
  if (outcome.ok) return c.body(null, 200);
  log(c.get("requestId"), "warn", "logout_token_refused", { reason: outcome.reason });
  return c.json({ error: "invalid_request", error_description: "The logout token was refused." }, 400);
}
