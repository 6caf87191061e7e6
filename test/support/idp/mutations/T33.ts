// T33: userinfo that is not about this person, or not userinfo.

import { answering, answeringJson, variants } from "./mutation.ts";

export const t33 = variants("T33", "userinfo", [
  { title: "another sub", expect: "userinfo_sub_mismatch", mutate: () => ({ userinfo: { sub: "43" } }) },
  { title: "no sub", expect: "userinfo_invalid", mutate: () => ({ userinfo: { sub: undefined } }) },
  { title: "sub a number", expect: "userinfo_invalid", mutate: () => ({ userinfo: { sub: 42 } }) },
  { title: "a list", expect: "userinfo_invalid", mutate: () => ({ faults: { userinfo: answeringJson([{ sub: "42" }]) } }) },
  { title: "HTML", expect: "userinfo_invalid", mutate: () => ({ faults: { userinfo: answering("<html>", "text/html") } }) },
  {
    title: "10 MB",
    expect: "userinfo_invalid",
    mutate: () => ({ faults: { userinfo: answeringJson({ sub: "42", x: "x".repeat(10 * 1024 * 1024) }) } }),
  },
  {
    title: "a JWT signed by anybody",
    expect: "userinfo_invalid",
    mutate: () => ({ faults: { userinfo: answering("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI0MiJ9.AA", "application/jwt") } }),
  },
  {
    title: "an unsigned JWT",
    expect: "userinfo_invalid",
    mutate: () => ({ faults: { userinfo: answering("eyJhbGciOiJub25lIn0.eyJzdWIiOiI0MiJ9.", "application/jwt") } }),
  },
]);
