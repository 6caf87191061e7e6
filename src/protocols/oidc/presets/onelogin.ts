// OneLogin as an identity provider.
//
// Facts (OneLogin developer documentation, "OpenID Connect Provider Configuration"): the issuer is
// `https://{subdomain}.onelogin.com/oidc/2`. ID tokens are RS256 and carry `email` and `name`; there is no
// `email_verified` by default.

import { issuerLike, type Preset, STANDARD } from "./preset.ts";

export const onelogin: Preset = {
  ...STANDARD,
  guide: {
    name: "OneLogin",
    summary: "A OneLogin account.",
    issuerExample: "https://example.onelogin.com/oidc/2",
    issuerHelp: "Your OneLogin subdomain followed by /oidc/2; the application's SSO page shows it.",
    clientHelp: "OneLogin administration, Applications: add OpenId Connect (OIDC); ID and secret are on its SSO page.",
  },
  checkIssuer: issuerLike(/^https:\/\/[^/]+\/oidc\/2$/, "https://example.onelogin.com/oidc/2"),
};
