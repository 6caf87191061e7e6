// T12: authorization responses that are no success.

import { variants } from "./mutation.ts";

export const t12 = variants("T12", "callback", [
  {
    title: "access_denied",
    expect: "user_cancelled",
    callback(url) {
      url.searchParams.delete("code");
      url.searchParams.set("error", "access_denied");
    },
  },
  { title: "an error and a code", expect: "idp_error", callback: (url) => url.searchParams.set("error", "server_error") },
  {
    title: "access_denied and a code",
    expect: "user_cancelled",
    callback: (url) => url.searchParams.set("error", "access_denied"),
  },
  { title: "an empty error and a code", expect: "idp_error", callback: (url) => url.searchParams.set("error", "") },
]);
