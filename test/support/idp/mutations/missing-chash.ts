// Further client module: no c_hash, which the code flow allows.

import { mutation } from "./mutation.ts";

export const missingChash = mutation({
  id: "oidcc-client-test-missing-chash",
  title: "no c_hash, which the code flow allows",
  path: "id_token",
  expect: "accepted",
  claims: { c_hash: undefined },
});
