// A new identity, as every door that makes one starts it: active, first revision, no metadata unless it is given.

import type { EmailAddress } from "../domains/email-address.ts";
import type { Identity } from "./identity.ts";
import { DEFAULT_SCHEMA_ID } from "./rules.ts";

export type NewIdentity = Pick<Identity, "projectId" | "id" | "organizationId" | "emailVerified" | "traits"> &
  Partial<Pick<Identity, "schemaId" | "state" | "metadataPublic" | "metadataAdmin">> & {
    /** The account's address; null when the person has none. */
    address: EmailAddress | null;
  };

/** @param now milliseconds since the epoch */
export function newIdentity({ address, ...fields }: NewIdentity, now: number): Identity {
  return {
    schemaId: DEFAULT_SCHEMA_ID,
    state: "active",
    metadataPublic: null,
    metadataAdmin: null,
    ...fields,
    email: address?.canonical ?? null,
    emailDomain: address?.domain ?? null,
    revision: 1,
    createdAt: now,
    updatedAt: now,
  };
}
