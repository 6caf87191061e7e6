// The contract that every upstream protocol fulfils. The login room knows connections and assertions, not OpenID Connect.
// A round trip has three steps: `start` builds where to send the browser; `checkResponse` judges what came back without
// any I/O; `finish` exchanges it for an assertion. Failures are values with a reason, never exceptions.

import type { Connection } from "../domain/connections/connection.ts";

/** The secrets of one round trip, kept in the sealed transaction (src/domain/login/transaction.ts). */
export interface RoundTrip {
  connectionId: string;
  /** The issuer the browser is sent to; what comes back must come from it (RFC 9207). */
  issuer: string;
  /** The IdP's metadata promises `iss` in the authorization response, so its absence is a refusal. */
  issRequired: boolean;
  redirectUri: string;
  /** 256 bits, base64url. */
  state: string;
  nonce: string;
  /** RFC 7636: 43 characters. */
  codeVerifier: string;
  /** Seconds; when set, `auth_time` must prove it (OpenID Connect Core, section 3.1.2.1). */
  maxAge?: number;
  /** When the browser was sent away, milliseconds: how old the proof may be is counted from there, not from its return. */
  begunAt?: number;
}

export interface StartRequest {
  state: string;
  nonce: string;
  codeVerifier: string;
  /** The address the person typed, and only when its domain belongs to the connection's organization (T15). */
  loginHint?: string;
  prompt?: "login" | "select_account" | "consent";
  maxAge?: number;
}

export interface Assertion {
  issuer: string;
  subject: string;
  /** As asserted, not canonical; undefined when the IdP names none. */
  email: string | undefined;
  /** true or false only when the IdP sent a JSON boolean (or the preset vouches); undefined when it says nothing (T42). */
  emailVerified: boolean | undefined;
  /** Traits by the connection's claims mapping: strings only, `email` and `name` among them. */
  traits: Record<string, string>;
  acr: string | undefined;
  amr: string[];
  /** Milliseconds. */
  authTime: number | undefined;
  /** The IdP's name for its session (`sid`), when it gives one: its logout names it. */
  upstreamSid?: string | undefined;
  /** Milliseconds: the IdP's own limit for the session (`session_expiry`), when it states one. */
  sessionExpiresAt: number | undefined;
  /** The token endpoint that was used, for pinning (T35). */
  tokenEndpoint: string;
  /** Which of the connection's secrets the token endpoint took; `current` also with a key of our own. */
  credential: "current" | "previous";
}

/**
 * What comes back in a round trip, as far as it gets: for an operator who tries a connection. It is shown to that browser
 * and goes nowhere else; an ordinary login collects none of it.
 */
export interface Evidence {
  tokenEndpoint?: string;
  credential?: "current" | "previous";
  /** `alg`, `kid` and `typ` of the ID token's header. */
  header?: { alg: string | undefined; kid: string | undefined; typ: string | undefined };
  /** Whether signature and claims of the ID token were found good. Until then its claims are only what somebody says. */
  verified?: boolean;
  idTokenClaims?: Record<string, unknown>;
  userinfoClaims?: Record<string, unknown>;
}

/** Why a round trip did not end in an assertion. The first group needs no I/O; the order is the order of the checks. */
export const REFUSAL_REASONS = [
  // the authorization response
  "duplicate_parameter",
  "state_missing",
  "state_mismatch",
  "iss_missing",
  "iss_mismatch",
  "idp_error",
  "user_cancelled",
  "code_missing",
  // the IdP's metadata
  "discovery_unreachable",
  "discovery_invalid",
  "issuer_mismatch",
  "insecure_endpoint",
  "token_endpoint_moved",
  "authorization_endpoint_missing",
  "token_endpoint_missing",
  "jwks_uri_missing",
  // the token endpoint
  "token_endpoint_unreachable",
  "token_response_invalid",
  "invalid_client",
  "invalid_grant",
  "idp_rate_limited",
  "idp_unavailable",
  "client_credentials_missing",
  "secret_unreadable", // what is stored does not open: altered, moved to another row, or its key is gone
  // the ID token
  "id_token_missing",
  "id_token_malformed",
  "id_token_encrypted",
  "id_token_type",
  "alg_not_allowed",
  "header_not_allowed",
  "jwks_unreachable",
  "jwks_invalid",
  "key_not_found",
  "key_ambiguous",
  "signature_invalid",
  "iss_claim_mismatch",
  "aud_mismatch",
  "azp_mismatch",
  "sub_invalid",
  "nonce_mismatch",
  "token_expired",
  "token_not_yet_valid",
  "token_too_old",
  "clock_skew",
  "iat_missing",
  "at_hash_mismatch",
  "auth_time_too_old",
  "tenant_mismatch",
  // userinfo
  "userinfo_unreachable",
  "userinfo_invalid",
  "userinfo_sub_mismatch",
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** An IdP's verified word that a person's session there has ended. */
export interface LogoutWord {
  /** Undefined: the word names a session alone. One of the two is there. */
  subject: string | undefined;
  /** The IdP's name for the session (`sid`); undefined: all of the person's. */
  sessionId: string | undefined;
  /** The token's id; a token counts once. */
  jti: string;
  /** Milliseconds: until when the token could be brought again. */
  expiresAt: number;
}

export interface Refusal {
  ok: false;
  reason: RefusalReason;
  /** For the operator: what was expected and seen, without secrets, codes or claim values. */
  detail?: string;
}

/** One step of a connection check; `fix` says what to change and where. */
export interface CheckStep {
  step: "discovery" | "issuer" | "keys" | "algorithms" | "token_endpoint" | "client_authentication" | "token_endpoint_pin";
  result: "passed" | "failed" | "skipped";
  reason?: RefusalReason | "not_configured" | "earlier_step_failed" | "inconclusive";
  detail?: string;
  fix?: string;
}

export interface Connector {
  /** Where to send the browser. Reads the IdP's metadata (cached); writes nothing. */
  start(connection: Connection, request: StartRequest): Promise<{ ok: true; url: URL; issRequired: boolean } | Refusal>;
  /** Judges the authorization response against the round trip: no I/O, nothing consumed. */
  checkResponse(roundTrip: RoundTrip, params: URLSearchParams): { ok: true } | Refusal;
  /**
   * Redeems the code and verifies all that comes back. Call once per code, after the transaction has been consumed.
   * @param evidence is filled with what comes back, for a trial
   */
  finish(
    connection: Connection,
    roundTrip: RoundTrip,
    params: URLSearchParams,
    evidence?: Evidence,
  ): Promise<{ ok: true; assertion: Assertion } | Refusal>;
  /** Verifies an IdP's word that a session has ended there. */
  readLogoutToken(connection: Connection, logoutToken: string): Promise<{ ok: true; word: LogoutWord } | Refusal>;
  /** Tries a connection without a person: discovery, issuer, keys, algorithms, token endpoint with a bogus code. */
  check(connection: Connection): Promise<{ steps: CheckStep[]; tokenEndpoint?: string }>;
}
