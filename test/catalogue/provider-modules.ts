// The provider modules of OpenID's conformance suite, by the suite's own names, with what they are in our words. Every one is
// re-created here as tests of our own (test/provider); passing them is not a certification.

import { type Entry, entries } from "./entry.ts";

const OIDC = "oidcc";
const LOGOUT = `${OIDC}-rp-initiated-logout`;
/** Short for `fapi2-security-profile-final`. */
const FAPI = "fapi2-op-test";

export const CONFIG_OP = named(OIDC, [["-discovery-endpoint-verification", "Discovery says what is true"]]);

export const BASIC_OP = named(OIDC, [
  ["-server", "A whole honest sign-in"],
  ["-response-type-missing", "No response_type: refused"],
  ["-idtoken-signature", "RS256 with a kid"],
  ["-idtoken-unsigned", "Unsigned ID tokens cannot be registered"],
  ["-userinfo-get", "Userinfo by GET"],
  ["-userinfo-post-header", "Userinfo by POST, the token in the header"],
  ["-userinfo-post-body", "Userinfo by POST, the token in the body"],
  ["-ensure-request-without-nonce-succeeds-for-code-flow", "No nonce: accepted"],
  ["-scope-profile", "Claims of profile"],
  ["-scope-email", "Claims of email"],
  ["-scope-address", "address brings nothing, and does no harm"],
  ["-scope-phone", "phone brings nothing, and does no harm"],
  ["-scope-all", "All scopes at once"],
  ["-alternate-happy-flow", "Scopes in another order"],
  ["-display-page", "display=page"],
  ["-display-popup", "display=popup"],
  ["-ui-locales", "ui_locales"],
  ["-claims-locales", "claims_locales"],
  ["-ensure-request-with-acr-values-succeeds", "acr_values"],
  ["-login-hint", "login_hint"],
  ["-ensure-request-with-unknown-parameter-succeeds", "A parameter nobody knows"],
  ["-prompt-login", "prompt=login signs the person in again"],
  ["-prompt-none-not-logged-in", "prompt=none without a session"],
  ["-prompt-none-logged-in", "prompt=none with one"],
  ["-max-age-1", "max_age that has passed"],
  ["-max-age-10000", "max_age that has not"],
  ["-id-token-hint", "A hint of the same person, and of another"],
  ["-codereuse", "A code twice"],
  ["-codereuse-30seconds", "A code twice, later"],
  ["-ensure-registered-redirect-uri", "An address that is not registered"],
  ["-ensure-post-request-succeeds", "A request by POST"],
  ["-server-client-secret-post", "A secret in the body"],
  ["-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported", "request_uri is not ignored"],
  ["-unsigned-request-object-supported-correctly-or-rejected-as-unsupported", "request is not ignored"],
  ["-ensure-request-object-with-redirect-uri", "Two redirect URIs"],
  ["-claims-essential", "The claims parameter"],
  ["-refresh-token", "A refresh, and another client's token"],
  ["-ensure-request-with-valid-pkce-succeeds", "PKCE with S256"],
]);

export const KEYS_OP = named(OIDC, [["-server-rotate-keys", "A new key beside the old one"]]);

export const LOGOUT_OP = named(LOGOUT, [
  ["-discovery-endpoint-verification", "Discovery names the endpoint"],
  ["", "Out, and back to the app"],
  ["-bad-post-logout-redirect-uri", "An address that is not registered"],
  ["-query-added-to-post-logout-redirect-uri", "A registered address with more"],
  ["-modified-id-token-hint", "An unsigned hint"],
  ["-bad-id-token-hint", "A stranger's hint"],
  ["-no-id-token-hint", "No hint, with an address"],
  ["-no-params", "Nothing at all"],
  ["-no-post-logout-redirect-uri", "A hint, and no address"],
  ["-only-state", "Only a state"],
  ["-no-state", "No state"],
]);

export const BACK_CHANNEL_OP = named("oidcc-backchannel-rp-initiated-logout", [
  ["-discovery-endpoint-verification", "Discovery promises it"],
  ["", "An app is told, with a valid token"],
]);

export const FAPI2_OP = named(FAPI, [
  ["-ensure-authorization-code-is-bound-to-client", "A code at another client"],
  ["-attempt-reuse-authorization-code-after-one-second", "A code a second time"],
  ["-attempt-to-use-expired-authorization-code", "A code that is too old"],
  ["-incorrect-pkce-code-verifier-rejected", "A wrong verifier"],
  ["-ensure-pkce-required", "No challenge"],
  ["-plain-pkce-rejected", "PKCE with plain"],
  ["-ensure-request-with-long-state", "A long state comes back whole"],
  ["-ensure-request-with-long-nonce", "A long nonce comes back whole"],
  ["-ensure-request-without-redirect-uri-fails", "No redirect_uri"],
  ["-ensure-response-type-token-fails", "response_type=token"],
  ["-ensure-response-type-code-idtoken-fails", "response_type=code id_token"],
  ["-ensure-client-assertion-with-wrong-aud-fails", "An assertion for somebody else"],
  ["-ensure-client-assertion-aud-as-array-fails", "An assertion with a list of audiences"],
  ["-ensure-client-assertion-with-token-endpoint-aud-fails", "An assertion for the token endpoint"],
  ["-ensure-client-assertion-with-exp-5-minutes-in-past-fails", "An assertion that has expired"],
  ["-ensure-client-assertion-with-no-sub-fails", "An assertion without sub"],
  ["-ensure-client-assertion-with-nbf-8-seconds-ahead-succeeds", "A clock a little ahead"],
  ["-ensure-client-assertion-with-nbf-60-seconds-ahead-fails", "A clock far ahead"],
  ["-par-attempt-reuse-request_uri", "A pushed request twice"],
  ["-par-attempt-to-use-expired-request_uri", "A pushed request that is too old"],
  ["-par-attempt-to-use-request_uri-for-different-client", "Another client's pushed request"],
  ["-par-attempt-to-pass-request_uri-inside", "A request_uri inside a pushed request"],
  ["-par-with-get", "Pushing by GET"],
  ["-par-with-duplicate-parameters", "A parameter twice in a pushed request"],
]);

function named(prefix: string, lines: readonly (readonly [suffix: string, title: string])[]): Entry[] {
  return entries(lines.map(([suffix, title]) => [`${prefix}${suffix}`, title] as const));
}
