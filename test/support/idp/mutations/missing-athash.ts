// Further client module: no at_hash, which the code flow allows.

import { mutation } from "./mutation.ts";

export const missingAthash = mutation({
  id: "oidcc-client-test-missing-athash",
  title: "no at_hash, which the code flow allows",
  path: "id_token",
  expect: "accepted",
  claims: { at_hash: undefined },
});
