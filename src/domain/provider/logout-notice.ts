// The word to an app that a session has ended (OpenID Connect Back-Channel Logout 1.0), and how often it is repeated.

import type { Client } from "../clients/client.ts";

/** An app that has yet to be told. */
export interface LogoutNotice {
  projectId: string;
  /** `{session id}/{client id}`. */
  id: string;
  clientId: string;
  sessionId: string;
  identityId: string;
  /** How often it has been tried. */
  attempts: number;
  /** When to try (again), milliseconds. */
  dueAt: number;
}

/** Seconds that a logout token is good for (section 2.4: two minutes at most). */
const TOKEN_LIFESPAN_S = 120;
const EVENT = "http://schemas.openid.net/event/backchannel-logout";

const MINUTE = 60_000;
/** Milliseconds from one attempt to the next; after the last the app is given up. */
const RETRIES = [MINUTE, 5 * MINUTE, 30 * MINUTE, 3 * 60 * MINUTE, 12 * 60 * MINUTE];

/** When to try again after the attempt that now begins. */
export function nextAttempt({ attempts }: LogoutNotice, now: number): number {
  return now + (RETRIES[attempts] ?? MINUTE);
}

/** Whether the attempt that has just failed was the last. */
export function isGivenUp({ attempts }: LogoutNotice): boolean {
  return attempts >= RETRIES.length;
}

/** Claims of a logout token (section 2.4). It carries no nonce, so that it can never pass for an ID token. */
export function logoutTokenClaims(
  notice: LogoutNotice,
  facts: { issuer: string; subject: string; jti: string; now: number },
): Record<string, unknown> & { iat: number; exp: number } {
  const iat = Math.floor(facts.now / 1000);
  return {
    iss: facts.issuer,
    aud: notice.clientId,
    sub: facts.subject,
    sid: notice.sessionId,
    jti: facts.jti,
    iat,
    exp: iat + TOKEN_LIFESPAN_S,
    events: { [EVENT]: {} },
  };
}

/** The host that an app's pairwise subjects are made for (OpenID Connect Core 1.0, section 8.1). */
export function sectorOf(client: Pick<Client, "redirectUris">): string {
  return new URL(client.redirectUris[0] ?? "https://invalid/").host;
}
