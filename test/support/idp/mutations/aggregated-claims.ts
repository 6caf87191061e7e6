// Further client module: claims in the name of another source.

import { mutation } from "./mutation.ts";

export const aggregatedClaims = mutation({
  id: "oidcc-client-test-aggregated-claims",
  title: "claims in the name of another source",
  path: "id_token",
  expect: "accepted",
  claims: { _claim_names: { address: "src1" }, _claim_sources: { src1: { JWT: "eyJhbGciOiJub25lIn0.e30." } } },
});
