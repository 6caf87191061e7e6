// T37: a clock that differs from ours (also F23).

import { TEXT } from "../values.ts";
import { variants } from "./mutation.ts";

export const t37 = variants("T37", "id_token", [
  {
    title: "25 s ahead",
    expect: "accepted",
    mutate: () => ({ claims: { iat: TEXT.seconds(25), nbf: TEXT.seconds(25), exp: TEXT.seconds(325) } }),
  },
  { title: "25 s behind", expect: "accepted", mutate: () => ({ claims: { iat: TEXT.seconds(-25), exp: TEXT.seconds(275) } }) },
  {
    title: "10 min ahead",
    expect: "clock_skew",
    mutate: () => ({ claims: { iat: TEXT.seconds(600), nbf: TEXT.seconds(600), exp: TEXT.seconds(900) } }),
  },
]);
