// FAPI 2 client module: us as the only audience of a list.

import { mutation } from "./mutation.ts";

export const fapi2ValidAudAsArray = mutation({
  id: "fapi2-security-profile-final-client-test-valid-aud-as-array",
  title: "us as the only audience of a list",
  path: "id_token",
  expect: "accepted",
  claims: { aud: ["client-1"] },
});
