// FAPI 2 client module: an ID token without exp.

import { mutation } from "./mutation.ts";

export const fapi2InvalidMissingExp = mutation({
  id: "fapi2-security-profile-final-client-test-invalid-missing-exp",
  title: "an ID token without exp",
  path: "id_token",
  expect: "token_expired",
  claims: { exp: undefined },
});
