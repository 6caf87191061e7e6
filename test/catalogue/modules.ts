// The relying-party modules of OpenID's conformance suite, by the suite's own names, with what they are in our words. Every
// one is re-created here as tests of our own; passing them is not a certification.

import { type Entry, entries, type Feature } from "./entry.ts";

const OIDC = "oidcc-client-test";
/** Short for `fapi2-security-profile-final-client-test`. */
const FAPI = "fapi2-client-test";

export const BASIC_RP = named(OIDC, [
  ["", "A whole honest login"],
  ["-invalid-iss", "iss of the ID token is another"],
  ["-missing-sub", "sub is missing"],
  ["-invalid-aud", "aud is another"],
  ["-missing-iat", "iat is missing"],
  ["-kid-absent-single-jwks", "No kid, one key: accepted"],
  ["-kid-absent-multiple-jwks", "No kid, several keys: refused"],
  ["-idtoken-sig-rs256", "RS256: accepted"],
  ["-idtoken-sig-none", "Unsigned: refused"],
  ["-invalid-sig-rs256", "Broken RS256 signature"],
  ["-userinfo-invalid-sub", "Userinfo of another person"],
  ["-nonce-invalid", "nonce is another"],
  ["-scope-userinfo-claims", "Claims by scope, from userinfo"],
  ["-client-secret-basic", "The client authenticates by HTTP Basic"],
]);

export const CONFIG_RP = named(OIDC, [
  ["-discovery-openid-config", "Discovery is used"],
  ["-discovery-jwks-uri-keys", "Keys are read from where discovery says"],
  ["-discovery-issuer-mismatch", "Discovery names another issuer"],
  ["-signing-key-rotation-just-before-signing", "New keys right before signing: accepted"],
  ["-signing-key-rotation", "New keys between two logins: both accepted"],
]);

export const FURTHER_RP = named(OIDC, [
  ["-missing-aud", "aud is missing"],
  ["-invalid-athash", "at_hash is there and wrong"],
  ["-missing-athash", "at_hash is absent: accepted in the code flow"],
  ["-invalid-chash", "c_hash is there and wrong"],
  ["-missing-chash", "c_hash is absent: accepted in the code flow"],
  ["-invalid-sig-hs256", "Broken HS256 signature"],
  ["-invalid-sig-es256", "Broken ES256 signature"],
  ["-userinfo-bearer-header", "The access token goes in the header"],
  ["-userinfo-signed", "Userinfo as a signed token"],
  ["-aggregated-claims", "Aggregated claims do no harm"],
  ["-distributed-claims", "Distributed claims are not fetched"],
  ["-nonce-unless-code-flow", "A nonce is sent"],
  ["-3rd-party-init-login", "A login that a third party begins"],
  ["-form-post-error", "An error by form_post", "form_post"],
  ["-mtls-endpoint-aliases", "Endpoints for mutual TLS", "mTLS"],
  ["-request-uri-signed-rs256", "A signed request object", "request objects"],
  ["-request-uri-signed-none", "An unsigned request object", "request objects"],
  ["-refresh-token", "A refresh", "refresh at the IdP"],
  ["-refresh-token-invalid-issuer", "A refreshed ID token of another issuer", "refresh at the IdP"],
  ["-refresh-token-invalid-sub", "A refreshed ID token of another person", "refresh at the IdP"],
]);

export const LOGOUT_RP = [
  ...named(`${OIDC}-rp-backchannel-rpinitlogout`, [
    ["", "A logout token ends the session"],
    ["-alg-none", "An unsigned logout token"],
    ["-no-event", "A logout token without its event"],
    ["-wrong-event", "A logout token with another event"],
    ["-with-nonce", "A logout token with a nonce"],
    ["-wrong-alg", "A logout token by another algorithm"],
    ["-wrong-aud", "A logout token for somebody else"],
    ["-wrong-iss", "A logout token of another issuer"],
  ]),
  ...named(`${OIDC}-rp-init-logout`, [
    ["", "We send the person to the provider's logout", "logout at the IdP"],
    ["-other-state", "The provider answers with another state", "logout at the IdP"],
    ["-no-state", "The provider answers without state", "logout at the IdP"],
  ]),
];

export const FAPI2_RP = named(FAPI, [
  ["-invalid-authorization-response-iss", "iss of the answer is another"],
  ["-remove-authorization-response-iss", "iss of the answer is missing"],
  ["-ensure-authorization-response-with-invalid-state-fails", "state of the answer is another"],
  ["-ensure-authorization-response-with-invalid-missing-state-fails", "state of the answer is missing"],
  ["-invalid-alternate-alg", "Signed by another algorithm than agreed"],
  ["-invalid-null-alg", "Unsigned"],
  ["-invalid-expired-exp", "Expired six minutes ago"],
  ["-invalid-missing-exp", "exp is missing"],
  ["-invalid-missing-iss", "iss is missing"],
  ["-invalid-missing-aud", "aud is missing"],
  ["-invalid-missing-nonce", "nonce is missing"],
  ["-invalid-secondary-aud", "aud names a stranger besides"],
  ["-valid-aud-as-array", "aud is a list of us alone: accepted"],
  ["-token-type-case-insensitivity", "token_type in another case: accepted"],
  ["-token-endpoint-response-without-expires_in", "No expires_in: accepted"],
  ["-discovery-issuer-mismatch", "Discovery names another issuer"],
]);

function named(prefix: string, lines: readonly (readonly [suffix: string, title: string, waitsFor?: Feature])[]): Entry[] {
  return entries(lines.map(([suffix, ...rest]) => [`${prefix}${suffix}`, ...rest] as const));
}
