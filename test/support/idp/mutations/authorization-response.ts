// authorization-response: RFC 6749, sections 3.1 and 4.1.2: the form of an authorization response.

import { variants } from "./mutation.ts";

export const authorizationResponse = variants("authorization-response", "callback", [
  {
    title: "the code twice",
    expect: "duplicate_parameter",
    callback: (url) => url.searchParams.append("code", url.searchParams.get("code") ?? ""),
  },
  {
    title: "another code beside it",
    expect: "duplicate_parameter",
    callback: (url) => url.searchParams.append("code", "another"),
  },
  {
    title: "any parameter twice",
    expect: "duplicate_parameter",
    callback(url) {
      url.searchParams.append("x", "1");
      url.searchParams.append("x", "2");
    },
  },
  { title: "neither code nor error", expect: "code_missing", callback: (url) => url.searchParams.delete("code") },
  { title: "an empty code", expect: "code_missing", callback: (url) => url.searchParams.set("code", "") },
  { title: "an ID token through the browser", expect: "idp_error", callback: (url) => url.searchParams.set("id_token", "a.b.c") },
  {
    title: "an access token through the browser",
    expect: "idp_error",
    callback: (url) => url.searchParams.set("access_token", "a"),
  },
  { title: "a JARM response", expect: "idp_error", callback: (url) => url.searchParams.set("response", "a.b.c") },
]);
