// Linking: which identity an admitted assertion stands for. A pure decision; the service carries it out in one batch.

import type { Identity } from "../identities/identity.ts";
import type { AdmissionRefusal } from "./admission.ts";

export interface LinkingFacts {
  /** The organization whose connection was used; null for social sign-in. */
  organizationId: string | null;
  /** The identity that owns the credential (project, organization, issuer, subject), if any. */
  byCredential: Identity | null;
  /** The identity that has the asserted canonical address, if any. */
  byEmail: Identity | null;
  /** Issuer of the assertion. */
  issuer: string;
  /** Issuers at which the identity found by address already has a credential of this organization. */
  knownIssuers: readonly string[];
  /** Issuers of the organization's connections as they are now. */
  organizationIssuers: readonly string[];
}

export type Linking =
  /** Known person. */
  | { action: "use"; identity: Identity }
  /** A member under an issuer that is new for that person: add the credential. */
  | { action: "add_credential"; identity: Identity }
  /** Local account under the organization's domain: move it in, destroy its password and sessions (T46). */
  | { action: "move_in"; identity: Identity }
  | { action: "create" }
  | { action: "refuse"; reason: AdmissionRefusal };

/**
 * Decides by credential first, never by address alone:
 *
 * - The credential (issuer, subject) of this organization names the person, whatever the address says now (T43, T45).
 * - An address that belongs to an account of another organization, or of an organization when social sign-in was used,
 *   refuses (T40).
 * - A local account under the organization's domain is moved in (T46).
 * - A member provisioned by an operator who has never signed in is taken over.
 * - A member already known at this issuer under another subject is another person to us: refused, not merged (T41).
 * - A member known at another issuer may come through a second connection while the organization has both (T60). When
 *   the issuer that is known is no longer one of the organization's, as after a connection was re-pointed, the login is
 *   refused: whoever re-pointed it must not inherit its people (T44).
 * - Social sign-in never links to an existing account by address.
 */
export function link(facts: LinkingFacts): Linking {
  const { organizationId, byCredential, byEmail } = facts;
  if (byCredential) {
    if (byCredential.state !== "active") return refuse("identity_inactive");
    if (byCredential.organizationId !== organizationId) return refuse("identity_of_other_organization");
    if (byEmail && byEmail.id !== byCredential.id) return refuse("email_conflict");
    return { action: "use", identity: byCredential };
  }
  if (!byEmail) return { action: "create" };
  if (organizationId === null) return refuse("email_conflict");
  if (byEmail.organizationId !== null && byEmail.organizationId !== organizationId)
    return refuse("identity_of_other_organization");
  if (byEmail.state !== "active") return refuse("identity_inactive");
  if (byEmail.organizationId === null) return { action: "move_in", identity: byEmail };
  const vouchedFor = facts.knownIssuers.every((known) => known !== facts.issuer && facts.organizationIssuers.includes(known));
  if (!vouchedFor) return refuse("email_conflict");
  return { action: "add_credential", identity: byEmail };
}

function refuse(reason: AdmissionRefusal): Linking {
  return { action: "refuse", reason };
}
