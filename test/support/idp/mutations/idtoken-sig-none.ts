// Basic RP: an ID token without a signature (also of Config RP).

import { mutation } from "./mutation.ts";

export const idtokenSigNone = mutation({
  id: "oidcc-client-test-idtoken-sig-none",
  title: "an ID token without a signature",
  path: "id_token",
  expect: "alg_not_allowed",
  mutate: () => ({
    header: { alg: "none", kid: undefined },
    signWith: "none",
    metadata: { id_token_signing_alg_values_supported: ["none", "RS256"] },
  }),
});
