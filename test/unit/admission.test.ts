import { describe, expect, test } from "vitest";
import { type AdmissionFacts, admit, type Door } from "../../src/domain/login/admission.ts";

const ORGANIZATION = { id: "org-a", state: "enabled" } as const;
const CONNECTION = { organizationId: "org-a", state: "enabled" } as const;
const EMAIL = { present: true, valid: true, verified: true };
const sso = (over: Partial<AdmissionFacts> = {}): AdmissionFacts => ({
  door: "organization_sso",
  domainOwner: "org-a",
  organization: ORGANIZATION,
  connection: CONNECTION,
  email: EMAIL,
  ...over,
});
const social = (over: Partial<AdmissionFacts> = {}): AdmissionFacts => ({
  door: "social_sign_in",
  domainOwner: null,
  organization: null,
  connection: { organizationId: null, state: "enabled" },
  email: EMAIL,
  ...over,
});

describe("the gate", () => {
  const LOCAL_DOORS: Door[] = ["password_login", "registration", "admin_set_password"];
  test.each(LOCAL_DOORS)("%s opens for an ordinary address and for no organization's (T54)", (door) => {
    expect(admit({ door, domainOwner: null })).toEqual({ admit: true });
    expect(admit({ door, domainOwner: "org-a" })).toEqual({ admit: false, reason: "sso_required" });
  });

  test.each<[string, AdmissionFacts, string | true]>([
    ["an address under the organization's own domain", sso(), true],
    ["an address of another organization (T40)", sso({ domainOwner: "org-b" }), "email_outside_organization"],
    ["an address of no organization (T40)", sso({ domainOwner: null }), "email_outside_organization"],
    ["email_verified false (T42)", sso({ email: { ...EMAIL, verified: false } }), "email_unverified"],
    ["email_verified absent: the domain vouches (T42)", sso({ email: { ...EMAIL, verified: undefined } }), true],
    ["no address at all", sso({ email: { present: false, valid: false, verified: undefined } }), "email_missing"],
    ["an address that is none (T52)", sso({ email: { ...EMAIL, valid: false } }), "email_invalid"],
    ["a disabled connection (T65)", sso({ connection: { ...CONNECTION, state: "disabled" } }), "connection_disabled"],
    ["a deleted connection (T65)", sso({ connection: null }), "connection_disabled"],
    ["a disabled organization (T65)", sso({ organization: { ...ORGANIZATION, state: "disabled" } }), "organization_disabled"],
    ["a deleted organization (T58)", sso({ organization: null }), "organization_disabled"],
    [
      "a connection of another organization (T9)",
      sso({ connection: { ...CONNECTION, organizationId: "org-b" } }),
      "organization_mismatch",
    ],
    [
      "a social connection posing as an organization's",
      sso({ connection: { ...CONNECTION, organizationId: null } }),
      "organization_mismatch",
    ],
  ])("organization_sso: %s", (_name, facts, expected) => {
    expect(admit(facts)).toEqual(expected === true ? { admit: true } : { admit: false, reason: expected });
  });

  test.each<[string, AdmissionFacts, string | true]>([
    ["a verified ordinary address", social(), true],
    ["no address", social({ email: { present: false, valid: false, verified: undefined } }), true],
    ["an organization's address, whatever the provider says (T54)", social({ domainOwner: "org-a" }), "sso_required"],
    ["an unverified address", social({ email: { ...EMAIL, verified: false } }), "email_unverified"],
    ["an address nobody vouches for", social({ email: { ...EMAIL, verified: undefined } }), "email_unverified"],
    ["an address that is none", social({ email: { ...EMAIL, valid: false } }), "email_invalid"],
    ["a disabled connection", social({ connection: { organizationId: null, state: "disabled" } }), "connection_disabled"],
    ["an organization's connection", social({ connection: CONNECTION }), "organization_mismatch"],
  ])("social_sign_in: %s", (_name, facts, expected) => {
    expect(admit(facts)).toEqual(expected === true ? { admit: true } : { admit: false, reason: expected });
  });
});
