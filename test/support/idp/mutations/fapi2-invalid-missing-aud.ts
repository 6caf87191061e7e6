// FAPI 2 client module: an ID token without aud.

import { mutation } from "./mutation.ts";

export const fapi2InvalidMissingAud = mutation({
  id: "fapi2-security-profile-final-client-test-invalid-missing-aud",
  title: "an ID token without aud",
  path: "id_token",
  expect: "aud_mismatch",
  claims: { aud: undefined },
});
