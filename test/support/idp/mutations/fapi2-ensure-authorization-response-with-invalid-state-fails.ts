// FAPI 2 client module: another state in the authorization response.

import { mutation } from "./mutation.ts";

export const fapi2EnsureAuthorizationResponseWithInvalidStateFails = mutation({
  id: "fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-state-fails",
  title: "another state in the authorization response",
  path: "callback",
  expect: "state_mismatch",
  atTheDoor: "transaction_missing",
  callback: (url) => url.searchParams.set("state", "1"),
});
