// Basic RP: one key, no kid anywhere.

import { mutation } from "./mutation.ts";

export const kidAbsentSingleJwks = mutation({
  id: "oidcc-client-test-kid-absent-single-jwks",
  title: "one key, no kid anywhere",
  path: "jwks",
  expect: "accepted",
  async mutate(idp) {
    await idp.rotateKeys({ kid: undefined });
    return undefined;
  },
});
