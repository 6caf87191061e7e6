// A session and the one decision about it: may it still be used? Asked on every use, of rows just read from D1.

export interface AuthenticationMethod {
  method: "password" | "oidc";
  aal: "aal1";
  /** RFC 3339. */
  completed_at: string;
  /** Connection id, for `oidc`. */
  provider?: string;
  /** Organization id, when the connection is an organization's. */
  organization?: string;
  /** `acr` and `amr` as the IdP asserted them. */
  upstream_acr?: string;
  upstream_amr?: string[];
  /** The IdP's name for its session, by which its logout names it. */
  upstream_sid?: string;
  /** RFC 3339: when the person proved who they are, by the IdP's own word. Absent when it said nothing. */
  upstream_auth_time?: string;
}

export interface Session {
  projectId: string;
  id: string;
  identityId: string;
  organizationId: string | null;
  connectionId: string | null;
  connectionTrustRevision: number | null;
  authenticationMethods: AuthenticationMethod[];
  ipAddress: string | null;
  userAgent: string | null;
  authenticatedAt: number;
  issuedAt: number;
  expiresAt: number;
}

/** What a session rests on, as D1 has it now. */
export interface SessionGround {
  identityState: "active" | "inactive";
  identityOrganizationId: string | null;
  /** Organization that actively owns the domain of the identity's address, or null. */
  domainOrganizationId: string | null;
  /** State of the session's organization, or null when it is gone or the session has none. */
  organizationState: "enabled" | "disabled" | null;
  /** The session's connection, or null when it is gone or the session has none. */
  connection: { state: "enabled" | "disabled"; trustRevision: number } | null;
}

export type SessionRefusal =
  | "session_expired"
  | "identity_inactive"
  | "organization_changed"
  | "organization_disabled"
  | "connection_disabled"
  | "connection_changed"
  | "domain_requires_sso"
  | "domain_moved";

/**
 * Why a session may not be used, or undefined when it may. Disabled, deleted, moved or re-pointed means dead at the
 * next request, without a write having to reach every session (T44, T55, T56, T65, T90).
 */
export function refuseSession(session: Session, ground: SessionGround, now: number): SessionRefusal | undefined {
  if (now >= session.expiresAt) return "session_expired";
  if (ground.identityState !== "active") return "identity_inactive";
  if (session.organizationId !== ground.identityOrganizationId) return "organization_changed";
  if (session.connectionId !== null) {
    if (ground.connection?.state !== "enabled") return "connection_disabled";
    if (ground.connection.trustRevision !== session.connectionTrustRevision) return "connection_changed";
  }
  if (session.organizationId === null) {
    return ground.domainOrganizationId === null ? undefined : "domain_requires_sso";
  }
  if (ground.organizationState !== "enabled") return "organization_disabled";
  if (ground.domainOrganizationId !== session.organizationId) return "domain_moved";
  return undefined;
}
