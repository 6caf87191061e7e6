// FAPI 2 client module: another algorithm, with a published key.

import { mutation } from "./mutation.ts";

export const fapi2InvalidAlternateAlg = mutation({
  id: "fapi2-security-profile-final-client-test-invalid-alternate-alg",
  title: "another algorithm, with a published key",
  path: "id_token",
  expect: "alg_not_allowed",
  async mutate(idp) {
    await idp.rotateKeys({ alg: "ES256" });
    return undefined;
  },
});
