// Basic RP: an ID token without a subject.

import { mutation } from "./mutation.ts";

export const missingSub = mutation({
  id: "oidcc-client-test-missing-sub",
  title: "an ID token without a subject",
  path: "id_token",
  expect: "sub_invalid",
  claims: { sub: undefined },
});
