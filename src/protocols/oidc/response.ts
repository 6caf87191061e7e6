// The authorization response, judged against the round trip: no I/O, nothing consumed, nothing sent.

import { equalSecrets } from "../../crypto/digest.ts";
import type { Refusal, RoundTrip } from "../connector.ts";
import { refuse } from "./refusal.ts";

/** Error codes that may be repeated to an operator; anything else in `error` is the IdP's own text. */
const KNOWN_ERRORS = new Set([
  // RFC 6749, section 4.1.2.1
  ...["invalid_request", "unauthorized_client", "access_denied", "unsupported_response_type", "invalid_scope", "server_error"],
  "temporarily_unavailable",
  // OpenID Connect Core, section 3.1.2.6
  ...["interaction_required", "login_required", "account_selection_required", "consent_required", "invalid_request_uri"],
  ...["invalid_request_object", "request_not_supported", "request_uri_not_supported", "registration_not_supported"],
]);

/** Parameters of other flows: nothing that arrives through the browser may stand in for what the token endpoint says. */
const FOREIGN_PARAMETERS = ["response", "id_token", "access_token", "token"];

/**
 * RFC 6749, section 4.1.2, and RFC 9207, section 2.4: nothing twice, our state, this issuer (also where it never
 * promised to name itself), and an error is an error even when a code stands beside it (T2, T8, T12).
 */
export function judgeResponse(roundTrip: RoundTrip, params: URLSearchParams): { ok: true } | Refusal {
  const names = [...params.keys()];
  if (new Set(names).size !== names.length) return refuse("duplicate_parameter");
  const state = params.get("state");
  if (!state) return refuse("state_missing");
  if (!equalSecrets(state, roundTrip.state)) return refuse("state_mismatch");
  const iss = params.get("iss");
  if (iss === null && roundTrip.issRequired) return refuse("iss_missing");
  if (iss !== null && iss !== roundTrip.issuer) return refuse("iss_mismatch");
  const error = params.get("error");
  if (error !== null) {
    return refuse(error === "access_denied" ? "user_cancelled" : "idp_error", KNOWN_ERRORS.has(error) ? error : "another error");
  }
  if (FOREIGN_PARAMETERS.some((name) => params.has(name))) return refuse("idp_error", "a response of another flow");
  if (!params.get("code")) return refuse("code_missing");
  return { ok: true };
}
