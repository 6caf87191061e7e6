// OneLogin as an identity provider.
//
// Facts (OneLogin developer documentation, "OpenID Connect Provider Configuration"): the issuer is
// `https://{subdomain}.onelogin.com/oidc/2`. ID tokens are RS256 and carry `email` and `name`; there is no
// `email_verified` by default.

import { issuerLike, type Preset, STANDARD } from "./preset.ts";

export const onelogin: Preset = {
  ...STANDARD,
  checkIssuer: issuerLike(/^https:\/\/[^/]+\/oidc\/2$/, "https://example.onelogin.com/oidc/2"),
};
