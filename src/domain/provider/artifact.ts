// What the OpenID Provider gives out and must know again: grants, codes, tokens, pushed requests. Values that open something
// are kept as digests, so a stolen database opens nothing.

import { sha256 } from "../../crypto/digest.ts";
import { randomToken } from "../../crypto/random.ts";

export const ARTIFACT_KINDS = [
  "Grant", // what one person allowed one app; everything else of that sign-in hangs on it
  "AuthorizationCode",
  "AccessToken",
  "RefreshToken",
  "PushedAuthorizationRequest",
  "ReplayDetection", // a client assertion that has been seen (RFC 7523, section 3)
] as const;
export type ArtifactKind = (typeof ARTIFACT_KINDS)[number];

export interface Artifact {
  projectId: string;
  /** Key in the store; see `artifactId`. */
  id: string;
  payload: Record<string, unknown>;
  /** When it was used up, milliseconds, or null. */
  consumedAt: number | null;
  /** Milliseconds. */
  expiresAt: number;
}

/** The key under which a value is kept. A grant's id opens nothing and is kept as it is. */
export function artifactId(kind: ArtifactKind, value: string): string {
  return kind === "Grant" ? `Grant/${value}` : `${kind}/${sha256(value)}`;
}

/** A new grant of a session: its id begins with the session's, so that all of them are one range of keys. */
export function newGrantId(sessionId: string): string {
  return `${sessionId}.${randomToken(16)}`;
}
