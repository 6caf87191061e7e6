// The token request (OpenID Connect Core, section 3.1.3): one code, sent once, only to the token endpoint that this
// connection is known to have; and the token response up to the ID token, which id-token.ts judges.

import * as oauth from "oauth4webapi";
import type { Connection } from "../../domain/connections/connection.ts";
import { type GuardedFetch, OutboundError } from "../../net/guarded-fetch.ts";
import type { Refusal, RefusalReason, RoundTrip } from "../connector.ts";
import type { ClientAuthenticator, CredentialChoice } from "./client-authentication.ts";
import { authorizationServer, type Metadata } from "./metadata.ts";
import { refuse, refuseUnanswered } from "./refusal.ts";

export interface TokenResponse {
  idToken: string;
  accessToken: string;
  /** The credential that the token endpoint took. */
  credential: CredentialChoice;
  /** The response as it came, for the library's own judgement. */
  response: Response;
}

const TIMEOUT_MS = 5_000;

/** Whether the secret may go to this token endpoint: its origin is the pinned one, or none is pinned yet (T35, T72). */
export function isPinned(connection: Pick<Connection, "pinnedTokenEndpoint">, metadata: Metadata): boolean {
  const pinned = connection.pinnedTokenEndpoint;
  const { token_endpoint: now } = metadata;
  return pinned === null || pinned === now || (URL.canParse(pinned) && new URL(pinned).origin === new URL(now).origin);
}

export interface RedeemTools {
  outbound: GuardedFetch;
  authenticator: ClientAuthenticator;
}

type CodeVerifiers = Pick<RoundTrip, "state" | "redirectUri" | "codeVerifier">;

/**
 * Redeems the code. There is no second attempt, because a code is single-use, but for one case: while a rotated secret has
 * not worked yet, and the token endpoint says that it does not know it, the one before is tried. Client authentication
 * comes before the code (RFC 6749, section 4.1.3), so the code is as good as new then.
 */
export async function redeemCode(
  tools: RedeemTools,
  connection: Connection,
  metadata: Metadata,
  roundTrip: CodeVerifiers,
  params: URLSearchParams,
): Promise<({ ok: true } & TokenResponse) | Refusal> {
  const answer = await redeemWith("current", tools, connection, metadata, roundTrip, params);
  if (answer.ok || answer.reason !== "invalid_client" || connection.previousClientSecret === null) return answer;
  return await redeemWith("previous", tools, connection, metadata, roundTrip, params);
}

/** One token request with one of the connection's credentials. */
export async function redeemWith(
  which: CredentialChoice,
  { outbound, authenticator }: RedeemTools,
  connection: Connection,
  metadata: Metadata,
  roundTrip: CodeVerifiers,
  params: URLSearchParams,
): Promise<({ ok: true } & TokenResponse) | Refusal> {
  if (!isPinned(connection, metadata)) {
    return refuse("token_endpoint_moved", `now at ${new URL(metadata.token_endpoint).origin}`);
  }
  const credentials = await authenticator(connection, which);
  if (!credentials.ok) return credentials;
  const as = authorizationServer(metadata);
  const client: oauth.Client = { client_id: connection.clientId };
  let response: Response;
  try {
    // Judged already (response.ts); the library wants to have seen it.
    const callback = oauth.validateAuthResponse({ issuer: metadata.issuer }, client, params, roundTrip.state);
    response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      credentials.authenticate,
      callback,
      roundTrip.redirectUri,
      roundTrip.codeVerifier,
      {
        // The guard decides which http is allowed.
        [oauth.allowInsecureRequests]: true,
        [oauth.customFetch]: (url, { method, headers, body }) =>
          outbound(url, { method, headers, body: body.toString(), accept: "json", timeoutMs: TIMEOUT_MS }),
      },
    );
  } catch (error) {
    return refuseUnanswered(error, transportReason(error));
  }
  const tokens = await readTokenResponse(response);
  return tokens.ok ? { ...tokens, credential: which } : tokens;
}

function transportReason(error: unknown): RefusalReason {
  if (!(error instanceof OutboundError)) return "token_response_invalid";
  const answered = error.reason === "redirected" || error.reason === "too_large" || error.reason === "not_json";
  return answered ? "token_response_invalid" : "token_endpoint_unreachable";
}

async function readTokenResponse(response: Response): Promise<({ ok: true } & Omit<TokenResponse, "credential">) | Refusal> {
  if (response.status === 429) return refuse("idp_rate_limited");
  if (response.status >= 500) return refuse("idp_unavailable", `status ${response.status}`);
  const body = parseObject(await response.text());
  const error = body?.["error"];
  if (error !== undefined || response.status !== 200) return refuseError(response, error);
  if (!body) return refuse("token_response_invalid", "not a JSON object");
  const { id_token: idToken, access_token: accessToken } = body;
  if (idToken === undefined) return refuse("id_token_missing");
  if (typeof idToken !== "string") return refuse("id_token_malformed");
  if (typeof accessToken !== "string" || accessToken === "") return refuse("token_response_invalid", "no access_token");
  return { ok: true, idToken, accessToken, response };
}

/** RFC 6749, section 5.2. Only registered error codes are named; other text is the IdP's own. */
function refuseError(response: Response, error: unknown): Refusal {
  if (error === "invalid_client" || (error === undefined && response.status === 401)) return refuse("invalid_client");
  if (error === "invalid_grant") return refuse("invalid_grant");
  if (error === "temporarily_unavailable" || error === "server_error") return refuse("idp_unavailable", error);
  const known = ["invalid_request", "unauthorized_client", "unsupported_grant_type", "invalid_scope"];
  return refuse("token_response_invalid", known.includes(error as string) ? (error as string) : `status ${response.status}`);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
