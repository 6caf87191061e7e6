// Auth0 as an identity provider.
//
// Facts (Auth0 documentation, "ID Token Structure", "Signing Algorithms", "Custom Domains"): the issuer is
// `https://{tenant}.{region}.auth0.com/` or a custom domain, always with a trailing slash. Applications made today sign
// ID tokens with RS256; the old HS256 setting must be changed at Auth0. `email` and `email_verified` are in the ID token.

import { issuerLike, type Preset, STANDARD } from "./preset.ts";

export const auth0: Preset = {
  ...STANDARD,
  guide: {
    name: "Auth0",
    summary: "An Auth0 tenant or its custom domain.",
    issuerExample: "https://example.eu.auth0.com/",
    issuerHelp: "The tenant's domain with https:// in front and a slash at the end.",
    clientHelp: "Auth0 dashboard, Applications: a Regular Web Application whose ID tokens are signed with RS256.",
  },
  checkIssuer: issuerLike(/^https:\/\/[^/]+\/$/, "https://example.eu.auth0.com/, with the slash at its end"),
};
