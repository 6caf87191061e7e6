// Config RP: a discovery document of another issuer.

import { mutation } from "./mutation.ts";

export const discoveryIssuerMismatch = mutation({
  id: "oidcc-client-test-discovery-issuer-mismatch",
  title: "a discovery document of another issuer",
  path: "discovery",
  expect: "issuer_mismatch",
  mutate: (idp) => ({ metadata: { issuer: `${idp.issuer}INVALID` } }),
});
