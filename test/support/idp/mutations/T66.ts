// T66: endpoints where no IdP of the internet is.

import { variants } from "./mutation.ts";

export const t66 = variants("T66", "discovery", [
  { title: "a relative token_endpoint", expect: "insecure_endpoint", mutate: () => ({ metadata: { token_endpoint: "/token" } }) },
  {
    title: "http token_endpoint",
    expect: "insecure_endpoint",
    mutate: (idp) => ({ metadata: { token_endpoint: `${idp.issuer}/token`.replace("https", "http") } }),
  },
  {
    title: "http authorization_endpoint",
    expect: "insecure_endpoint",
    mutate: (idp) => ({ metadata: { authorization_endpoint: `${idp.issuer}/authorize`.replace("https", "http") } }),
  },
  {
    title: "javascript: authorization_endpoint",
    expect: "insecure_endpoint",
    mutate: () => ({ metadata: { authorization_endpoint: "javascript:alert(1)" } }),
  },
  {
    title: "token_endpoint on the metadata service",
    expect: "insecure_endpoint",
    mutate: () => ({ metadata: { token_endpoint: "https://169.254.169.254/token" } }),
  },
  {
    title: "jwks_uri on loopback",
    expect: "insecure_endpoint",
    mutate: () => ({ metadata: { jwks_uri: "https://0x7f.1/jwks" } }),
  },
  {
    title: "jwks_uri on an IPv6 unique local address",
    expect: "insecure_endpoint",
    mutate: () => ({ metadata: { jwks_uri: "https://[fd12:3456::1]/jwks" } }),
  },
  {
    title: "token_endpoint on our own host",
    expect: "insecure_endpoint",
    mutate: () => ({ metadata: { token_endpoint: "https://localhost/token" } }),
  },
  {
    title: "token_endpoint on another port",
    expect: "insecure_endpoint",
    mutate: (idp) => ({ metadata: { token_endpoint: `${idp.issuer}:8443/token` } }),
  },
  {
    title: "userinfo_endpoint on a private address",
    expect: "userinfo_unreachable",
    path: "userinfo",
    tokenCalls: 1,
    mutate: () => ({ metadata: { userinfo_endpoint: "https://10.0.0.1/userinfo" } }),
  },
]);
