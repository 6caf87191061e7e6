// F19: the key set cannot be had.

import { answeringJson, variants } from "./mutation.ts";

export const f19 = variants("F19", "jwks", [
  { title: "500", expect: "jwks_unreachable", mutate: () => ({ faults: { jwks: answeringJson({}, 500) } }) },
  { title: "404", expect: "jwks_unreachable", mutate: () => ({ faults: { jwks: answeringJson({ keys: [] }, 404) } }) },
  { title: "a broken connection", expect: "jwks_unreachable", mutate: () => ({ faults: { jwks: "reset" } }) },
]);
