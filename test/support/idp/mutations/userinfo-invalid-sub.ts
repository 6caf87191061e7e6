// Basic RP: userinfo of another subject.

import { mutation } from "./mutation.ts";

export const userinfoInvalidSub = mutation({
  id: "oidcc-client-test-userinfo-invalid-sub",
  title: "userinfo of another subject",
  path: "userinfo",
  expect: "userinfo_sub_mismatch",
  mutate: () => ({ userinfo: { sub: "42invalid" } }),
});
