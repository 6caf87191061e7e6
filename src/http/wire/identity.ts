// An identity on the wire: Ory's `identity` object.

import type { Identity, IdentityCredentials } from "../../domain/identities/identity.ts";

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

/**
 * What the identity signs in with, as Ory's `credentials`: by type, without secrets. An identifier of `oidc` is issuer and
 * subject, because a connection may be replaced and the person stays the same.
 */
export function credentialsToWire(identity: Identity, { password, oidc }: IdentityCredentials): Record<string, unknown> {
  const common = { version: 0 };
  const oldest = oidc[0]?.createdAt ?? identity.createdAt;
  return {
    ...(password && {
      password: {
        ...common,
        type: "password",
        identifiers: identity.email === null ? [] : [identity.email],
        created_at: timestamp(password.createdAt),
        updated_at: timestamp(password.updatedAt),
      },
    }),
    ...(oidc.length > 0 && {
      oidc: {
        ...common,
        type: "oidc",
        identifiers: oidc.map(({ issuer, subject }) => `${issuer}:${subject}`),
        config: {
          providers: oidc.map(({ issuer, subject, organizationId }) => ({ issuer, subject, organization: organizationId })),
        },
        created_at: timestamp(oldest),
        updated_at: timestamp(oldest),
      },
    }),
  };
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
