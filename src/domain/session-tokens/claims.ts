// A session as the claims of a JWT: what the template asks for, from the session and identity just judged.

import type { Identity } from "../identities/identity.ts";
import { authenticationClaims } from "../provider/claims.ts";
import type { Session } from "../sessions/session.ts";
import type { ClaimSource, SessionTokenTemplate } from "./template.ts";

export interface TokenGround {
  session: Session;
  identity: Identity;
  template: SessionTokenTemplate;
  /** The project's origin. */
  issuer: string;
  jti: string;
  /** Milliseconds. */
  now: number;
}

/**
 * The claims, or undefined when the subject is to be an address and the person has none. A JWT never outlives its session;
 * a claim without a value is left out.
 */
export function sessionTokenClaims(ground: TokenGround) {
  const { session, identity, template, issuer, jti, now } = ground;
  const subject = template.subjectSource === "id" ? identity.id : identity.email;
  if (subject === null) return undefined;
  const iat = Math.floor(now / 1000);
  const filled = Object.entries(template.claims).flatMap(([name, source]) => {
    const value = claimValue(source, session, identity);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(filled),
    iss: issuer,
    sub: subject,
    ...(template.audience.length === 0 ? {} : { aud: template.audience.length === 1 ? template.audience[0] : template.audience }),
    sid: session.id,
    jti,
    iat,
    nbf: iat,
    exp: Math.min(iat + template.ttl, Math.floor(session.expiresAt / 1000)),
  };
}

function claimValue(source: ClaimSource, session: Session, identity: Identity): unknown {
  const { auth_time, amr, acr, idp } = authenticationClaims(session);
  switch (source) {
    case "email":
      return identity.email ?? undefined;
    case "email_verified":
      return identity.email === null ? undefined : identity.emailVerified;
    case "name": {
      const name = identity.traits["name"];
      return typeof name === "string" && name !== "" ? name : undefined;
    }
    case "org_id":
      return session.organizationId ?? undefined;
    case "idp":
      return idp;
    case "amr":
      return amr;
    case "acr":
      return acr;
    case "auth_time":
      return auth_time;
    case "aal":
      return "aal1";
  }
}
