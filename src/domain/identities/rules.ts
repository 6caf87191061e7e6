// What an identity may hold and where it may belong. Pure: values in, accepted values or field errors out.

import { type EmailAddress, parseEmailAddress } from "../domains/email-address.ts";
import { type FieldError, unacceptable } from "../errors.ts";
import { acceptLabel } from "../label.ts";
import type { Identity } from "./identity.ts";

/** The one identity schema there is; served at `/schemas/default`. */
export const DEFAULT_SCHEMA_ID = "default";

const MAX_TRAITS = 32;
const MAX_TRAIT_LENGTH = 1024;
const TRAIT_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** What a caller wants an identity to be. */
export interface IdentityDraft {
  schemaId: string;
  state: Identity["state"];
  traits: Record<string, unknown>;
  metadataPublic: unknown;
  metadataAdmin: unknown;
  organizationId: string | null;
  /** Whether the address is known to be the person's; undefined: as before, or false for a new address. */
  emailVerified?: boolean | undefined;
  /** A new password, as text or as a PHC scrypt string made elsewhere. */
  password?: { text: string } | { hash: string } | undefined;
}

/** The draft's traits as they are stored, and the address they name. */
export interface AcceptedTraits {
  traits: Record<string, string>;
  address: EmailAddress | null;
}

/**
 * Traits are strings under plain names; `email` is an address, `name` a label; others are what claims mappings bring.
 * @throws {DomainError} `validation_failed` with every field that breaks a rule
 */
export function acceptDraft(draft: IdentityDraft): AcceptedTraits {
  const problems: FieldError[] = [];
  if (draft.schemaId !== DEFAULT_SCHEMA_ID) {
    problems.push({ field: "schema_id", code: "unknown_schema", message: `The only identity schema is "${DEFAULT_SCHEMA_ID}".` });
  }
  const accepted = acceptTraits(draft.traits, problems);
  if (draft.password && accepted.address === null && problems.length === 0) {
    problems.push({
      field: "credentials",
      code: "email_missing",
      message: "A password needs an e-mail address to sign in with.",
    });
  }
  if (problems.length > 0) throw unacceptable(problems);
  return accepted;
}

export interface PlacementFacts {
  address: EmailAddress | null;
  organizationId: string | null;
  organizationExists: boolean;
  /** Organization that actively owns the address's domain. */
  domainOwner: string | null;
}

/**
 * Why an identity with this address cannot belong where it is meant to, or undefined when it can: members of an
 * organization have an address under one of its domains or none, and no other identity has one (T54).
 */
export function refusePlacement(facts: PlacementFacts): FieldError | undefined {
  const { address, organizationId, domainOwner } = facts;
  if (organizationId !== null && !facts.organizationExists) {
    return { field: "organization_id", code: "not_found", message: "This organization does not exist in the project." };
  }
  if (address === null || domainOwner === organizationId) return undefined;
  if (organizationId === null) {
    return {
      field: "traits.email",
      code: "sso_required",
      message: "The domain of this address belongs to an organization. Name that organization as organization_id.",
    };
  }
  return {
    field: "organization_id",
    code: "email_outside_organization",
    message: "The domain of the e-mail address does not belong to this organization.",
  };
}

function acceptTraits(input: Record<string, unknown>, problems: FieldError[]): AcceptedTraits {
  const names = Object.keys(input);
  if (names.length > MAX_TRAITS) {
    problems.push({ field: "traits", code: "too_many", message: `At most ${MAX_TRAITS} traits.` });
    return { traits: {}, address: null };
  }
  const traits: Record<string, string> = {};
  let address: EmailAddress | null = null;
  for (const name of names) {
    const field = `traits.${name}`;
    const value = input[name];
    if (!TRAIT_NAME.test(name)) {
      problems.push({ field: "traits", code: "name_invalid", message: "Names of traits are letters, digits, _ and -." });
    } else if (typeof value !== "string" || value.length > MAX_TRAIT_LENGTH) {
      problems.push({ field, code: "not_a_string", message: `Must be a string of at most ${MAX_TRAIT_LENGTH} characters.` });
    } else if (name === "email") {
      const parsed = parseEmailAddress(value);
      if (parsed.ok) {
        address = parsed.address;
        traits[name] = address.typed;
      } else problems.push({ field, code: parsed.reason, message: parsed.message });
    } else {
      traits[name] = name === "name" ? acceptLabel(field, value, problems) : value;
    }
  }
  return { traits, address };
}
