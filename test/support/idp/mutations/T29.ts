// T29: a key set that is no help.

import { answering, answeringJson, endless, published, redirecting, variants } from "./mutation.ts";

export const t29 = variants("T29", "jwks", [
  {
    title: "10 MB",
    expect: "jwks_unreachable",
    mutate: () => ({ faults: { jwks: answering(`{"keys":[],"x":"${"x".repeat(10 * 1024 * 1024)}"}`, "application/json") } }),
  },
  { title: "a body without end", expect: "jwks_unreachable", mutate: () => ({ faults: { jwks: endless() } }) },
  {
    title: "5,000 keys",
    expect: "jwks_invalid",
    mutate: () => ({
      faults: { jwks: answeringJson({ keys: Array.from({ length: 5_000 }, (_, kid) => ({ kty: "oct", kid: String(kid) })) }) },
    }),
  },
  { title: "no JSON", expect: "jwks_invalid", mutate: () => ({ faults: { jwks: answering("<keys/>", "application/json") } }) },
  { title: "HTML", expect: "jwks_unreachable", mutate: () => ({ faults: { jwks: answering("<html>", "text/html") } }) },
  { title: "keys that is no list", expect: "jwks_invalid", mutate: () => ({ faults: { jwks: answeringJson({ keys: {} }) } }) },
  { title: "keys missing", expect: "jwks_invalid", mutate: () => ({ faults: { jwks: answeringJson({}) } }) },
  { title: "null", expect: "jwks_invalid", mutate: () => ({ faults: { jwks: answeringJson(null) } }) },
  {
    title: "100,000 levels of JSON",
    expect: "jwks_invalid",
    mutate: () => ({ faults: { jwks: answering("[".repeat(100_000) + "]".repeat(100_000), "application/json") } }),
  },
  {
    title: "a redirect",
    expect: "jwks_unreachable",
    mutate: () => ({ faults: { jwks: redirecting(302, "https://evil.test/") } }),
  },
  {
    title: "members named __proto__ change nothing",
    expect: "accepted",
    mutate: () => published((key) => JSON.parse(`{"__proto__":{"d":"x"},${JSON.stringify(key).slice(1)}`)),
  },
  {
    title: "keys that are no objects are passed over",
    expect: "accepted",
    mutate: () => ({ jwks: (keys) => ({ keys: [null, 7, "key", [], ...keys] }) }),
  },
]);
