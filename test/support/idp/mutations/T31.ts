// T31: a token of another kind.

import { variants } from "./mutation.ts";

export const t31 = variants("T31", "id_token", [
  { title: "typ at+jwt", expect: "id_token_type", header: { typ: "at+jwt" } },
  { title: "typ application/at+jwt", expect: "id_token_type", header: { typ: "application/at+jwt" } },
  { title: "typ logout+jwt", expect: "id_token_type", header: { typ: "logout+jwt" } },
  { title: "typ that is no string", expect: "id_token_type", header: { typ: { JWT: 1 } } },
  { title: "typ absent", expect: "accepted", header: { typ: undefined } },
  { title: "typ in lower case", expect: "accepted", header: { typ: "jwt" } },
  {
    title: "a logout token",
    expect: "id_token_type",
    claims: { events: { "http://schemas.openid.net/event/backchannel-logout": {} } },
  },
  { title: "an ID token of another client of the same IdP", expect: "aud_mismatch", claims: { aud: "client-2" } },
]);
