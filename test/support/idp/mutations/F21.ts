// F21: the token endpoint refuses or fails.

import { answering, answeringJson, variants } from "./mutation.ts";

export const f21 = variants("F21", "token", [
  { title: "a broken connection", expect: "token_endpoint_unreachable", mutate: () => ({ faults: { token: "reset" } }) },
  { title: "500", expect: "idp_unavailable", mutate: () => ({ faults: { token: answering("oops", "text/plain", 500) } }) },
  {
    title: "503 with JSON",
    expect: "idp_unavailable",
    mutate: () => ({ faults: { token: answeringJson({ error: "x" }, 503) } }),
  },
  {
    title: "429",
    expect: "idp_rate_limited",
    mutate: () => ({ faults: { token: answeringJson({}, 429, { "retry-after": "60" }) } }),
  },
  {
    title: "temporarily_unavailable",
    expect: "idp_unavailable",
    mutate: () => ({ faults: { token: answeringJson({ error: "temporarily_unavailable" }, 400) } }),
  },
  {
    title: "invalid_client",
    expect: "invalid_client",
    mutate: () => ({ faults: { token: answeringJson({ error: "invalid_client" }, 401) } }),
  },
  {
    title: "invalid_client with a challenge",
    expect: "invalid_client",
    mutate: () => ({
      faults: { token: answeringJson({ error: "invalid_client" }, 401, { "www-authenticate": 'Basic realm="idp"' }) },
    }),
  },
  {
    title: "401 and nothing else",
    expect: "invalid_client",
    mutate: () => ({ faults: { token: answering("", "text/plain", 401) } }),
  },
  {
    title: "invalid_grant",
    expect: "invalid_grant",
    mutate: () => ({ faults: { token: answeringJson({ error: "invalid_grant" }, 400) } }),
  },
  {
    title: "another error",
    expect: "token_response_invalid",
    mutate: () => ({ faults: { token: answeringJson({ error: "<b>" }, 400) } }),
  },
  {
    title: "HTML with 200",
    expect: "token_response_invalid",
    mutate: () => ({ faults: { token: answering("<html>", "text/html") } }),
  },
  {
    title: "HTML with 400",
    expect: "token_response_invalid",
    mutate: () => ({ faults: { token: answering("<html>", "text/html", 400) } }),
  },
]);
