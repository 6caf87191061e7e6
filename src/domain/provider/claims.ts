// What an app learns about a person: the claims of ID tokens and userinfo, from the session and the rows it rests on (T120).

import { hmac } from "../../crypto/digest.ts";
import type { Identity } from "../identities/identity.ts";
import type { Session } from "../sessions/session.ts";

/** A session that may be used, with what the claims need. */
export interface ClaimsSource {
  session: Session;
  identity: Identity;
  organizationLabel: string | null;
}

/** Which scope brings which claims. */
export const CLAIMS_BY_SCOPE = {
  openid: ["sub", "sid", "auth_time", "amr", "acr", "idp", "org_id", "org_name"],
  profile: ["name"],
  email: ["email", "email_verified"],
};

export interface ProviderClaims {
  /** The identity's id; the provider turns it into another one for apps with pairwise subjects. */
  sub: string;
  sid: string;
  /** Seconds. */
  auth_time: number;
  /**
   * How the person proved who they are: `pwd` for a password of ours (RFC 8176), otherwise what the IdP asserted. With `idp`
   * they are that connection's word and not ours.
   */
  amr?: string[];
  acr?: string;
  /** The connection that was used. */
  idp?: string;
  org_id?: string;
  org_name?: string;
  name?: string;
  email?: string;
  /** True by our own rule (admission.ts), whatever the IdP says. */
  email_verified?: boolean;
}

/** Claims that have no value are absent. */
export function providerClaims({ session, identity, organizationLabel }: ClaimsSource): ProviderClaims {
  const { name, email } = identity.traits;
  const address = text(email) ?? identity.email ?? undefined;
  return {
    sub: identity.id,
    sid: session.id,
    ...authenticationClaims(session),
    ...(session.organizationId === null ? {} : { org_id: session.organizationId }),
    ...(session.organizationId === null || organizationLabel === null ? {} : { org_name: organizationLabel }),
    ...(text(name) === undefined ? {} : { name: text(name) as string }),
    ...(address === undefined ? {} : { email: address, email_verified: identity.emailVerified }),
  };
}

/** `auth_time`, `amr`, `acr` and `idp` of a session. */
export function authenticationClaims(session: Session): Pick<ProviderClaims, "auth_time" | "amr" | "acr" | "idp"> {
  const [method] = session.authenticationMethods;
  const amr = method?.method === "password" ? ["pwd"] : method?.upstream_amr;
  return {
    auth_time: Math.floor(session.authenticatedAt / 1000),
    ...(amr === undefined ? {} : { amr }),
    ...(method?.upstream_acr === undefined ? {} : { acr: method.upstream_acr }),
    ...(session.connectionId === null ? {} : { idp: session.connectionId }),
  };
}

/**
 * When a session proves by somebody's own word that the person was there: for a password its own time, for an IdP the
 * `auth_time` it asserted. Undefined when the IdP said nothing (T121).
 */
export function provenAt(session: Session): number | undefined {
  const [method] = session.authenticationMethods;
  if (method?.method === "password") return session.authenticatedAt;
  return method?.upstream_auth_time === undefined ? undefined : Date.parse(method.upstream_auth_time);
}

/**
 * A pairwise subject (OpenID Connect Core 1.0, section 8.1): the same for all apps of one sector, unrelated to those of
 * others without the project's salt.
 */
export function pairwiseSubject(salt: string, sector: string, subject: string): string {
  return hmac(new TextEncoder().encode(salt), `${sector}\n${subject}`);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
