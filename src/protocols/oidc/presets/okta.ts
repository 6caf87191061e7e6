// Okta as an identity provider.
//
// Facts (Okta developer documentation, "Authorization servers", "OpenID Connect & OAuth 2.0 API"): the issuer is the org
// itself, `https://{org}.okta.com` (also oktapreview.com, okta-emea.com, or a custom domain), or a custom authorization
// server, `https://{org}.okta.com/oauth2/{id}`. ID tokens are RS256. With the code flow the ID token is "thin" for the
// profile scopes on some servers: the claims are then complete at the userinfo endpoint.

import { type Preset, STANDARD } from "./preset.ts";

export const okta: Preset = {
  ...STANDARD,
  guide: {
    name: "Okta",
    summary: "Okta Workforce Identity, with the organization's own server or a custom authorization server.",
    issuerExample: "https://example.okta.com",
    issuerHelp:
      "The organization's Okta address without “-admin”, or a custom authorization server such as https://example.okta.com/oauth2/default.",
    clientHelp:
      "In the Okta admin console: Applications, Create App Integration, OIDC, Web Application. Assign the people who may sign in.",
  },
  claimsSource: "userinfo",
  // The console of an org lives at {org}-admin.okta.com; it is no issuer and is pasted often.
  checkIssuer: (issuer) =>
    /^https?:\/\/[^/]+(\/oauth2\/[A-Za-z0-9_-]+)?$/.test(issuer) && !/^https:\/\/[^/]*-admin\.okta/.test(issuer)
      ? { ok: true }
      : {
          ok: false,
          message: "The issuer of this provider looks like https://example.okta.com or https://example.okta.com/oauth2/default.",
        },
};
