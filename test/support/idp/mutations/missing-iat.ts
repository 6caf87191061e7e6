// Basic RP: an ID token without its time.

import { mutation } from "./mutation.ts";

export const missingIat = mutation({
  id: "oidcc-client-test-missing-iat",
  title: "an ID token without its time",
  path: "id_token",
  expect: "iat_missing",
  claims: { iat: undefined },
});
