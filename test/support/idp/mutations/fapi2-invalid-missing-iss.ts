// FAPI 2 client module: an ID token without iss.

import { mutation } from "./mutation.ts";

export const fapi2InvalidMissingIss = mutation({
  id: "fapi2-security-profile-final-client-test-invalid-missing-iss",
  title: "an ID token without iss",
  path: "id_token",
  expect: "iss_claim_mismatch",
  claims: { iss: undefined },
});
