// T20: a signature that the key did not make over these claims.

import { generateSigningKey } from "../keys.ts";
import { TEXT } from "../values.ts";
import { variants } from "./mutation.ts";

export const t20 = variants("T20", "id_token", [
  {
    title: "another key with the right kid",
    expect: "signature_invalid",
    mutate: async () => ({ signWith: (await generateSigningKey("RS256")).privateKey }),
  },
  { title: "one bit of the signature", expect: "signature_invalid", mutate: () => ({ idToken: TEXT.corruptSignature }) },
  {
    title: "another payload under the signature",
    expect: "signature_invalid",
    mutate: () => ({ idToken: (token) => TEXT.swapPayload(token, { sub: "victim" }) }),
  },
  {
    title: "an empty signature",
    expect: "signature_invalid",
    mutate: () => ({ idToken: (token) => token.replace(/\.[^.]+$/, ".") }),
  },
]);
