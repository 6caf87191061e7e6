import { describe, expect, test } from "vitest";
import type { Identity } from "../../src/domain/identities/identity.ts";
import { type LinkingFacts, link } from "../../src/domain/login/linking.ts";

const identity = (over: Partial<Identity> = {}): Identity => ({
  projectId: "p",
  id: "ada",
  organizationId: "org-a",
  email: "ada@a.test",
  emailDomain: "a.test",
  emailVerified: true,
  schemaId: "default",
  state: "active",
  traits: {},
  metadataPublic: null,
  metadataAdmin: null,
  revision: 1,
  createdAt: 0,
  updatedAt: 0,
  ...over,
});
const facts = (over: Partial<LinkingFacts> = {}): LinkingFacts => ({
  organizationId: "org-a",
  issuer: "https://idp-a.test",
  byCredential: null,
  byEmail: null,
  knownIssuers: [],
  organizationIssuers: ["https://idp-a.test"],
  ...over,
});
const member = identity();
const other = identity({ id: "bob", email: "bob@a.test" });

describe("linking", () => {
  test.each<[string, LinkingFacts, string]>([
    ["nobody known: a new identity", facts(), "create"],
    ["the credential names the person", facts({ byCredential: member, byEmail: member }), "use"],
    ["the credential names the person whose address has changed (T45)", facts({ byCredential: member }), "use"],
    [
      "the credential's person now claims another's address (T41)",
      facts({ byCredential: member, byEmail: other }),
      "email_conflict",
    ],
    [
      "the credential's person is deactivated (T65, CVE-2025-53942)",
      facts({ byCredential: identity({ state: "inactive" }) }),
      "identity_inactive",
    ],
    [
      "the credential's person has been moved to another organization",
      facts({ byCredential: identity({ organizationId: "org-b" }) }),
      "identity_of_other_organization",
    ],
    [
      "a local account under the organization's domain moves in (T46, SuperTokens-linking)",
      facts({ byEmail: identity({ organizationId: null }) }),
      "move_in",
    ],
    [
      "a deactivated local account does not move in",
      facts({ byEmail: identity({ organizationId: null, state: "inactive" }) }),
      "identity_inactive",
    ],
    [
      "an account of another organization is never touched (T40, GHSA-g38m-r43w-p2q7)",
      facts({ byEmail: identity({ organizationId: "org-b" }) }),
      "identity_of_other_organization",
    ],
    ["a provisioned member signs in for the first time", facts({ byEmail: member }), "add_credential"],
    [
      "same issuer, other subject, same address: not merged (T41)",
      facts({ byEmail: member, knownIssuers: ["https://idp-a.test"] }),
      "email_conflict",
    ],
    [
      "a second connection of the same organization (T60)",
      facts({
        byEmail: member,
        issuer: "https://idp-2.test",
        knownIssuers: ["https://idp-a.test"],
        organizationIssuers: ["https://idp-a.test", "https://idp-2.test"],
      }),
      "add_credential",
    ],
    [
      "a re-pointed connection does not inherit its people (T44)",
      facts({
        byEmail: member,
        issuer: "https://idp-2.test",
        knownIssuers: ["https://idp-a.test"],
        organizationIssuers: ["https://idp-2.test"],
      }),
      "email_conflict",
    ],
    ["social sign-in of a new person", facts({ organizationId: null }), "create"],
    [
      "social sign-in never links by address",
      facts({ organizationId: null, byEmail: identity({ organizationId: null }) }),
      "email_conflict",
    ],
  ])("%s", (_name, given, expected) => {
    const decision = link(given);
    expect(decision.action === "refuse" ? decision.reason : decision.action).toBe(expected);
  });
});
