// Further client module: claims to be fetched elsewhere, which nobody fetches.

import { mutation } from "./mutation.ts";

export const distributedClaims = mutation({
  id: "oidcc-client-test-distributed-claims",
  title: "claims to be fetched elsewhere, which nobody fetches",
  path: "id_token",
  expect: "accepted",
  claims: {
    _claim_names: { credit: "src1" },
    _claim_sources: { src1: { endpoint: "https://claims.test/credit", access_token: "t" } },
  },
});
