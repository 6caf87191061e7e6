// Basic RP: a client registered for client_secret_basic and nothing else.

import { mutation } from "./mutation.ts";

export const clientSecretBasic = mutation({
  id: "oidcc-client-test-client-secret-basic",
  title: "a client registered for client_secret_basic and nothing else",
  path: "token",
  expect: "accepted",
});
