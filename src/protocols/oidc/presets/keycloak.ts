// Keycloak as an identity provider.
//
// Facts (Keycloak Server Administration Guide, "Managing OpenID Connect clients"; Securing Applications Guide, "OpenID
// Connect"): the issuer is `https://{host}/realms/{realm}`, in versions before 17 with `/auth` in front. ID tokens are RS256
// by default and carry `email`, `email_verified` and `name`. A realm whose people may change their address without
// confirming it says `email_verified: false`. Keycloak announces and sends `iss` in the authorization response.

import { issuerLike, type Preset, STANDARD } from "./preset.ts";

export const keycloak: Preset = {
  ...STANDARD,
  guide: {
    name: "Keycloak",
    summary: "A realm of a Keycloak server.",
    issuerExample: "https://id.example.com/realms/example",
    issuerHelp: "The server's address followed by /realms/ and the realm; before version 17 with /auth in front.",
    clientHelp:
      "In the realm: Clients, Create client, OpenID Connect with client authentication on; the secret is under Credentials.",
  },
  checkIssuer: issuerLike(/^https?:\/\/[^/]+(\/[^/]+)*\/realms\/[^/]+$/, "https://id.example.com/realms/example"),
};
