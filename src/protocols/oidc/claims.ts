// From verified claims to an assertion: which claim becomes which trait, and what is believed about the address.

import type { Connection } from "../../domain/connections/connection.ts";
import type { Assertion } from "../connector.ts";
import { presetFor } from "./presets/index.ts";
import type { Claims } from "./presets/preset.ts";

/** Claims that only the signed ID token may make; userinfo describes a person, never the login (T33). */
const PROTOCOL_CLAIMS = [
  ...["iss", "sub", "aud", "azp", "exp", "nbf", "iat", "nonce", "acr", "amr", "auth_time", "at_hash", "c_hash", "sid"],
  ...["session_expiry", "tid", "hd", "_claim_names", "_claim_sources"],
];
const MAX_TRAIT_CHARACTERS = 1024;

/** The assertion of a login. `userinfo` adds to the ID token's claims and overrides only those that describe the person. */
export function assertionOf(
  connection: Connection,
  idToken: Claims,
  userinfo: Claims | undefined,
  used: Pick<Assertion, "tokenEndpoint" | "credential">,
): Assertion {
  const preset = presetFor(connection.provider);
  const claims = mergeClaims(idToken, userinfo);
  const traits = traitsOf(claims, mappingOf(connection));
  return {
    issuer: connection.issuerUrl,
    subject: idToken["sub"] as string,
    email: traits["email"],
    emailVerified: preset.emailVerified(claims),
    traits,
    acr: textOf(idToken["acr"]),
    amr: Array.isArray(idToken["amr"]) ? idToken["amr"].flatMap((value) => textOf(value) ?? []).slice(0, 20) : [],
    authTime: millisecondsOf(idToken["auth_time"]),
    upstreamSid: textOf(idToken["sid"]),
    sessionExpiresAt: millisecondsOf(idToken["session_expiry"]),
    ...used,
  };
}

/** trait -> claim name: the provider's mapping, with the connection's own on top. */
export function mappingOf(connection: Pick<Connection, "provider" | "claimsMapping">): Record<string, string> {
  return { ...presetFor(connection.provider).claimsMapping, ...connection.claimsMapping };
}

function mergeClaims(idToken: Claims, userinfo: Claims | undefined): Claims {
  if (!userinfo) return idToken;
  const described = Object.entries(userinfo).filter(([name]) => !PROTOCOL_CLAIMS.includes(name));
  const merged: Claims = { ...idToken, ...Object.fromEntries(described) };
  // What the ID token vouches for is its own address, not another one that userinfo names.
  for (const name of ["email_verified", "xms_edov"]) {
    if (merged["email"] !== idToken["email"] && !Object.hasOwn(userinfo, name) && merged[name] !== false) delete merged[name];
  }
  return merged;
}

function traitsOf(claims: Claims, mapping: Record<string, string>): Record<string, string> {
  const found = Object.entries(mapping).flatMap(([trait, claim]) => {
    const value = Object.hasOwn(claims, claim) ? textOf(claims[claim]) : undefined;
    return value === undefined ? [] : [[trait, value] as const];
  });
  return Object.fromEntries(found);
}

/** A short text without control characters, trimmed; anything else is as if it were not there. */
function textOf(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length > MAX_TRAIT_CHARACTERS || /\p{Cc}/u.test(value)) return undefined;
  return value.trim() || undefined;
}

function millisecondsOf(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && value < 1e11 ? Math.round(value * 1000) : undefined;
}
