// T30: claims that are not about this login, and the edges of those that are.

import { TEXT } from "../values.ts";
import { variants } from "./mutation.ts";

export const t30 = variants("T30", "id_token", [
  { title: "iss with a slash more", expect: "iss_claim_mismatch", mutate: (idp) => ({ claims: { iss: `${idp.issuer}/` } }) },
  {
    title: "iss in another case",
    expect: "iss_claim_mismatch",
    mutate: (idp) => ({ claims: { iss: idp.issuer.toUpperCase() } }),
  },
  {
    title: "iss with the default port",
    expect: "iss_claim_mismatch",
    mutate: (idp) => ({ claims: { iss: `${idp.issuer}:443` } }),
  },
  { title: "iss as a list", expect: "iss_claim_mismatch", mutate: (idp) => ({ claims: { iss: [idp.issuer] } }) },
  { title: "aud without us (CVE-2026-55669, CVE-2025-62610)", expect: "aud_mismatch", claims: { aud: ["other", "another"] } },
  { title: "empty aud", expect: "aud_mismatch", claims: { aud: [] } },
  { title: "aud in another case", expect: "aud_mismatch", claims: { aud: "CLIENT-1" } },
  { title: "several audiences without azp", expect: "aud_mismatch", claims: { aud: ["client-1", "other"] } },
  { title: "several audiences, azp us", expect: "accepted", claims: { aud: ["client-1", "other"], azp: "client-1" } },
  { title: "aud with something that is no string", expect: "aud_mismatch", claims: { aud: ["client-1", 7], azp: "client-1" } },
  { title: "azp of another, aud us", expect: "azp_mismatch", claims: { azp: "other" } },
  { title: "azp of another, aud a list of us", expect: "azp_mismatch", claims: { aud: ["client-1"], azp: "other" } },
  { title: "azp null", expect: "azp_mismatch", claims: { azp: null } },
  { title: "sub empty", expect: "sub_invalid", claims: { sub: "" } },
  { title: "sub a number", expect: "sub_invalid", claims: { sub: 42 } },
  { title: "sub null", expect: "sub_invalid", claims: { sub: null } },
  { title: "sub of 255 characters", expect: "accepted", claims: { sub: "s".repeat(255) } },
  { title: "sub of 256 characters", expect: "sub_invalid", claims: { sub: "s".repeat(256) } },
  { title: "sub with a line break", expect: "sub_invalid", claims: { sub: "42\nadmin" } },
  { title: "sub with NUL", expect: "sub_invalid", claims: { sub: "42\u0000" } },
  { title: "exp a string (CVE-2026-44459)", expect: "token_expired", claims: { exp: "4102444800" } },
  { title: "exp six minutes ago", expect: "token_expired", mutate: () => ({ claims: { exp: TEXT.seconds(-360) } }) },
  { title: "iat a string", expect: "iat_missing", claims: { iat: "1" } },
  {
    title: "iat a day ahead",
    expect: "clock_skew",
    mutate: () => ({ claims: { iat: TEXT.seconds(86_400), exp: TEXT.seconds(90_000) } }),
  },
  { title: "iat a day ago", expect: "token_too_old", mutate: () => ({ claims: { iat: TEXT.seconds(-86_400) } }) },
  { title: "nbf an hour ahead", expect: "token_not_yet_valid", mutate: () => ({ claims: { nbf: TEXT.seconds(3_600) } }) },
  { title: "nbf a string", expect: "token_not_yet_valid", claims: { nbf: "1" } },
]);
