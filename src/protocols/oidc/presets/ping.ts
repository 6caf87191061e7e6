// PingOne and PingFederate.
//
// Facts (PingOne Platform API documentation, "OpenID Connect/OAuth 2"; PingFederate documentation, "OpenID Provider
// configuration endpoint"): a PingOne environment's issuer is `https://auth.pingone.{region}/{environment id}/as` or a
// custom domain with `/as`; PingFederate's is its base URL. ID tokens are RS256 by default. Which claims are in the ID
// token depends on the attribute mapping; the userinfo endpoint answers `email` for the scope `email`.

import { issuerLike, type Preset, STANDARD } from "./preset.ts";

export const ping: Preset = {
  ...STANDARD,
  guide: {
    name: "Ping Identity",
    summary: "A PingOne environment, or PingFederate.",
    issuerExample: "https://auth.pingone.eu/00000000-0000-0000-0000-000000000000/as",
    issuerHelp: "PingOne: the application's Overview shows the issuer ID. PingFederate: its base URL.",
    clientHelp: "PingOne: Applications, an OIDC Web App with the code grant; map the attribute email.",
  },
  claimsSource: "userinfo",
  checkIssuer: issuerLike(
    /^https:\/\/(?!auth\.pingone\.)|^https:\/\/auth\.pingone\.[a-z.]+\/[0-9a-f-]{36}\/as$/,
    "https://auth.pingone.eu/00000000-0000-0000-0000-000000000000/as",
  ),
};
