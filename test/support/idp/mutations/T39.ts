// T39: encrypted and compressed tokens, which nobody asked for.

import { variants } from "./mutation.ts";

const encode = (header: string) => Buffer.from(header).toString("base64url");

export const t39 = variants("T39", "id_token", [
  {
    title: "PBES2 with a billion rounds (CVE-2022-36083)",
    expect: "id_token_encrypted",
    mutate: () => ({ idToken: () => `${encode('{"alg":"PBES2-HS512+A256KW","enc":"A256GCM","p2c":1000000000}')}.a.b.c.d` }),
  },
  {
    title: "an encrypted token with zip (CVE-2024-28176)",
    expect: "id_token_encrypted",
    mutate: () => ({ idToken: () => `${encode('{"alg":"dir","enc":"A256GCM","zip":"DEF"}')}.a.b.c.d` }),
  },
  { title: "zip in a signed token", expect: "header_not_allowed", header: { zip: "DEF" } },
]);
