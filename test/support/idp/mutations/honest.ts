// Basic RP: an honest login.

import { mutation } from "./mutation.ts";

export const honest = mutation({
  id: "oidcc-client-test",
  title: "an honest login",
  path: "id_token",
  expect: "accepted",
});
