// What went wrong at others, from their published advisories and changelogs since 2022: each as a test of ours. One row per
// cause; an id stands in the title of the test that would have caught it.

import type { Entry, Feature } from "./entry.ts";

export interface Advisory extends Entry {
  /** The cause it belongs to. */
  row: number;
  product: string;
}

type Row = readonly [row: number, ids: string, product: string, cause: string, waitsFor?: Feature];

/** A row may come twice: once for the ids that apply, once for those that wait. */
const ROWS: readonly Row[] = [
  [1, "GHSA-5rr4-8452-hf4v", "Better Auth SSO", "A provider's endpoints could be internal hosts"],
  [2, "GHSA-gv74-j8m3-fg5f", "Better Auth SSO", "Any member could register a provider for an organization"],
  [3, "GHSA-8c5h-wx78-2cfg", "Better Auth SSO", "A domain's proof was applied after the domain had changed", "domain proof"],
  [4, "GHSA-phx7-w8x2-3xgf", "Better Auth SSO", "An unproven domain drew people into an organization"],
  [5, "GHSA-g38m-r43w-p2q7", "Better Auth", "Accounts were linked without proof of owning them"],
  [6, "GHSA-fmh4-wcc4-5jm3", "Better Auth", "An invitation was accepted without owning its address", "invitations"],
  [7, "GHSA-2vg6-77g8-24mp", "Better Auth", "Sessions survived the deletion of their person"],
  [8, "GHSA-7w99-5wm4-3g79 GHSA-392p-2q2v-4372", "Better Auth", "Codes and refresh tokens were not redeemed atomically"],
  [9, "GHSA-86j7-9j95-vpqj GHSA-9h47-pqcx-hjr4", "Better Auth", "Redirect URIs and PKCE were checked loosely"],
  [10, "GHSA-j8v8-g9cx-5qf4", "Better Auth SCIM", "The owner of a provider was not checked", "SCIM"],
  [11, "CVE-2026-45364", "Better Auth", "Limits counted the text of an IPv6 address"],
  [12, "GHSA-x445-f3h2-j279", "Auth.js", "Check cookies were not bound to the provider"],
  [13, "GHSA-7rqj-j65f-68wh", "Auth.js", "An address was checked before it was normalised"],
  [14, "GHSA-8fpg-xm3f-6cx3", "Auth.js", "A broken configuration let everybody in"],
  [15, "CVE-2022-35924", "NextAuth", "Two addresses in one field passed the check of a domain"],
  [16, "CVE-2026-9087", "Keycloak", "The proof for linking was not bound to the upstream identity", "mailer"],
  [17, "CVE-2026-1529", "Keycloak", "An invitation's signature was not verified", "invitations"],
  [18, "CVE-2026-1486", "Keycloak", "A disabled provider was trusted in one path"],
  [19, "CVE-2026-11800", "Keycloak", "Algorithms of an assertion were confused"],
  [20, "CVE-2026-9791", "Keycloak", "Organization data in tokens after the feature was off"],
  [21, "Polis-26.2.22", "Ory Polis", "A hint chose another tenant's provider"],
  [22, "Kratos-26.2.19", "Ory Kratos", "A caller's login_hint went upstream"],
  [23, "Kratos-26.2.13 Kratos-26.2.15", "Ory Kratos", "Invisible characters made a second account and hid a domain"],
  [24, "Kratos-26.2.5", "Ory Kratos", "Error objects were shared between requests"],
  [
    25,
    "Kratos-26.2.8 Kratos-26.2.7 Kratos-26.2.10",
    "Ory Kratos",
    "Errors told internal addresses; tenants' input cost too much",
  ],
  [26, "Ory-SCIM-26.2.11 Ory-SCIM-26.2.18", "Ory", "Removals emptied groups and erased resources", "SCIM"],
  [27, "GHSA-3p3g-vpw6-4w66", "Ory Hydra", "A client assertion could be used again"],
  [28, "CVE-2026-9092", "Casdoor", "An unverified address bound an account"],
  [28, "CVE-2026-9098", "Casdoor", "A provider that was disabled meanwhile was still believed"],
  [
    28,
    "CVE-2026-9090 CVE-2026-9093 CVE-2026-9095 CVE-2026-9096",
    "Casdoor",
    "Certificate from the message; no audience, time or replay",
    "SAML",
  ],
  [28, "CVE-2026-9094 CVE-2026-9097", "Casdoor", "Tokens exchanged across organizations, or after revocation"],
  [28, "CVE-2026-9091", "Casdoor", "The second factor was skipped while binding", "second factor"],
  [29, "CVE-2026-55669", "ZITADEL", "The audience of a provider's token was not checked"],
  [30, "CVE-2026-55670", "ZITADEL", "A recycled id kept its former tenant"],
  [31, "CVE-2026-27946", "ZITADEL", "People could declare their address verified"],
  [32, "CVE-2025-46815", "ZITADEL", "A finished round trip could be used again"],
  [33, "CVE-2026-55671", "ZITADEL", "Logout URIs and webhooks reached internal hosts", "webhooks"],
  [33, "CVE-2026-27945", "ZITADEL", "A list of forbidden hosts was passed by a redirect or a late answer of DNS"],
  [34, "CVE-2026-49443", "authentik", "An empty post skipped the provider's step"],
  [35, "CVE-2026-47201 CVE-2026-25922", "authentik", "Assertions were wrapped or injected", "SAML"],
  [36, "CVE-2025-53942", "authentik", "The deactivated could sign in through a provider"],
  [37, "CVE-2024-52289 CVE-2024-21637", "authentik", "Redirect URIs were patterns; form_post ran scripts"],
  [37, "CVE-2026-42849", "authentik", "state was written into a page as markup"],
  [38, "CVE-2026-55106", "authentik", "A diagnostic route asked for no authorization"],
  [39, "CVE-2023-48228", "authentik", "PKCE was optional where it had been begun"],
  [40, "CVE-2025-4143 CVE-2025-4144", "workers-oauth-provider", "Redirect URI and PKCE were not checked"],
  [
    41,
    "workers-oauth-provider-0.9.1",
    "workers-oauth-provider",
    "KV's shortest lifetime and an odd content type brought it down",
  ],
  [41, "workers-oauth-provider-0.8.0", "workers-oauth-provider", "Codes were acted on by prefix; any client revoked"],
  [42, "CVE-2026-22817 CVE-2026-22818", "Hono", "The token chose its own algorithm"],
  [43, "CVE-2025-62610", "Hono", "The audience was not checked"],
  [44, "CVE-2026-44459", "Hono", "Dates of a token were not numbers"],
  [44, "CVE-2026-47673", "Hono", "Any authorization scheme was taken for Bearer"],
  [45, "CVE-2026-44457", "Hono", "Answers to the authenticated were shared by a cache"],
  [46, "CVE-2026-47675", "Hono", "A cookie's attributes could be injected"],
  [46, "CVE-2026-47676 CVE-2026-29045", "Hono", "Mounted paths and encoded slashes passed by a guard"],
  [46, "CVE-2026-47674", "Hono", "IPv6 forms passed by a limit"],
  [46, "CVE-2026-44458", "Hono", "Styles could be injected into markup"],
  [47, "CVE-2024-43787 CVE-2024-48913", "Hono", "Odd content types passed by the guard against cross-site forms"],
  [48, "CVE-2024-28176 CVE-2022-36083", "jose", "An encrypted token cost memory or time"],
  [49, "GHSA-869p-cjfg-cm3x", "node-jws", "An attacker chose the key of an HMAC"],
  [50, "CVE-2025-48947", "nextjs-auth0", "A session cookie was cached"],
  [50, "CVE-2026-40155", "nextjs-auth0", "A promise shared between requests crossed sessions"],
  [51, "CVE-2025-64762", "WorkOS AuthKit", "A session cookie was cached"],
  [52, "Auth0-2023-session-fixation", "Auth0", "The session was not renewed at login"],
  [
    53,
    "CVE-2025-47949 CVE-2025-54419 CVE-2025-54369 CVE-2025-29774 CVE-2025-29775",
    "samlify, node-saml, xml-crypto",
    "Identity was read from what was not signed",
    "SAML",
  ],
  [
    54,
    "CVE-2024-45409 CVE-2025-25291 CVE-2025-25292 CVE-2025-66567 CVE-2025-66568",
    "ruby-saml",
    "Two parsers read two documents",
    "SAML",
  ],
  [55, "CVE-2022-39222", "Dex", "Somebody else finished the login"],
  [55, "Dex-2026-07", "Dex", "An expired session still showed a signed-in page"],
  [56, "nOAuth", "applications of Entra", "An address was taken for an identity"],
  [57, "SuperTokens-linking", "SuperTokens, Logto", "Their written rules for linking, as an oracle; no advisory was found"],
];

export const ADVISORIES: readonly Advisory[] = ROWS.flatMap(([row, ids, product, title, waitsFor]) =>
  ids.split(" ").map((id) => ({ id, row, product, title, ...(waitsFor === undefined ? {} : { waitsFor }) })),
);
