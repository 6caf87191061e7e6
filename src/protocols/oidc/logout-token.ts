// A logout token (OpenID Connect Back-Channel Logout 1.0, section 2.6): an IdP's signed word that a session of a person has
// ended there. Header and key are judged as an ID token's are; these are the rules for its claims.

import type { Connection } from "../../domain/connections/connection.ts";
import type { LogoutWord, Refusal } from "../connector.ts";
import type { Claims } from "./presets/preset.ts";
import { refuse } from "./refusal.ts";

/** Of its own type, or of none in particular as older providers send it: its claims can be no ID token's. */
export const LOGOUT_TOKEN_TYPE = /^(?:application\/)?(?:logout\+)?jwt$/i;

const EVENT = "http://schemas.openid.net/event/backchannel-logout";
/** Seconds. */
const MAX_AHEAD_S = 60;
const MAX_AGE_S = 600;
const TOLERANCE_S = 30;
const MAX_TEXT = 255;

/** @param now seconds */
export function judgeLogoutClaims(claims: Claims, connection: Connection, now: number): { ok: true; word: LogoutWord } | Refusal {
  const { iss, aud, iat, exp, jti, sub, sid, events, nonce } = claims as Record<string, unknown>;
  if (iss !== connection.issuerUrl) return refuse("iss_claim_mismatch");
  const audience = Array.isArray(aud) ? aud : [aud];
  if (audience.length !== 1 || audience[0] !== connection.clientId) return refuse("aud_mismatch");
  if (nonce !== undefined) return refuse("nonce_mismatch", "a logout token has no nonce");
  if (!hasEvent(events)) return refuse("id_token_type", "the logout event is missing");
  if (typeof iat !== "number" || !Number.isFinite(iat)) return refuse("iat_missing");
  if (iat > now + MAX_AHEAD_S) return refuse("clock_skew");
  if (iat < now - MAX_AGE_S) return refuse("token_too_old");
  if (typeof exp !== "number" || !(exp > now - TOLERANCE_S)) return refuse("token_expired");
  if (!isText(jti)) return refuse("id_token_malformed", "jti is missing");
  if (sub === undefined ? sid === undefined : !isText(sub)) return refuse("sub_invalid");
  if (sid !== undefined && !isText(sid)) return refuse("id_token_malformed", "sid is no text");
  return {
    ok: true,
    word: {
      subject: sub as string | undefined,
      sessionId: sid,
      jti,
      expiresAt: (Math.max(exp, iat + MAX_AGE_S) + MAX_AHEAD_S) * 1000,
    },
  };
}

function hasEvent(events: unknown): boolean {
  if (typeof events !== "object" || events === null || !Object.hasOwn(events, EVENT)) return false;
  const event = (events as Record<string, unknown>)[EVENT];
  return typeof event === "object" && event !== null && !Array.isArray(event);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_TEXT;
}
