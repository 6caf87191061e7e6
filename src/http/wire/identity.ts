// An identity on the wire: Ory's `identity` object.

import type { Identity } from "../../domain/identities/identity.ts";

export interface WireIdentity {
  id: string;
  schema_id: string;
  schema_url: string;
  state: "active" | "inactive";
  traits: Record<string, unknown>;
  verifiable_addresses: WireVerifiableAddress[];
  recovery_addresses: never[];
  metadata_public: unknown;
  /** On the admin API alone. */
  metadata_admin?: unknown;
  organization_id: string | null;
  created_at: string;
  updated_at: string;
}

interface WireVerifiableAddress {
  id: string;
  value: string;
  verified: boolean;
  via: "email";
  status: "completed" | "pending";
  created_at: string;
  updated_at: string;
}

/**
 * The identity as the person it belongs to, and applications, may see it. `origin` is the project's public origin, under
 * which the identity schema is served. Recovery addresses are always empty: there is no recovery by e-mail.
 */
export function identityToWire(identity: Identity, origin: string): WireIdentity {
  const times = { created_at: timestamp(identity.createdAt), updated_at: timestamp(identity.updatedAt) };
  return {
    id: identity.id,
    schema_id: identity.schemaId,
    schema_url: `${origin}/schemas/${identity.schemaId}`,
    state: identity.state,
    traits: identity.traits,
    verifiable_addresses: identity.email === null ? [] : [verifiableAddress(identity, identity.email, times)],
    recovery_addresses: [],
    metadata_public: identity.metadataPublic,
    organization_id: identity.organizationId,
    ...times,
  };
}

/** The identity with `metadata_admin`, for holders of a management key. */
export function identityToAdminWire(identity: Identity, origin: string): WireIdentity {
  return { ...identityToWire(identity, origin), metadata_admin: identity.metadataAdmin };
}

/** RFC 3339 in UTC, of milliseconds since the epoch. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}

/** An identity has one address at most, so the address may share its id. */
function verifiableAddress(identity: Identity, value: string, times: { created_at: string; updated_at: string }) {
  const status: "completed" | "pending" = identity.emailVerified ? "completed" : "pending";
  return { id: identity.id, value, verified: identity.emailVerified, via: "email" as const, status, ...times };
}
