// FAPI 2 client module: another iss in the authorization response.

import { mutation } from "./mutation.ts";

export const fapi2InvalidAuthorizationResponseIss = mutation({
  id: "fapi2-security-profile-final-client-test-invalid-authorization-response-iss",
  title: "another iss in the authorization response",
  path: "callback",
  expect: "iss_mismatch",
  callback: (url, idp) => url.searchParams.set("iss", `${idp.issuer}1`),
});
