// FAPI 2 client module: a stranger beside us in the audience.

import { mutation } from "./mutation.ts";

export const fapi2InvalidSecondaryAud = mutation({
  id: "fapi2-security-profile-final-client-test-invalid-secondary-aud",
  title: "a stranger beside us in the audience",
  path: "id_token",
  expect: "aud_mismatch",
  claims: { aud: ["client-1", "stranger"] },
});
