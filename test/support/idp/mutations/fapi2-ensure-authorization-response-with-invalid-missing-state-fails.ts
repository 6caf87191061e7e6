// FAPI 2 client module: no state in the authorization response.

import { mutation } from "./mutation.ts";

export const fapi2EnsureAuthorizationResponseWithInvalidMissingStateFails = mutation({
  id: "fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-missing-state-fails",
  title: "no state in the authorization response",
  path: "callback",
  expect: "state_missing",
  atTheDoor: "state_missing",
  callback: (url) => url.searchParams.delete("state"),
});
