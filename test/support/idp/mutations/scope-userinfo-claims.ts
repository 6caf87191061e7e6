// Basic RP: claims by scope, from userinfo alone.

import { mutation } from "./mutation.ts";

export const scopeUserinfoClaims = mutation({
  id: "oidcc-client-test-scope-userinfo-claims",
  title: "claims by scope, from userinfo alone",
  path: "userinfo",
  expect: "accepted",
  claims: { email: undefined, name: undefined },
});
