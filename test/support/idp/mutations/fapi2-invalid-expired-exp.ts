// FAPI 2 client module: expired six minutes ago.

import { TEXT } from "../values.ts";
import { mutation } from "./mutation.ts";

export const fapi2InvalidExpiredExp = mutation({
  id: "fapi2-security-profile-final-client-test-invalid-expired-exp",
  title: "expired six minutes ago",
  path: "id_token",
  expect: "token_expired",
  mutate: () => ({ claims: { exp: TEXT.seconds(-360) } }),
});
