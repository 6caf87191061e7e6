// Further client module: a corrupted ES256 signature.

import { TEXT } from "../values.ts";
import { mutation } from "./mutation.ts";

export const invalidSigEs256 = mutation({
  id: "oidcc-client-test-invalid-sig-es256",
  title: "a corrupted ES256 signature",
  path: "id_token",
  expect: "signature_invalid",
  alg: "ES256",
  connection: { idTokenSignedResponseAlg: "ES256" },
  mutate: () => ({ idToken: TEXT.corruptSignature }),
});
