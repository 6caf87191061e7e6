// What is known about each provider: issuers, tenants, and what its word about an address is worth (T41, T42).

import { afterEach, describe, expect, test } from "vitest";
import { PROVIDERS, type Provider } from "../../../src/domain/connections/connection.ts";
import type { RefusalReason } from "../../../src/protocols/connector.ts";
import { presetFor } from "../../../src/protocols/oidc/presets/index.ts";
import { type RelyingParty, relyingParty } from "./harness.ts";

const TENANT = "11111111-2222-3333-4444-555555555555";
const ENTRA = `https://login.microsoftonline.com/${TENANT}/v2.0`;

const ISSUERS: [provider: Provider, issuer: string, ok: boolean][] = [
  ["generic", "https://anything.example/at/all", true],
  ["okta", "https://example.okta.com", true],
  ["okta", "https://example.okta.com/oauth2/default", true],
  ["okta", "https://login.example.com", true],
  ["okta", "https://example.okta.com/", false],
  ["okta", "https://example-admin.okta.com", false],
  ["okta", "https://example.okta.com/oauth2/default/.well-known/openid-configuration", false],
  ["microsoft", ENTRA, true],
  ["microsoft", `${ENTRA}/`, false],
  ["microsoft", ENTRA.replace("/v2.0", ""), false],
  ["microsoft", `https://sts.windows.net/${TENANT}/`, false],
  ["microsoft", "https://login.microsoftonline.com/common/v2.0", false],
  ["microsoft", "https://login.microsoftonline.com/organizations/v2.0", false],
  ["microsoft", "https://login.microsoftonline.com/consumers/v2.0", false],
  ["microsoft", "https://login.microsoftonline.com/example.onmicrosoft.com/v2.0", false],
  ["google", "https://accounts.google.com", true],
  ["google", "https://accounts.google.com/", false],
  ["google", "https://google.com", false],
  ["auth0", "https://example.eu.auth0.com/", true],
  ["auth0", "https://login.example.com/", true],
  ["auth0", "https://example.eu.auth0.com", false],
  ["onelogin", "https://example.onelogin.com/oidc/2", true],
  ["onelogin", "https://example.onelogin.com", false],
  ["ping", `https://auth.pingone.eu/${TENANT}/as`, true],
  ["ping", "https://sso.example.com", true],
  ["ping", "https://auth.pingone.eu/", false],
  ["keycloak", "https://id.example.com/realms/acme", true],
  ["keycloak", "https://id.example.com/auth/realms/acme", true],
  ["keycloak", "https://id.example.com/realms/acme/", false],
  ["keycloak", "https://id.example.com", false],
  ["jumpcloud", "https://oauth.id.jumpcloud.com/", true],
  ["jumpcloud", "https://oauth.id.jumpcloud.com", false],
  ["jumpcloud", "https://oauth.id.jumpcloud.com.evil.test/", false],
];

test.each(ISSUERS)("%s: issuer %s: %s", (provider, issuer, ok) => {
  const answer = presetFor(provider).checkIssuer(issuer);
  expect(answer.ok).toBe(ok);
  if (!answer.ok) expect(answer.message).toMatch(/https:\/\//);
});

test("every preset asks for openid and email, pins an asymmetric algorithm and maps email", () => {
  for (const provider of PROVIDERS) {
    const preset = presetFor(provider);
    expect(preset.scope).toEqual(expect.arrayContaining(["openid", "email"]));
    expect(preset.idTokenSignedResponseAlg).toBe("RS256");
    expect(preset.claimsMapping["email"]).toBe("email");
    expect(Object.keys(preset.claimsMapping)).not.toContain("subject");
  }
});

describe("what the provider's word about an address is worth", () => {
  const EMAIL = "kim@acme.test";
  const table: [provider: Provider, claims: Record<string, unknown>, expected: boolean | undefined][] = [
    ["generic", { email: EMAIL, email_verified: true }, true],
    ["generic", { email: EMAIL, email_verified: "true" }, undefined],
    ["generic", { email: EMAIL }, undefined],
    // T41: an administrator of any tenant may type any address.
    ["microsoft", { email: EMAIL }, undefined],
    ["microsoft", { email: EMAIL, email_verified: true }, undefined],
    ["microsoft", { email: EMAIL, xms_edov: true }, true],
    ["microsoft", { email: EMAIL, xms_edov: false }, false],
    ["microsoft", { email: EMAIL, xms_edov: "1" }, undefined],
    ["google", { email: EMAIL, email_verified: true, hd: "acme.test" }, true],
    ["google", { email: EMAIL, email_verified: true }, undefined],
    ["google", { email: "kim@gmail.com", email_verified: true }, true],
    ["google", { email: EMAIL, email_verified: false, hd: "acme.test" }, false],
  ];
  test.each(table)("%s %j: %s", (provider, claims, expected) => {
    expect(presetFor(provider).emailVerified(claims)).toBe(expected);
  });
});

describe("whose account it is", () => {
  let rp: RelyingParty;
  afterEach(() => rp.network.restore());

  const table: [
    name: string,
    provider: Provider,
    issuer: string,
    organizationId: string | null,
    claims: Record<string, unknown>,
    expected: RefusalReason | "accepted",
  ][] = [
    ["Entra: the tenant of the issuer", "microsoft", ENTRA, "o", { tid: TENANT }, "accepted"],
    ["Entra: another tenant", "microsoft", ENTRA, "o", { tid: TENANT.replaceAll("1", "9") }, "tenant_mismatch"],
    ["Entra: no tenant", "microsoft", ENTRA, "o", {}, "tenant_mismatch"],
    [
      "Google: a Workspace account in an organization",
      "google",
      "https://accounts.google.com",
      "o",
      { hd: "acme.test" },
      "accepted",
    ],
    ["Google: a personal account with a company address", "google", "https://accounts.google.com", "o", {}, "tenant_mismatch"],
    ["Google: hd empty", "google", "https://accounts.google.com", "o", { hd: "" }, "tenant_mismatch"],
    ["Google: a personal account at social sign-in", "google", "https://accounts.google.com", null, {}, "accepted"],
    ["another provider says nothing about tenants", "generic", "https://idp.test", "o", {}, "accepted"],
  ];
  test.each(table)("%s", async (_name, provider, issuer, organizationId, claims, expected) => {
    rp = await relyingParty({ idp: { issuer }, connection: { provider, organizationId } });
    rp.idp.mutate({ claims });
    const outcome = await rp.login();
    expect(outcome.ok ? "accepted" : outcome.reason).toBe(expected);
  });

  test("Google: what userinfo says of hd does not make an account a Workspace account", async () => {
    rp = await relyingParty({
      idp: { issuer: "https://accounts.google.com" },
      connection: { provider: "google", claimsSource: "userinfo" },
    });
    rp.idp.mutate({ userinfo: { hd: "acme.test" } });
    expect(await rp.login()).toMatchObject({ ok: false, reason: "tenant_mismatch" });
    expect(rp.idp.to("userinfo")).toHaveLength(0);
  });

  test("Google: nor does it vouch for an address, or become a trait", async () => {
    rp = await relyingParty({
      idp: { issuer: "https://accounts.google.com" },
      connection: { provider: "google", claimsSource: "userinfo", organizationId: null, claimsMapping: { domain: "hd" } },
    });
    rp.idp.mutate({ userinfo: { hd: "acme.test" } });
    const outcome = await rp.login();
    expect(outcome).toMatchObject({ ok: true, assertion: { emailVerified: undefined } });
    expect(outcome.ok && Object.keys(outcome.assertion.traits)).toEqual(["email", "name"]);
  });
});
