// A template: what a session looks like as a JWT, for applications that check it by themselves.

import type { SigningAlg } from "../../crypto/signing.ts";

/** What a claim may be filled from. */
export const CLAIM_SOURCES = ["email", "email_verified", "name", "org_id", "idp", "amr", "acr", "auth_time", "aal"] as const;
export type ClaimSource = (typeof CLAIM_SOURCES)[number];

export interface SessionTokenTemplate {
  projectId: string;
  name: string;
  /** Seconds. */
  ttl: number;
  alg: SigningAlg;
  /** `aud`; left out when empty. */
  audience: string[];
  subjectSource: "id" | "email";
  /** claim name -> what it is filled from. */
  claims: Record<string, ClaimSource>;
  createdAt: number;
  updatedAt: number;
}
