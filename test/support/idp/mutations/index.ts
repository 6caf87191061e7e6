// The catalogue: every way an IdP may deviate that a login is tried with, at the connector and as a whole login.

import { aggregatedClaims } from "./aggregated-claims.ts";
import { authorizationResponse } from "./authorization-response.ts";
import { clientSecretBasic } from "./client-secret-basic.ts";
import { discoveryDocument } from "./discovery-document.ts";
import { discoveryIssuerMismatch } from "./discovery-issuer-mismatch.ts";
import { discoveryJwksUriKeys } from "./discovery-jwks-uri-keys.ts";
import { discoveryOpenidConfig } from "./discovery-openid-config.ts";
import { distributedClaims } from "./distributed-claims.ts";
import { f17 } from "./F17.ts";
import { f19 } from "./F19.ts";
import { f21 } from "./F21.ts";
import { f22 } from "./F22.ts";
import { fapi2DiscoveryIssuerMismatch } from "./fapi2-discovery-issuer-mismatch.ts";
import { fapi2EnsureAuthorizationResponseWithInvalidMissingStateFails } from "./fapi2-ensure-authorization-response-with-invalid-missing-state-fails.ts";
import { fapi2EnsureAuthorizationResponseWithInvalidStateFails } from "./fapi2-ensure-authorization-response-with-invalid-state-fails.ts";
import { fapi2InvalidAlternateAlg } from "./fapi2-invalid-alternate-alg.ts";
import { fapi2InvalidAuthorizationResponseIss } from "./fapi2-invalid-authorization-response-iss.ts";
import { fapi2InvalidExpiredExp } from "./fapi2-invalid-expired-exp.ts";
import { fapi2InvalidMissingAud } from "./fapi2-invalid-missing-aud.ts";
import { fapi2InvalidMissingExp } from "./fapi2-invalid-missing-exp.ts";
import { fapi2InvalidMissingIss } from "./fapi2-invalid-missing-iss.ts";
import { fapi2InvalidMissingNonce } from "./fapi2-invalid-missing-nonce.ts";
import { fapi2InvalidNullAlg } from "./fapi2-invalid-null-alg.ts";
import { fapi2InvalidSecondaryAud } from "./fapi2-invalid-secondary-aud.ts";
import { fapi2RemoveAuthorizationResponseIss } from "./fapi2-remove-authorization-response-iss.ts";
import { fapi2TokenEndpointResponseWithoutExpiresIn } from "./fapi2-token-endpoint-response-without-expires-in.ts";
import { fapi2TokenTypeCaseInsensitivity } from "./fapi2-token-type-case-insensitivity.ts";
import { fapi2ValidAudAsArray } from "./fapi2-valid-aud-as-array.ts";
import { honest } from "./honest.ts";
import { idTokenForm } from "./id-token-form.ts";
import { idtokenSigNone } from "./idtoken-sig-none.ts";
import { idtokenSigRs256 } from "./idtoken-sig-rs256.ts";
import { invalidAthash } from "./invalid-athash.ts";
import { invalidAud } from "./invalid-aud.ts";
import { invalidChash } from "./invalid-chash.ts";
import { invalidIss } from "./invalid-iss.ts";
import { invalidSigEs256 } from "./invalid-sig-es256.ts";
import { invalidSigHs256 } from "./invalid-sig-hs256.ts";
import { invalidSigRs256 } from "./invalid-sig-rs256.ts";
import { kidAbsentMultipleJwks } from "./kid-absent-multiple-jwks.ts";
import { kidAbsentSingleJwks } from "./kid-absent-single-jwks.ts";
import { missingAthash } from "./missing-athash.ts";
import { missingAud } from "./missing-aud.ts";
import { missingChash } from "./missing-chash.ts";
import { missingIat } from "./missing-iat.ts";
import { missingSub } from "./missing-sub.ts";
import { mtlsEndpointAliases } from "./mtls-endpoint-aliases.ts";
import type { IdpMutation } from "./mutation.ts";
import { nonceInvalid } from "./nonce-invalid.ts";
import { nonceUnlessCodeFlow } from "./nonce-unless-code-flow.ts";
import { scopeUserinfoClaims } from "./scope-userinfo-claims.ts";
import { t2 } from "./T2.ts";
import { t5 } from "./T5.ts";
import { t8 } from "./T8.ts";
import { t12 } from "./T12.ts";
import { t20 } from "./T20.ts";
import { t21 } from "./T21.ts";
import { t22 } from "./T22.ts";
import { t23 } from "./T23.ts";
import { t24 } from "./T24.ts";
import { t25 } from "./T25.ts";
import { t26 } from "./T26.ts";
import { t29 } from "./T29.ts";
import { t30 } from "./T30.ts";
import { t31 } from "./T31.ts";
import { t32 } from "./T32.ts";
import { t33 } from "./T33.ts";
import { t34 } from "./T34.ts";
import { t37 } from "./T37.ts";
import { t38 } from "./T38.ts";
import { t39 } from "./T39.ts";
import { t66 } from "./T66.ts";
import { userinfoBearerHeader } from "./userinfo-bearer-header.ts";
import { userinfoInvalidSub } from "./userinfo-invalid-sub.ts";
import { userinfoSigned } from "./userinfo-signed.ts";

export const CATALOGUE: readonly IdpMutation[] = [
  // Basic RP modules
  honest,
  invalidIss,
  missingSub,
  invalidAud,
  missingIat,
  kidAbsentSingleJwks,
  kidAbsentMultipleJwks,
  idtokenSigRs256,
  idtokenSigNone,
  invalidSigRs256,
  userinfoInvalidSub,
  nonceInvalid,
  scopeUserinfoClaims,
  clientSecretBasic,
  // Config RP modules
  discoveryOpenidConfig,
  discoveryJwksUriKeys,
  discoveryIssuerMismatch,
  // Further client modules
  missingAud,
  invalidAthash,
  missingAthash,
  invalidChash,
  missingChash,
  invalidSigHs256,
  invalidSigEs256,
  userinfoBearerHeader,
  userinfoSigned,
  aggregatedClaims,
  distributedClaims,
  mtlsEndpointAliases,
  nonceUnlessCodeFlow,
  // FAPI 2 client modules
  fapi2InvalidAuthorizationResponseIss,
  fapi2RemoveAuthorizationResponseIss,
  fapi2EnsureAuthorizationResponseWithInvalidStateFails,
  fapi2EnsureAuthorizationResponseWithInvalidMissingStateFails,
  fapi2InvalidAlternateAlg,
  fapi2InvalidNullAlg,
  fapi2InvalidExpiredExp,
  fapi2InvalidMissingExp,
  fapi2InvalidMissingIss,
  fapi2InvalidMissingAud,
  fapi2InvalidMissingNonce,
  fapi2InvalidSecondaryAud,
  fapi2ValidAudAsArray,
  fapi2TokenTypeCaseInsensitivity,
  fapi2TokenEndpointResponseWithoutExpiresIn,
  fapi2DiscoveryIssuerMismatch,
  // Threats and faults
  ...t2,
  ...t5,
  ...t8,
  ...t12,
  ...authorizationResponse,
  ...t20,
  ...t21,
  ...t22,
  ...t23,
  ...t24,
  ...t25,
  ...t26,
  ...t29,
  ...f19,
  ...t30,
  ...idTokenForm,
  ...t31,
  ...t32,
  ...t33,
  ...f22,
  ...t34,
  ...discoveryDocument,
  ...t66,
  ...f17,
  ...f21,
  ...t38,
  ...t37,
  ...t39,
];

export { arrange, type IdpMutation, titled } from "./mutation.ts";
