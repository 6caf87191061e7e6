// F22: userinfo cannot be had.

import { answering, answeringJson, variants } from "./mutation.ts";

export const f22 = variants("F22", "userinfo", [
  {
    title: "500",
    expect: "userinfo_unreachable",
    mutate: () => ({ faults: { userinfo: answering("oops", "text/plain", 500) } }),
  },
  { title: "401", expect: "userinfo_unreachable", mutate: () => ({ faults: { userinfo: answeringJson({}, 401) } }) },
  { title: "a broken connection", expect: "userinfo_unreachable", mutate: () => ({ faults: { userinfo: "reset" } }) },
  { title: "not offered", expect: "userinfo_unreachable", mutate: () => ({ metadata: { userinfo_endpoint: undefined } }) },
]);
