// JumpCloud as an identity provider.
//
// Facts (JumpCloud support, "SSO with OIDC"): the issuer is `https://oauth.id.jumpcloud.com/` (with the slash; regional
// hosts exist), the same for all customers: it is the client id, in `aud`, that ties a token to one organization. ID
// tokens are RS256. Claims are those of the attribute mapping; the standard scopes give `email`, `email_verified` and `name`.

import { issuerLike, type Preset, STANDARD } from "./preset.ts";

export const jumpcloud: Preset = {
  ...STANDARD,
  checkIssuer: issuerLike(/^https:\/\/oauth\.id\.(?:[a-z]+\.)?jumpcloud\.com\/$/, "https://oauth.id.jumpcloud.com/"),
};
