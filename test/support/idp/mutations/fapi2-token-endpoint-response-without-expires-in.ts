// FAPI 2 client module: a token response without expires_in.

import { mutation } from "./mutation.ts";

export const fapi2TokenEndpointResponseWithoutExpiresIn = mutation({
  id: "fapi2-security-profile-final-client-test-token-endpoint-response-without-expires_in",
  title: "a token response without expires_in",
  path: "token",
  expect: "accepted",
  mutate: () => ({ tokenResponse: { expires_in: undefined } }),
});
