// FAPI 2 client module: token_type in another case.

import { mutation } from "./mutation.ts";

export const fapi2TokenTypeCaseInsensitivity = mutation({
  id: "fapi2-security-profile-final-client-test-token-type-case-insensitivity",
  title: "token_type in another case",
  path: "token",
  expect: "accepted",
  mutate: () => ({ tokenResponse: { token_type: "bEArER" } }),
});
