// FAPI 2 client module: no signature.

import { mutation } from "./mutation.ts";

export const fapi2InvalidNullAlg = mutation({
  id: "fapi2-security-profile-final-client-test-invalid-null-alg",
  title: "no signature",
  path: "id_token",
  expect: "alg_not_allowed",
  mutate: () => ({ header: { alg: "none" }, signWith: "none" }),
});
