// Microsoft Entra ID as an identity provider.
//
// Facts (Microsoft identity platform documentation: "OpenID Connect on the Microsoft identity platform", "ID token claims
// reference", "Optional claims reference", "Migrate away from using email claims for user identification or
// authorization"):
// - The issuer of a tenant is https://login.microsoftonline.com/{tenant id}/v2.0 and carries no trailing slash. The
//   documents of `common`, `organizations` and `consumers` name the placeholder `{tenantid}`: with them anybody's tenant
//   could sign in, so they are refused.
// - `tid` is the tenant that signed the person in, `oid` the person's object there; `sub` is pairwise for each
//   application and stable, and stays the subject.
// - There is no `email_verified`. `email` is what an administrator of *some* tenant typed and proves nothing alone
//   ("nOAuth", T41). The optional claim `xms_edov` says whether the domain's owner has been verified.
// - `email` is in the ID token for accounts with a mailbox when the scope `email` is asked for.

import { type Preset, STANDARD } from "./preset.ts";

const TENANT_ISSUER =
  /^https:\/\/login\.microsoftonline\.(?:com|us)\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\/v2\.0$/;
const EXAMPLE = "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0";

export const microsoft: Preset = {
  ...STANDARD,
  guide: {
    name: "Microsoft Entra ID",
    summary: "Work accounts of one Microsoft 365 or Azure tenant.",
    issuerExample: "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0",
    issuerHelp: "Entra admin center, Overview: put the tenant ID in place of the zeros, in lower case.",
    clientHelp:
      "Entra admin center, App registrations: the application (client) ID, and under Certificates & secrets the value of a new client secret, not its ID.",
  },
  checkIssuer(issuer) {
    if (TENANT_ISSUER.test(issuer)) return { ok: true };
    if (/\/(common|organizations|consumers)(\/|$)/.test(issuer)) {
      const message = `This address admits every Microsoft tenant. Use your own tenant's issuer, such as ${EXAMPLE}.`;
      return { ok: false, message };
    }
    return { ok: false, message: `The issuer of this provider looks like ${EXAMPLE}, with your tenant id in lower case.` };
  },
  emailVerified: (claims) => (typeof claims["xms_edov"] === "boolean" ? claims["xms_edov"] : undefined),
  checkClaims(claims, { issuer }) {
    const tenant = TENANT_ISSUER.exec(issuer)?.[1];
    return tenant !== undefined && claims["tid"] === tenant ? undefined : "tenant_mismatch";
  },
};
