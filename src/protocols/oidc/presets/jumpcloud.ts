// JumpCloud as an identity provider.
//
// Facts (JumpCloud support, "SSO with OIDC"): the issuer is `https://oauth.id.jumpcloud.com/` (with the slash; regional
// hosts exist), the same for all customers: it is the client id, in `aud`, that ties a token to one organization. ID
// tokens are RS256. Claims are those of the attribute mapping; the standard scopes give `email`, `email_verified` and `name`.

import { issuerLike, type Preset, STANDARD } from "./preset.ts";

export const jumpcloud: Preset = {
  ...STANDARD,
  guide: {
    name: "JumpCloud",
    summary: "A JumpCloud organization.",
    issuerExample: "https://oauth.id.jumpcloud.com/",
    issuerHelp: "The same for all customers of a region, with a slash at the end.",
    clientHelp: "JumpCloud admin portal, SSO Applications: a custom application with SSO with OIDC; it shows ID and secret once.",
  },
  checkIssuer: issuerLike(/^https:\/\/oauth\.id\.(?:[a-z]+\.)?jumpcloud\.com\/$/, "https://oauth.id.jumpcloud.com/"),
};
