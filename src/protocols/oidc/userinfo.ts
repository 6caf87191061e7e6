// The userinfo request (OpenID Connect Core, section 5.3), for connections whose claims come from there.

import * as oauth from "oauth4webapi";
import type { Connection } from "../../domain/connections/connection.ts";
import { type GuardedFetch, OutboundError } from "../../net/guarded-fetch.ts";
import type { Refusal } from "../connector.ts";
import { authorizationServer, type Metadata } from "./metadata.ts";
import type { Claims } from "./presets/preset.ts";
import { refuse, refuseUnanswered } from "./refusal.ts";

const TIMEOUT_MS = 3_000;

/**
 * The person's claims, as plain JSON: a signed response is not asked for and not accepted. Nothing of an answer about
 * another subject is used (section 5.3.2; T33), and no source that it points at is ever fetched (section 5.6.2).
 */
export async function fetchUserinfo(
  outbound: GuardedFetch,
  connection: Connection,
  metadata: Metadata,
  accessToken: string,
  subject: string,
): Promise<{ ok: true; claims: Claims } | Refusal> {
  if (metadata.userinfo_endpoint === undefined)
    return refuse("userinfo_unreachable", "the IdP names no usable userinfo_endpoint");
  const as = authorizationServer(metadata);
  const client: oauth.Client = { client_id: connection.clientId };
  try {
    const response = await oauth.userInfoRequest(as, client, accessToken, {
      // The guard decides which http is allowed.
      [oauth.allowInsecureRequests]: true,
      [oauth.customFetch]: (url, { method, headers }) =>
        outbound(url, { method, headers: { ...headers, accept: "application/json" }, accept: "json", timeoutMs: TIMEOUT_MS }),
    });
    if (response.status !== 200) return refuse("userinfo_unreachable", `status ${response.status}`);
    const claims = await oauth.processUserInfoResponse(as, client, oauth.skipSubjectCheck, response);
    return claims.sub === subject ? { ok: true, claims } : refuse("userinfo_sub_mismatch");
  } catch (error) {
    const unanswered = error instanceof OutboundError && ["refused", "timeout", "unreachable"].includes(error.reason);
    return refuseUnanswered(error, unanswered ? "userinfo_unreachable" : "userinfo_invalid");
  }
}
