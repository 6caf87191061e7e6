// FAPI 2 client module: no iss in the authorization response.

import { mutation } from "./mutation.ts";

export const fapi2RemoveAuthorizationResponseIss = mutation({
  id: "fapi2-security-profile-final-client-test-remove-authorization-response-iss",
  title: "no iss in the authorization response",
  path: "callback",
  expect: "iss_missing",
  callback: (url) => url.searchParams.delete("iss"),
});
