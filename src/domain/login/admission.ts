// Admission: the gate. Every door that would issue or accept a credential asks it, with rows just read from D1's
// primary, and opens only on `admit`. One function, so that no door can forget a rule (T54).

/** Every door that exists. A new door is added here first, and the compiler asks what the gate says of it. */
export type Door = "password_login" | "registration" | "social_sign_in" | "organization_sso" | "admin_set_password";

export type AdmissionRefusal =
  | "sso_required" // the address belongs to an organization; only its connections open
  | "organization_disabled"
  | "connection_disabled"
  | "organization_mismatch" // the connection is not (any more) this organization's
  | "email_missing"
  | "email_invalid"
  | "email_unverified"
  | "email_outside_organization"
  | "email_conflict" // another person of the organization has this address (T41)
  | "identity_of_other_organization"
  | "identity_inactive";

export interface AdmissionFacts {
  door: Door;
  /** Organization that actively owns the domain of the address in question; null when none does or there is no address. */
  domainOwner: string | null;
  /** The organization whose connection was used, for `organization_sso`. */
  organization?: { id: string; state: "enabled" | "disabled" } | null;
  connection?: { organizationId: string | null; state: "enabled" | "disabled" } | null;
  /** What the IdP says of the address: undefined for doors without an IdP. */
  email?: { present: boolean; valid: boolean; verified: boolean | undefined };
}

export type Admission = { admit: true } | { admit: false; reason: AdmissionRefusal };

/**
 * Whether this door may open for this address.
 *
 * - A local door never opens for an address under an organization's active domain.
 * - Social sign-in never opens for such an address either, whatever the provider asserts, and takes an address only when
 *   the provider says that it is verified: nothing else vouches for it.
 * - An organization's connection opens only for addresses under that same organization's domains, and only when the IdP
 *   does not say that the address is unverified. An absent `email_verified` counts, because the domain itself is the
 *   organization's (T40, T42).
 */
export function admit(facts: AdmissionFacts): Admission {
  const { door, domainOwner } = facts;
  switch (door) {
    case "password_login":
    case "registration":
    case "admin_set_password":
      return domainOwner === null ? { admit: true } : refuse("sso_required");
    case "social_sign_in": {
      if (facts.connection?.state !== "enabled") return refuse("connection_disabled");
      if (facts.connection.organizationId !== null) return refuse("organization_mismatch");
      if (facts.email?.present && !facts.email.valid) return refuse("email_invalid");
      if (facts.email?.present && facts.email.verified !== true) return refuse("email_unverified");
      return domainOwner === null ? { admit: true } : refuse("sso_required");
    }
    case "organization_sso": {
      if (facts.organization?.state !== "enabled") return refuse("organization_disabled");
      if (facts.connection?.state !== "enabled") return refuse("connection_disabled");
      if (facts.connection.organizationId !== facts.organization.id) return refuse("organization_mismatch");
      if (!facts.email?.present) return refuse("email_missing");
      if (!facts.email.valid) return refuse("email_invalid");
      if (facts.email.verified === false) return refuse("email_unverified");
      return domainOwner === facts.organization.id ? { admit: true } : refuse("email_outside_organization");
    }
  }
}

function refuse(reason: AdmissionRefusal): Admission {
  return { admit: false, reason };
}

/** The organization that a domain's row makes its owner: a claim that is only pending makes nobody one (T47). */
export function activeOwner(domain: { organizationId: string; state: "active" | "pending" } | null): string | null {
  return domain?.state === "active" ? domain.organizationId : null;
}
