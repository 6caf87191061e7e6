// Google Workspace and Google accounts.
//
// Facts (Google Identity documentation, "OpenID Connect": "An ID token's payload", "Authenticating the user"):
// - There is one issuer for everybody, https://accounts.google.com. ID tokens are RS256.
// - `hd` is the Workspace domain of the account and is absent for personal accounts, which may carry any address,
//   an employer's among them. An organization's connection therefore admits Workspace accounts only.
// - `email_verified` is true for every address that Google has seen confirmed; Google is the authority for an address
//   when it ends in @gmail.com or when `hd` is present.

import { type Claims, issuerLike, type Preset, STANDARD, standardEmailVerified } from "./preset.ts";

export const google: Preset = {
  ...STANDARD,
  guide: {
    name: "Google",
    summary: "Google Workspace accounts for an organization, or any Google account for social sign-in.",
    issuerExample: "https://accounts.google.com",
    issuer: "https://accounts.google.com",
    issuerHelp: "Always the same for Google.",
    clientHelp: "Google Cloud console, APIs & Services, Credentials: create an OAuth client ID of the type Web application.",
  },
  checkIssuer: issuerLike(/^https:\/\/accounts\.google\.com$/, "https://accounts.google.com"),
  emailVerified(claims) {
    const verified = standardEmailVerified(claims);
    return verified === true && !isAuthoritative(claims) ? undefined : verified;
  },
  checkClaims: (claims, { organizationId }) => (organizationId === null || hasWorkspace(claims) ? undefined : "tenant_mismatch"),
};

function isAuthoritative(claims: Claims): boolean {
  const email = claims["email"];
  return hasWorkspace(claims) || (typeof email === "string" && email.toLowerCase().endsWith("@gmail.com"));
}

function hasWorkspace(claims: Claims): boolean {
  return typeof claims["hd"] === "string" && claims["hd"] !== "";
}
