// Further client module: an ID token without an audience.

import { mutation } from "./mutation.ts";

export const missingAud = mutation({
  id: "oidcc-client-test-missing-aud",
  title: "an ID token without an audience",
  path: "id_token",
  expect: "aud_mismatch",
  claims: { aud: undefined },
});
