// Basic RP: an ID token signed with RS256.

import { mutation } from "./mutation.ts";

export const idtokenSigRs256 = mutation({
  id: "oidcc-client-test-idtoken-sig-rs256",
  title: "an ID token signed with RS256",
  path: "id_token",
  expect: "accepted",
});
