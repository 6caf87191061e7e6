// Further client module: userinfo takes the access token from the header alone.

import { mutation } from "./mutation.ts";

export const userinfoBearerHeader = mutation({
  id: "oidcc-client-test-userinfo-bearer-header",
  title: "userinfo takes the access token from the header alone",
  path: "userinfo",
  expect: "accepted",
});
