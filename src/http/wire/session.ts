// A session on the wire: Ory's `session` object.

import type { Identity } from "../../domain/identities/identity.ts";
import type { AuthenticationMethod, Session } from "../../domain/sessions/session.ts";
import { identityToWire, timestamp, type WireIdentity } from "./identity.ts";

export interface WireSession {
  id: string;
  active: boolean;
  expires_at: string;
  authenticated_at: string;
  issued_at: string;
  authenticator_assurance_level: "aal1";
  authentication_methods: AuthenticationMethod[];
  devices: { id: string; ip_address: string; user_agent: string; location: string }[];
  identity?: WireIdentity;
}

/**
 * The session as its owner may see it. `origin` is the project's public origin; `active` is the verdict of
 * src/domain/sessions/session.ts, which the caller has already asked.
 */
export function sessionToWire(session: Session, identity: Identity, origin: string, active = true): WireSession {
  return { ...sessionWithoutIdentity(session, active), identity: identityToWire(identity, origin) };
}

/** For lists where everybody knows whose sessions these are. */
export function sessionWithoutIdentity(session: Session, active = true): WireSession {
  return {
    id: session.id,
    active,
    expires_at: timestamp(session.expiresAt),
    authenticated_at: timestamp(session.authenticatedAt),
    issued_at: timestamp(session.issuedAt),
    authenticator_assurance_level: "aal1",
    authentication_methods: session.authenticationMethods.map(method),
    // A session is used from one device; the row has no id of its own.
    devices: [{ id: session.id, ip_address: session.ipAddress ?? "", user_agent: session.userAgent ?? "", location: "" }],
  };
}

/** Field by field, so that what is stored later does not appear on the wire by itself. */
function method(stored: AuthenticationMethod): AuthenticationMethod {
  const { method, aal, completed_at, provider, organization, upstream_acr, upstream_amr } = stored;
  return {
    method,
    aal,
    completed_at,
    ...(provider !== undefined && { provider }),
    ...(organization !== undefined && { organization }),
    ...(upstream_acr !== undefined && { upstream_acr }),
    ...(upstream_amr !== undefined && { upstream_amr }),
  };
}
