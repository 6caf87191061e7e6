// FAPI 2 client module: a discovery document of a stranger.

import { mutation } from "./mutation.ts";

export const fapi2DiscoveryIssuerMismatch = mutation({
  id: "fapi2-security-profile-final-client-test-discovery-issuer-mismatch",
  title: "a discovery document of a stranger",
  path: "discovery",
  expect: "issuer_mismatch",
  mutate: () => ({ metadata: { issuer: "https://another.test" } }),
});
