// T8: the issuer of the authorization response (RFC 9207).

import { variants } from "./mutation.ts";

export const t8 = variants("T8", "callback", [
  { title: "absent where it is promised", expect: "iss_missing", callback: (url) => url.searchParams.delete("iss") },
  { title: "another", expect: "iss_mismatch", callback: (url) => url.searchParams.set("iss", "https://evil.test") },
  { title: "a slash more", expect: "iss_mismatch", callback: (url, idp) => url.searchParams.set("iss", `${idp.issuer}/`) },
  {
    title: "in another case",
    expect: "iss_mismatch",
    callback: (url, idp) => url.searchParams.set("iss", idp.issuer.toUpperCase()),
  },
  { title: "empty", expect: "iss_mismatch", callback: (url) => url.searchParams.set("iss", "") },
  {
    title: "the right one twice",
    expect: "duplicate_parameter",
    callback: (url, idp) => url.searchParams.append("iss", idp.issuer),
  },
  {
    title: "the right and a wrong one",
    expect: "duplicate_parameter",
    callback: (url) => url.searchParams.append("iss", "https://evil.test"),
  },
]);
