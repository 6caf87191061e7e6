// T22: an HMAC over something public, or over our own secret.

import type { Idp } from "../idp.ts";
import { TEXT } from "../values.ts";
import { variants } from "./mutation.ts";

const modulus = (idp: Idp) => TEXT.bytes(String(idp.signing.publicJwk.n));

export const t22 = variants("T22", "id_token", [
  {
    title: "HS256 over the published modulus",
    expect: "alg_not_allowed",
    mutate: (idp) => ({ header: { alg: "HS256" }, signWith: modulus(idp) }),
  },
  {
    title: "HS256 over the published JWK (CVE-2026-11800, CVE-2026-22817, CVE-2026-22818)",
    expect: "alg_not_allowed",
    mutate: (idp) => ({ header: { alg: "HS256" }, signWith: TEXT.bytes(JSON.stringify(idp.signing.publicJwk)) }),
  },
  {
    title: "HS256 over our client secret, announced",
    expect: "alg_not_allowed",
    mutate: () => ({
      header: { alg: "HS256" },
      signWith: TEXT.bytes("secret-1"),
      metadata: { id_token_signing_alg_values_supported: ["HS256"] },
    }),
  },
  { title: "HS256 signature under an RS256 header", expect: "signature_invalid", mutate: (idp) => ({ signWith: modulus(idp) }) },
]);
