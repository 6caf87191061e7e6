// Config RP: a jwks_uri that is another at every run.

import { mutation } from "./mutation.ts";

export const discoveryJwksUriKeys = mutation({
  id: "oidcc-client-test-discovery-jwks-uri-keys",
  title: "a jwks_uri that is another at every run",
  path: "discovery",
  expect: "accepted",
  tokenCalls: 1,
  mutate: (idp) => ({ metadata: { jwks_uri: `${idp.issuer}/run-${crypto.randomUUID()}/jwks` } }),
});
