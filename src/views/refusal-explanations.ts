// What an operator is told about a refused login: what happened, and what to do about it. For the console alone; a person
// who signs in is told a sentence of refusal-sentences.ts.

import type { LoginRefusalReason } from "../domain/login/login.ts";

export interface RefusalExplanation {
  /** One sentence: what was found. */
  happened: string;
  /** One or two sentences: who changes what, and where. */
  fix: string;
}

const explained = (happened: string, fix: string): RefusalExplanation => ({ happened, fix });

const AGAIN =
  "Nothing to mend if it happens now and then. If it happens to everybody, try the connection and compare what comes back.";
const RESTART = "Nothing to mend: the person starts again from the sign-in page.";
const ASK_PROVIDER = "Ask the identity provider's support; show them this reason and the time.";
const ISSUER = "Set the issuer URL to exactly the issuer that the provider's metadata names, slash and case included.";
const NOT_OIDC = "Check that the issuer URL is that of an OpenID Connect provider with the code flow.";
const SETTINGS = "Compare the connection with the application at the provider: client ID, secret and authentication method.";

const EXPLANATIONS: Record<LoginRefusalReason, RefusalExplanation> = {
  duplicate_parameter: explained("The provider's answer carried a parameter twice.", ASK_PROVIDER),
  state_missing: explained("The callback was opened without the state of a login.", RESTART),
  state_mismatch: explained("The callback belongs to another login than this browser began.", RESTART),
  iss_missing: explained(
    "The provider promises to name itself in its answer (RFC 9207) and did not.",
    "Check that nothing between the provider and Orgate removes the parameter iss from the callback's address.",
  ),
  iss_mismatch: explained("The answer came from another issuer than the one that was asked.", ISSUER),
  idp_error: explained(
    "The provider answered with an error instead of a code.",
    "Check at the provider that the application is active, allows the code flow and the requested scopes, and has this redirect URI.",
  ),
  user_cancelled: explained(
    "The person cancelled, or the provider does not let them use this application.",
    "If they did not cancel, assign the application to them at the provider.",
  ),
  code_missing: explained("The provider's answer carried no code.", "Allow the code flow for the application at the provider."),
  discovery_unreachable: explained(
    "The provider's metadata could not be fetched.",
    "Open the issuer URL followed by /.well-known/openid-configuration in a browser: it must answer with JSON, over https and without a redirect.",
  ),
  discovery_invalid: explained("What the issuer publishes is no OpenID Connect metadata.", NOT_OIDC),
  issuer_mismatch: explained("The provider's metadata names another issuer.", ISSUER),
  insecure_endpoint: explained(
    "The provider's metadata names an address that cannot be used: not public, or not https.",
    "Mend the address at the provider.",
  ),
  token_endpoint_moved: explained(
    "The provider's metadata names a token endpoint at another host than before. Nothing was sent to it.",
    "If the provider has really moved, confirm the new token endpoint on the connection's page.",
  ),
  authorization_endpoint_missing: explained("The provider's metadata names no authorization endpoint.", NOT_OIDC),
  token_endpoint_missing: explained("The provider's metadata names no token endpoint.", NOT_OIDC),
  jwks_uri_missing: explained("The provider's metadata names no signing keys.", NOT_OIDC),
  token_endpoint_unreachable: explained(
    "The provider's token endpoint did not answer.",
    "Try again in a minute, then ask the provider.",
  ),
  token_response_invalid: explained(
    "What the token endpoint answered cannot be used.",
    "Check that the issuer URL leads to an OpenID Connect provider, and that the application there may use the code flow.",
  ),
  invalid_client: explained("The provider does not accept the client ID or its secret.", SETTINGS),
  invalid_grant: explained(
    "The provider did not accept the code: too old, used before, or made up.",
    `${RESTART} If it happens to everybody, check the redirect URI at the provider.`,
  ),
  idp_rate_limited: explained(
    "The provider asked us to slow down.",
    "Wait a few minutes. If it stays, raise the limit at the provider.",
  ),
  idp_unavailable: explained(
    "The provider reported an error of its own, or has stopped answering.",
    "Wait a minute, then ask the provider.",
  ),
  client_credentials_missing: explained(
    "The connection has no client secret: it was removed when the issuer moved to another host.",
    "Give the connection its client secret again, or choose private_key_jwt.",
  ),
  secret_unreadable: explained(
    "The stored secret does not open with the configured encryption keys.",
    "Put the encryption key that it was stored with back into ENCRYPTION_KEYS. If it is lost, give the connection its client secret again.",
  ),
  id_token_missing: explained(
    "The token endpoint answered without an ID token.",
    "Keep openid among the scopes, and allow it at the provider.",
  ),
  id_token_malformed: explained("The ID token is no signed JWT.", ASK_PROVIDER),
  id_token_encrypted: explained(
    "The ID token is encrypted.",
    "Switch ID token encryption off for the application at the provider.",
  ),
  id_token_type: explained("The provider sent a token of another kind in place of the ID token.", ASK_PROVIDER),
  alg_not_allowed: explained(
    "The ID token is signed with another algorithm than the connection expects.",
    "Set the ID token algorithm to the one with which the provider signs for this application.",
  ),
  header_not_allowed: explained("The ID token's header tries to choose its own key.", ASK_PROVIDER),
  jwks_unreachable: explained(
    "The provider's signing keys could not be fetched.",
    "The key set that the provider's metadata names must answer with JSON, over https and without a redirect.",
  ),
  jwks_invalid: explained(
    "The provider's key set cannot be read.",
    "It must be a JSON Web Key Set with at most 64 keys. Ask the provider.",
  ),
  key_not_found: explained(
    "The provider publishes no key that fits the ID token.",
    "Set the ID token algorithm to one that the provider has a key for. After a key rotation at the provider, wait half a minute.",
  ),
  key_ambiguous: explained("Several of the provider's keys fit the ID token, and it does not say which.", ASK_PROVIDER),
  signature_invalid: explained("The ID token's signature is wrong.", ASK_PROVIDER),
  iss_claim_mismatch: explained("The ID token names another issuer.", ISSUER),
  aud_mismatch: explained(
    "The ID token was made for another application.",
    "Compare the client ID with the application at the provider.",
  ),
  azp_mismatch: explained(
    "The ID token was made for another party.",
    "Compare the client ID with the application at the provider.",
  ),
  sub_invalid: explained("The ID token names no usable subject.", ASK_PROVIDER),
  nonce_mismatch: explained("The ID token belongs to another login.", AGAIN),
  token_expired: explained("The ID token has expired.", "Compare the provider's clock with the time here."),
  token_not_yet_valid: explained("The ID token is not valid yet.", "Compare the provider's clock with the time here."),
  token_too_old: explained("The ID token was issued too long ago.", "Compare the provider's clock with the time here."),
  clock_skew: explained("The ID token comes from the future.", "The provider's clock is more than a minute ahead. Have it set."),
  iat_missing: explained("The ID token does not say when it was issued.", ASK_PROVIDER),
  at_hash_mismatch: explained("The ID token does not belong to the access token or code beside it.", ASK_PROVIDER),
  auth_time_too_old: explained(
    "The person signed in at the provider too long ago.",
    "The person signs in at the provider again.",
  ),
  tenant_mismatch: explained(
    "The account belongs to another tenant of the provider, or to none.",
    "The person signs in with their work account. If it was one, compare the tenant in the issuer URL.",
  ),
  userinfo_unreachable: explained(
    "The provider's userinfo endpoint could not be asked.",
    "Ask the provider, or read claims from the ID token instead (advanced settings of the connection).",
  ),
  userinfo_invalid: explained(
    "What the userinfo endpoint answered cannot be used.",
    "Switch signed or encrypted userinfo off at the provider, or read claims from the ID token instead.",
  ),
  userinfo_sub_mismatch: explained("The userinfo endpoint answered about another person.", ASK_PROVIDER),
  sso_required: explained(
    "The address belongs to an organization, so only that organization's connections open.",
    "The person types the address on the sign-in page and continues with SSO. The routing page shows how it signs in.",
  ),
  organization_disabled: explained("The organization is disabled.", "Enable the organization if its people may sign in."),
  connection_disabled: explained("The connection is disabled.", "Enable the connection if people may sign in through it."),
  organization_mismatch: explained(
    "The connection is not this organization's.",
    "Start from the sign-in page instead of an old link.",
  ),
  email_missing: explained(
    "The provider sent no e-mail address.",
    "Add the scope email, have the provider release the claim, map another claim to the trait email, or read claims from userinfo.",
  ),
  email_invalid: explained(
    "What the provider sent as e-mail address is none.",
    "Correct the address at the provider, or map another claim to the trait email.",
  ),
  email_unverified: explained(
    "The provider says that the address is not verified, or, for social sign-in, does not say that it is.",
    "Have the address verified at the provider.",
  ),
  email_outside_organization: explained(
    "The address is under none of the organization's domains.",
    "Add the domain to the organization if it is theirs, or correct the address at the provider.",
  ),
  email_conflict: explained(
    "Another account has this address already, and nothing shows that it is the same person.",
    "Look the address up among the identities. Delete or rename the account that is wrong.",
  ),
  identity_of_other_organization: explained(
    "The account belongs to another organization, or to one at all where social sign-in was used.",
    "Look the address up among the identities: an account never moves between organizations by signing in.",
  ),
  identity_inactive: explained("The account is deactivated.", "Activate it on the identity's page if the person may sign in."),
  transaction_missing: explained("The callback was opened in another browser than the login, or without cookies.", RESTART),
  transaction_expired: explained("The person took more than ten minutes at the provider.", RESTART),
  transaction_used: explained("The callback was opened a second time.", RESTART),
  connection_mismatch: explained(
    "The provider sent the person to another connection's redirect URI.",
    "Check that the application at the provider has this connection's redirect URI and no other connection's.",
  ),
  connection_not_found: explained(
    "The connection is not there, or not where the link says.",
    "Replace links to connections that were deleted.",
  ),
  no_organization_for_address: explained("No organization owns the address's domain.", "Add the domain to its organization."),
  connection_changed: explained("The connection or its organization was changed while the person was away.", RESTART),
  credentials_invalid: explained("Address or password were wrong.", "Nothing to mend, unless it happens very often."),
  too_many_attempts: explained(
    "There were too many attempts in a short time.",
    "Wait a few minutes. Look at the events for who tried.",
  ),
  registration_disabled: explained(
    "Registration is switched off.",
    "Switch it on in the project's settings, or create the identity yourself.",
  ),
  password_login_disabled: explained("Signing in with a password is switched off.", "Switch it on in the project's settings."),
  email_taken: explained("The address has an account already.", "The person signs in instead."),
  password_too_short: explained("The password was too short.", "The person chooses another one."),
  password_too_long: explained("The password was too long.", "The person chooses another one."),
  password_common: explained("The password is a common one.", "The person chooses another one."),
  password_similar_to_email: explained("The password resembles the address.", "The person chooses another one."),
};

/** What an operator is told about a reason. */
export function refusalExplanation(reason: LoginRefusalReason): RefusalExplanation {
  return EXPLANATIONS[reason];
}
