// Further client module: at_hash of another access token.

import { halfHashOf } from "../values.ts";
import { mutation } from "./mutation.ts";

export const invalidAthash = mutation({
  id: "oidcc-client-test-invalid-athash",
  title: "at_hash of another access token",
  path: "id_token",
  expect: "at_hash_mismatch",
  claims: { at_hash: halfHashOf("another") },
});
