// T5: a nonce that is not the one of this login.

import { variants } from "./mutation.ts";

export const t5 = variants("T5", "id_token", [
  { title: "no nonce", expect: "nonce_mismatch", claims: { nonce: undefined } },
  { title: "one character more", expect: "nonce_mismatch", claims: { nonce: `${"n".repeat(43)}1` } },
  { title: "null", expect: "nonce_mismatch", claims: { nonce: null } },
  { title: "a list", expect: "nonce_mismatch", claims: { nonce: ["n"] } },
]);
