// Basic RP: an ID token for another client.

import { mutation } from "./mutation.ts";

export const invalidAud = mutation({
  id: "oidcc-client-test-invalid-aud",
  title: "an ID token for another client",
  path: "id_token",
  expect: "aud_mismatch",
  claims: { aud: "client-11" },
});
