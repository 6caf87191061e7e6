// Basic RP: an ID token with another nonce.

import { mutation } from "./mutation.ts";

export const nonceInvalid = mutation({
  id: "oidcc-client-test-nonce-invalid",
  title: "an ID token with another nonce",
  path: "id_token",
  expect: "nonce_mismatch",
  claims: { nonce: "another1" },
});
