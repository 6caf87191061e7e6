// T32: hashes of other secrets.

import { halfHashOf } from "../values.ts";
import { variants } from "./mutation.ts";

export const t32 = variants("T32", "id_token", [
  { title: "at_hash of another token", expect: "at_hash_mismatch", claims: { at_hash: halfHashOf("another") } },
  { title: "at_hash that is no string", expect: "at_hash_mismatch", claims: { at_hash: 7 } },
  { title: "c_hash of another code", expect: "at_hash_mismatch", claims: { c_hash: halfHashOf("another") } },
]);
