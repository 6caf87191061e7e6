// Basic RP: an ID token of another issuer.

import { mutation } from "./mutation.ts";

export const invalidIss = mutation({
  id: "oidcc-client-test-invalid-iss",
  title: "an ID token of another issuer",
  path: "id_token",
  expect: "iss_claim_mismatch",
  mutate: (idp) => ({ claims: { iss: `${idp.issuer}1` } }),
});
