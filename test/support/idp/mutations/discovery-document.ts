// discovery-document: OpenID Connect Discovery 1.0, section 3: members that are missing or no URLs.

import { variants } from "./mutation.ts";

export const discoveryDocument = variants("discovery-document", "discovery", [
  { title: "no issuer", expect: "discovery_invalid", mutate: () => ({ metadata: { issuer: undefined } }) },
  {
    title: "an issuer that is no string",
    expect: "discovery_invalid",
    mutate: () => ({ metadata: { issuer: ["https://idp.test"] } }),
  },
  {
    title: "no authorization_endpoint",
    expect: "authorization_endpoint_missing",
    mutate: () => ({ metadata: { authorization_endpoint: undefined } }),
  },
  { title: "no token_endpoint", expect: "token_endpoint_missing", mutate: () => ({ metadata: { token_endpoint: undefined } }) },
  { title: "no jwks_uri", expect: "jwks_uri_missing", mutate: () => ({ metadata: { jwks_uri: undefined } }) },
  { title: "an endpoint that is no string", expect: "discovery_invalid", mutate: () => ({ metadata: { token_endpoint: 7 } }) },
]);
