// What a person is told when a login does not work: one sentence on what they can do and whom to ask. Several reasons
// share a sentence on purpose; the exact one is in the audit log under the reference number. Never claims, never
// anything of the identity provider's own words.

import type { LoginRefusalReason } from "../domain/login/login.ts";

export interface RefusalSentence {
  title: string;
  sentence: string;
}

const FAMILIES = {
  try_again: {
    title: "That took a wrong turn",
    sentence: "Start signing in once more. If it happens again, give the reference below to your administrator.",
  },
  took_too_long: {
    title: "This sign-in has expired",
    sentence: "It was open for too long, was already used, or was begun in another browser. Start again from the sign-in page.",
  },
  cancelled: {
    title: "Sign-in was cancelled",
    sentence: "You did not finish at your organization’s sign-in page. You can start again whenever you like.",
  },
  provider_unavailable: {
    title: "Your organization’s sign-in is not answering",
    sentence: "Wait a minute and try again. If it stays like this, tell your organization’s IT team.",
  },
  setup: {
    title: "Your organization’s sign-in needs attention",
    sentence: "It is not set up correctly, so nobody can get in this way. Please give the reference below to your IT team.",
  },
  address_from_provider: {
    title: "Your organization’s sign-in did not confirm your e-mail address",
    sentence: "Ask your IT team to set or verify the e-mail address of your account, then try again.",
  },
  wrong_account: {
    title: "That account does not belong here",
    sentence: "Sign in with the account of the organization whose address you typed, or ask its IT team to add you.",
  },
  address_in_use: {
    title: "This address already belongs to another account",
    sentence: "Ask your administrator which account is yours, and give them the reference below.",
  },
  sso_required: {
    title: "Your organization requires SSO",
    sentence: "Type your work address on the sign-in page and continue with your organization’s sign-in.",
  },
  sso_closed: {
    title: "Sign-in is switched off for your organization",
    sentence: "No sign-in provider is available for it right now. Ask your organization’s administrator to enable one.",
  },
  dead_link: {
    title: "This sign-in link does not work",
    sentence: "Start from the sign-in page with your e-mail address, or ask your administrator for a new link.",
  },
  no_organization: {
    title: "No SSO for this address",
    sentence: "Check the address for a typing mistake, or sign in with your password on the sign-in page.",
  },
  deactivated: {
    title: "This account is deactivated",
    sentence: "Ask your administrator to activate it again.",
  },
  credentials: {
    title: "That did not work",
    sentence: "Check your e-mail address and password and try again.",
  },
  too_many_attempts: {
    title: "Too many attempts",
    sentence: "Wait a few minutes before you try again. If you forgot your password, ask your administrator.",
  },
  not_offered: {
    title: "This way of signing in is not offered here",
    sentence: "Ask your administrator how to get access.",
  },
  registration_incomplete: {
    title: "The account could not be created",
    sentence: "If you have an account already, sign in instead. Otherwise check what you entered or ask your administrator.",
  },
  password_rules: {
    title: "Choose another password",
    sentence: "Use at least 8 characters that are not a common password and not your e-mail address.",
  },
} as const satisfies Record<string, RefusalSentence>;

const FAMILY_OF: Record<LoginRefusalReason, keyof typeof FAMILIES> = {
  duplicate_parameter: "try_again",
  state_missing: "took_too_long",
  state_mismatch: "took_too_long",
  iss_missing: "setup",
  iss_mismatch: "setup",
  idp_error: "provider_unavailable",
  user_cancelled: "cancelled",
  code_missing: "try_again",
  discovery_unreachable: "provider_unavailable",
  discovery_invalid: "setup",
  issuer_mismatch: "setup",
  insecure_endpoint: "setup",
  token_endpoint_moved: "setup",
  authorization_endpoint_missing: "setup",
  token_endpoint_missing: "setup",
  jwks_uri_missing: "setup",
  token_endpoint_unreachable: "provider_unavailable",
  token_response_invalid: "setup",
  invalid_client: "setup",
  invalid_grant: "try_again",
  idp_rate_limited: "provider_unavailable",
  idp_unavailable: "provider_unavailable",
  client_credentials_missing: "setup",
  secret_unreadable: "setup",
  id_token_missing: "setup",
  id_token_malformed: "setup",
  id_token_encrypted: "setup",
  id_token_type: "setup",
  alg_not_allowed: "setup",
  header_not_allowed: "setup",
  jwks_unreachable: "provider_unavailable",
  jwks_invalid: "setup",
  key_not_found: "setup",
  key_ambiguous: "setup",
  signature_invalid: "setup",
  iss_claim_mismatch: "setup",
  aud_mismatch: "setup",
  azp_mismatch: "setup",
  sub_invalid: "setup",
  nonce_mismatch: "try_again",
  token_expired: "try_again",
  token_not_yet_valid: "setup",
  token_too_old: "try_again",
  clock_skew: "setup",
  iat_missing: "setup",
  at_hash_mismatch: "setup",
  auth_time_too_old: "try_again",
  tenant_mismatch: "wrong_account",
  userinfo_unreachable: "provider_unavailable",
  userinfo_invalid: "setup",
  userinfo_sub_mismatch: "setup",
  sso_required: "sso_required",
  organization_disabled: "sso_closed",
  connection_disabled: "sso_closed",
  organization_mismatch: "wrong_account",
  email_missing: "address_from_provider",
  email_invalid: "address_from_provider",
  email_unverified: "address_from_provider",
  email_outside_organization: "wrong_account",
  email_conflict: "address_in_use",
  identity_of_other_organization: "address_in_use",
  identity_inactive: "deactivated",
  transaction_missing: "took_too_long",
  transaction_expired: "took_too_long",
  transaction_used: "took_too_long",
  connection_mismatch: "try_again",
  connection_not_found: "dead_link",
  no_organization_for_address: "no_organization",
  connection_changed: "try_again",
  credentials_invalid: "credentials",
  too_many_attempts: "too_many_attempts",
  registration_disabled: "not_offered",
  password_login_disabled: "not_offered",
  email_taken: "registration_incomplete",
  password_too_short: "password_rules",
  password_too_long: "password_rules",
  password_common: "password_rules",
  password_similar_to_email: "password_rules",
};

/** The sentence of a refused login. */
export function refusalSentence(reason: LoginRefusalReason): RefusalSentence {
  return FAMILIES[FAMILY_OF[reason]];
}

/** Whether a code is one of the reasons a login can be refused for, rather than an error of another kind. */
export function isRefusalReason(code: string): code is LoginRefusalReason {
  return Object.hasOwn(FAMILY_OF, code);
}
