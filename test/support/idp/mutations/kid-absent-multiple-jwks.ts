// Basic RP: several matching keys, no kid anywhere.

import { mutation } from "./mutation.ts";

export const kidAbsentMultipleJwks = mutation({
  id: "oidcc-client-test-kid-absent-multiple-jwks",
  title: "several matching keys, no kid anywhere",
  path: "jwks",
  expect: "key_ambiguous",
  async mutate(idp) {
    await idp.rotateKeys({ kid: undefined });
    await idp.rotateKeys({ kid: undefined, keep: true });
    return undefined;
  },
});
