// Further client module: userinfo as a signed JWT, which is not asked for.

import { answering, mutation } from "./mutation.ts";

export const userinfoSigned = mutation({
  id: "oidcc-client-test-userinfo-signed",
  title: "userinfo as a signed JWT, which is not asked for",
  path: "userinfo",
  expect: "userinfo_invalid",
  mutate: () => ({ faults: { userinfo: answering("eyJhbGciOiJSUzI1NiJ9.e30.AA", "application/jwt") } }),
});
