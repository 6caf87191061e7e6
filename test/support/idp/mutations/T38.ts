// T38: a token response that is hostile, or unusual and right.

import { answering, answeringJson, endless, redirecting, variants } from "./mutation.ts";

export const t38 = variants("T38", "token", [
  {
    title: "a redirect",
    expect: "token_response_invalid",
    mutate: () => ({ faults: { token: redirecting(302, "https://evil.test/") } }),
  },
  {
    title: "307, which would carry the secret along",
    expect: "token_response_invalid",
    mutate: () => ({ faults: { token: redirecting(307, "https://evil.test/") } }),
  },
  { title: "an error with 200", expect: "invalid_grant", mutate: () => ({ tokenResponse: { error: "invalid_grant" } }) },
  { title: "an unknown error with 200", expect: "token_response_invalid", mutate: () => ({ tokenResponse: { error: "other" } }) },
  { title: "a body without end", expect: "token_response_invalid", mutate: () => ({ faults: { token: endless() } }) },
  {
    title: "10,000 levels of JSON",
    expect: "token_response_invalid",
    mutate: () => ({ faults: { token: answering("[".repeat(10_000) + "]".repeat(10_000), "application/json") } }),
  },
  { title: "a list", expect: "token_response_invalid", mutate: () => ({ faults: { token: answeringJson([]) } }) },
  {
    title: "no JSON",
    expect: "token_response_invalid",
    mutate: () => ({ faults: { token: answering("{", "application/json") } }),
  },
  {
    title: "204",
    expect: "token_response_invalid",
    mutate: () => ({ faults: { token: () => new Response(null, { status: 204 }) } }),
  },
  { title: "no id_token", expect: "id_token_missing", mutate: () => ({ tokenResponse: { id_token: undefined } }) },
  {
    title: "id_token that is no string",
    expect: "id_token_malformed",
    mutate: () => ({ tokenResponse: { id_token: { a: 1 } } }),
  },
  { title: "no access_token", expect: "token_response_invalid", mutate: () => ({ tokenResponse: { access_token: undefined } }) },
  { title: "no token_type", expect: "token_response_invalid", mutate: () => ({ tokenResponse: { token_type: undefined } }) },
  {
    title: "token_type of another kind",
    expect: "token_response_invalid",
    mutate: () => ({ tokenResponse: { token_type: "mac" } }),
  },
  { title: "token_type BEARER", expect: "accepted", mutate: () => ({ tokenResponse: { token_type: "BEARER" } }) },
  { title: "no expires_in", expect: "accepted", mutate: () => ({ tokenResponse: { expires_in: undefined } }) },
]);
