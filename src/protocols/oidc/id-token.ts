// The ID token (OpenID Connect Core, section 3.1.3.7; RFC 8725). Header, then key and signature, then claims: nothing that
// an unverified token says is acted on. Each claim rule is one function; their list is the whole of what we demand.

import { base64url, compactVerify } from "jose";
import { sha2 } from "../../crypto/digest.ts";
import type { Connection, IdTokenAlg } from "../../domain/connections/connection.ts";
import type { Evidence, Refusal, RoundTrip } from "../connector.ts";
import type { SigningKey } from "./keys.ts";
import { presetFor } from "./presets/index.ts";
import type { Claims } from "./presets/preset.ts";
import { refuse } from "./refusal.ts";

/** Seconds that the IdP's clock and ours may differ in `exp`, `nbf` and `auth_time`. */
const TOLERANCE_S = 30;
/** Seconds that an ID token may come from the future. */
const MAX_AHEAD_S = 60;
/** Seconds: the token was made for the code we have just redeemed. */
const MAX_AGE_S = 600;

const ID_TOKEN_TYPE = /^(?:application\/)?jwt$/i;

/** Parameters by which a token names its own key or changes how it is read. A token does neither (T24). */
const FORBIDDEN_HEADERS = ["jku", "jwk", "x5u", "x5c", "crit", "b64", "enc", "zip"];

/**
 * Judges the header: a signed JWT of three parts, of type JWT, by the connection's own algorithm.
 * Encrypted tokens are refused unread, so that no key is ever derived for one (T39).
 */
export function judgeHeader(
  idToken: string,
  alg: IdTokenAlg,
  type: RegExp = ID_TOKEN_TYPE,
): { ok: true; kid: string | undefined } | Refusal {
  const parts = idToken.split(".");
  if (parts.length === 5) return refuse("id_token_encrypted");
  const header = parts.length === 3 ? decode(parts[0]) : undefined;
  if (!header || !decode(parts[1])) return refuse("id_token_malformed");
  const forbidden = FORBIDDEN_HEADERS.find((name) => header[name] !== undefined);
  const { typ, kid } = header;
  if (typ !== undefined && !(typeof typ === "string" && type.test(typ))) return refuse("id_token_type");
  if (header["alg"] !== alg) return refuse("alg_not_allowed", `expected ${alg}`);
  if (forbidden) return refuse("header_not_allowed", forbidden);
  if (kid !== undefined && !(typeof kid === "string" && kid !== "" && kid.length <= 256))
    return refuse("header_not_allowed", "kid");
  return { ok: true, kid };
}

/** What a token says before anything is checked, for showing alone: nothing may act on it. */
export function readUnverified(idToken: string): Pick<Evidence, "header" | "idTokenClaims"> {
  const [head, payload] = idToken.split(".", 2);
  const header = decode(head);
  const claims = decode(payload);
  const text = (name: string) => (typeof header?.[name] === "string" ? header[name] : undefined);
  return {
    ...(header ? { header: { alg: text("alg"), kid: text("kid"), typ: text("typ") } } : {}),
    ...(claims ? { idTokenClaims: claims } : {}),
  };
}

/** Verifies the signature with the chosen key and gives the claims. */
export async function verifySignature(
  idToken: string,
  key: SigningKey,
  alg: IdTokenAlg,
  importKey: (key: SigningKey, alg: IdTokenAlg) => Promise<CryptoKey | undefined>,
): Promise<{ ok: true; claims: Claims } | Refusal> {
  const cryptoKey = await importKey(key, alg);
  if (!cryptoKey) return refuse("key_not_found", "the key cannot be used");
  try {
    const { payload } = await compactVerify(idToken, cryptoKey, { algorithms: [alg] });
    return { ok: true, claims: JSON.parse(new TextDecoder().decode(payload)) as Claims };
  } catch {
    return refuse("signature_invalid");
  }
}

export interface ClaimContext {
  connection: Connection;
  roundTrip: RoundTrip;
  accessToken: string;
  code: string;
  /** Seconds. */
  now: number;
}

type ClaimRule = (claims: Claims, context: ClaimContext) => Refusal | undefined;

const CLAIM_RULES: readonly ClaimRule[] = [
  issuerIsOurs,
  audienceIsUs,
  authorizedPartyIsUs,
  subjectIsUsable,
  isNoLogoutToken,
  nonceIsOurs,
  isIssuedNow,
  isNotExpired,
  isValidYet,
  isFresh,
  hashesMatch,
  authenticationIsRecent,
  providerAgrees,
];

/** The first claim rule that the token breaks. */
export function judgeClaims(claims: Claims, context: ClaimContext): Refusal | undefined {
  for (const rule of CLAIM_RULES) {
    const refusal = rule(claims, context);
    if (refusal) return refusal;
  }
  return undefined;
}

