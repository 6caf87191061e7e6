// What a preset is: the facts about one provider that a person would otherwise have to know and type.

import type { IdTokenAlg } from "../../../domain/connections/connection.ts";
import type { RefusalReason } from "../../connector.ts";

export type Claims = Record<string, unknown>;

export type IssuerCheck = { ok: true } | { ok: false; message: string };

/** What a person who sets a connection up is told about a provider. */
export interface PresetGuide {
  name: string;
  /** One line: what this is and whom it is for. */
  summary: string;
  issuerExample: string;
  /** Where all customers have the same one: nothing has to be typed. */
  issuer?: string;
  /** Where the issuer is found at the provider. */
  issuerHelp: string;
  /** Where client ID and secret come from. */
  clientHelp: string;
}

export interface Preset {
  guide: PresetGuide;
  /** Whether this can be an issuer of the provider; the message names an example. */
  checkIssuer(issuer: string): IssuerCheck;
  scope: readonly string[];
  idTokenSignedResponseAlg: IdTokenAlg;
  claimsSource: "id_token" | "userinfo";
  /** trait -> claim name. The subject is always `sub`. */
  claimsMapping: Readonly<Record<string, string>>;
  /** What the provider says about the address: undefined when it says nothing. */
  emailVerified(claims: Claims): boolean | undefined;
  /** Rules beyond OpenID Connect that the ID token of this provider must meet; undefined when it does. */
  checkClaims?(claims: Claims, context: { issuer: string; organizationId: string | null }): RefusalReason | undefined;
}

/** OpenID Connect Core, section 5.1: `email_verified` is a JSON boolean; `"true"` and `1` say nothing (T42). */
export function standardEmailVerified(claims: Claims): boolean | undefined {
  return typeof claims["email_verified"] === "boolean" ? claims["email_verified"] : undefined;
}

/** The OpenID Connect defaults, on which every preset is built. */
export const STANDARD: Omit<Preset, "guide"> = {
  checkIssuer: () => ({ ok: true }),
  scope: ["openid", "email", "profile"],
  idTokenSignedResponseAlg: "RS256",
  claimsSource: "id_token",
  claimsMapping: { email: "email", name: "name" },
  emailVerified: standardEmailVerified,
};

/** Accepts issuers that match a pattern, and names an example when one does not. */
export function issuerLike(pattern: RegExp, example: string): Preset["checkIssuer"] {
  return (issuer) =>
    pattern.test(issuer) ? { ok: true } : { ok: false, message: `The issuer of this provider looks like ${example}.` };
}
