// Further client module: HS256 over the client secret.

import { TEXT } from "../values.ts";
import { mutation } from "./mutation.ts";

export const invalidSigHs256 = mutation({
  id: "oidcc-client-test-invalid-sig-hs256",
  title: "HS256 over the client secret",
  path: "id_token",
  expect: "alg_not_allowed",
  mutate: () => ({ header: { alg: "HS256" }, signWith: TEXT.bytes("secret-1") }),
});
