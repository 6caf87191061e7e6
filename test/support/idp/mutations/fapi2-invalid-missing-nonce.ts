// FAPI 2 client module: an ID token without nonce.

import { mutation } from "./mutation.ts";

export const fapi2InvalidMissingNonce = mutation({
  id: "fapi2-security-profile-final-client-test-invalid-missing-nonce",
  title: "an ID token without nonce",
  path: "id_token",
  expect: "nonce_mismatch",
  claims: { nonce: undefined },
});
