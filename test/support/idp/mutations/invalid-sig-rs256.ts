// Basic RP: a corrupted RS256 signature.

import { TEXT } from "../values.ts";
import { mutation } from "./mutation.ts";

export const invalidSigRs256 = mutation({
  id: "oidcc-client-test-invalid-sig-rs256",
  title: "a corrupted RS256 signature",
  path: "id_token",
  expect: "signature_invalid",
  mutate: () => ({ idToken: TEXT.corruptSignature }),
});
