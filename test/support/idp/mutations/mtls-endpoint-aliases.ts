// Further client module: other endpoints for mutual TLS, which a client with a secret ignores.

import { mutation } from "./mutation.ts";

export const mtlsEndpointAliases = mutation({
  id: "oidcc-client-test-mtls-endpoint-aliases",
  title: "other endpoints for mutual TLS, which a client with a secret ignores",
  path: "discovery",
  expect: "accepted",
  tokenCalls: 1,
  mutate: () => ({ metadata: { mtls_endpoint_aliases: { token_endpoint: "https://mtls.test/token" } } }),
});