function issuerIsOurs(claims: Claims, { connection }: ClaimContext): Refusal | undefined {
  return claims["iss"] === connection.issuerUrl ? undefined : refuse("iss_claim_mismatch");
}

/** Several audiences are only tolerable when `azp` says that the token was made for us. */
function audienceIsUs(claims: Claims, { connection }: ClaimContext): Refusal | undefined {
  const aud: unknown[] = Array.isArray(claims["aud"]) ? claims["aud"] : [claims["aud"]];
  if (!aud.includes(connection.clientId) || !aud.every((one) => typeof one === "string")) return refuse("aud_mismatch");
  if (aud.length > 1 && claims["azp"] === undefined) return refuse("aud_mismatch", "several audiences without azp");
  return undefined;
}

function authorizedPartyIsUs(claims: Claims, { connection }: ClaimContext): Refusal | undefined {
  return claims["azp"] === undefined || claims["azp"] === connection.clientId ? undefined : refuse("azp_mismatch");
}

/** OpenID Connect Core, section 2: at most 255 ASCII characters; we refuse controls and empty, and allow other letters. */
function subjectIsUsable(claims: Claims): Refusal | undefined {
  const sub = claims["sub"];
  return typeof sub === "string" && sub.length >= 1 && sub.length <= 255 && !/\p{Cc}/u.test(sub)
    ? undefined
    : refuse("sub_invalid");
}

/** A logout token may otherwise look like an ID token (OpenID Connect Back-Channel Logout 1.0, section 2.4; T31). */
function isNoLogoutToken(claims: Claims): Refusal | undefined {
  return claims["events"] === undefined ? undefined : refuse("id_token_type");
}

function nonceIsOurs(claims: Claims, { roundTrip }: ClaimContext): Refusal | undefined {
  return claims["nonce"] === roundTrip.nonce ? undefined : refuse("nonce_mismatch");
}

function isIssuedNow(claims: Claims, { now }: ClaimContext): Refusal | undefined {
  const iat = claims["iat"];
  if (!isNumericDate(iat)) return refuse("iat_missing");
  return iat > now + MAX_AHEAD_S ? refuse("clock_skew", `issued ${Math.round(iat - now)} s ahead of our clock`) : undefined;
}

function isNotExpired(claims: Claims, { now }: ClaimContext): Refusal | undefined {
  const exp = claims["exp"];
  return isNumericDate(exp) && exp > now - TOLERANCE_S ? undefined : refuse("token_expired");
}

function isValidYet(claims: Claims, { now }: ClaimContext): Refusal | undefined {
  const nbf = claims["nbf"];
  return nbf === undefined || (isNumericDate(nbf) && nbf <= now + TOLERANCE_S) ? undefined : refuse("token_not_yet_valid");
}

function isFresh(claims: Claims, { now }: ClaimContext): Refusal | undefined {
  const age = now - (claims["iat"] as number);
  return age > MAX_AGE_S ? refuse("token_too_old", `issued ${Math.round(age)} s ago by our clock`) : undefined;
}

/** Optional in the code flow, but wrong is wrong (OpenID Connect Core, sections 3.1.3.6 and 3.3.2.11; T32). */
function hashesMatch(claims: Claims, { connection, accessToken, code }: ClaimContext): Refusal | undefined {
  const hash = (value: string) => leftHalf(value, connection.idTokenSignedResponseAlg);
  if (claims["at_hash"] !== undefined && claims["at_hash"] !== hash(accessToken)) return refuse("at_hash_mismatch");
  if (claims["c_hash"] !== undefined && claims["c_hash"] !== hash(code)) return refuse("at_hash_mismatch", "c_hash");
  return undefined;
}

function authenticationIsRecent(claims: Claims, { roundTrip, now }: ClaimContext): Refusal | undefined {
  if (roundTrip.maxAge === undefined) return undefined;
  const authTime = claims["auth_time"];
  const asked = roundTrip.begunAt === undefined ? now : Math.floor(roundTrip.begunAt / 1000);
  return isNumericDate(authTime) && authTime + roundTrip.maxAge >= asked - TOLERANCE_S ? undefined : refuse("auth_time_too_old");
}

function providerAgrees(claims: Claims, { connection }: ClaimContext): Refusal | undefined {
  const { provider, issuerUrl, organizationId } = connection;
  const reason = presetFor(provider).checkClaims?.(claims, { issuer: issuerUrl, organizationId });
  return reason && refuse(reason);
}

function isNumericDate(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function leftHalf(value: string, alg: IdTokenAlg): string {
  const digest = sha2(alg === "EdDSA" ? 512 : (Number(alg.slice(2)) as 256 | 384 | 512), value);
  return base64url.encode(digest.subarray(0, digest.length / 2));
}

function decode(part: string | undefined): Record<string, unknown> | undefined {
  if (!part || !/^[A-Za-z0-9_-]+$/.test(part)) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
