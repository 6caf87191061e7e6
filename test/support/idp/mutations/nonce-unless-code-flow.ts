// Further client module: a nonce is sent and must come back, in the code flow too.

import { mutation } from "./mutation.ts";

export const nonceUnlessCodeFlow = mutation({
  id: "oidcc-client-test-nonce-unless-code-flow",
  title: "a nonce is sent and must come back, in the code flow too",
  path: "id_token",
  expect: "nonce_mismatch",
  claims: { nonce: undefined },
});
