// Config RP: everything is learnt from the discovery document.

import { mutation } from "./mutation.ts";

export const discoveryOpenidConfig = mutation({
  id: "oidcc-client-test-discovery-openid-config",
  title: "everything is learnt from the discovery document",
  path: "discovery",
  expect: "accepted",
  tokenCalls: 1,
});
