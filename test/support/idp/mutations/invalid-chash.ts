// Further client module: c_hash of another code.

import { halfHashOf } from "../values.ts";
import { mutation } from "./mutation.ts";

export const invalidChash = mutation({
  id: "oidcc-client-test-invalid-chash",
  title: "c_hash of another code",
  path: "id_token",
  expect: "at_hash_mismatch",
  claims: { c_hash: halfHashOf("another") },
});
