// A client: one app that signs its people in through the project's OpenID Provider. The noun, and what its fields may say.

import type { SigningAlg } from "../../crypto/signing.ts";

export const CLIENT_AUTH_METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"] as const;
export type ClientAuthMethod = (typeof CLIENT_AUTH_METHODS)[number];

export const GRANT_TYPES = ["authorization_code", "refresh_token"] as const;
export type GrantType = (typeof GRANT_TYPES)[number];

export const RESPONSE_TYPES = ["code"] as const;
export type ResponseType = (typeof RESPONSE_TYPES)[number];

/** Scopes there are. `offline_access` asks for a refresh token (OpenID Connect Core 1.0, section 11). */
export const CLIENT_SCOPES = ["openid", "profile", "email", "offline_access"] as const;

export const SUBJECT_TYPES = ["public", "pairwise"] as const;
export type SubjectType = (typeof SUBJECT_TYPES)[number];

/** Algorithms an app may sign its assertions with (private_key_jwt): asymmetric only. */
export const CLIENT_ASSERTION_ALGS = ["ES256", "ES384", "EdDSA", "RS256", "PS256"] as const;

/** A secret as it is kept: the digest of 256 random bits. */
export interface ClientSecret {
  /** SHA-256, base64url. */
  hash: string;
  createdAt: number;
  /** Milliseconds; null: until it is replaced. */
  expiresAt: number | null;
}

/** The app's public keys (RFC 7517). */
export interface ClientJwks {
  keys: Record<string, unknown>[];
}

export interface Client {
  projectId: string;
  /** `client_id`. */
  id: string;
  name: string;
  redirectUris: string[];
  postLogoutRedirectUris: string[];
  grantTypes: GrantType[];
  responseTypes: ResponseType[];
  /** Space-separated. */
  scope: string;
  tokenEndpointAuthMethod: ClientAuthMethod;
  /** Newest first; empty when the method needs none. */
  secrets: ClientSecret[];
  /** private_key_jwt: one of the two. */
  jwks: ClientJwks | null;
  jwksUri: string | null;
  subjectType: SubjectType;
  backchannelLogoutUri: string | null;
  backchannelLogoutSessionRequired: boolean;
  skipConsent: boolean;
  idTokenSignedResponseAlg: SigningAlg;
  /** `optional` is for confidential clients alone (T115). */
  pkce: "required" | "optional";
  /** Only people of these organizations may use the app; empty: everybody. */
  organizationIds: string[];
  metadata: Record<string, unknown>;
  revision: number;
  createdAt: number;
  updatedAt: number;
}

/** Whether the app proves who it is at the token endpoint. */
export function isConfidential(client: Pick<Client, "tokenEndpointAuthMethod">): boolean {
  return client.tokenEndpointAuthMethod !== "none";
}

/** Whether the method is one that sends a secret. */
export function usesSecret(method: ClientAuthMethod): boolean {
  return method === "client_secret_basic" || method === "client_secret_post";
}

/** Whether people of this organization (null: of none) may use the app (T119). */
export function admitsOrganization(client: Pick<Client, "organizationIds">, organizationId: string | null): boolean {
  if (client.organizationIds.length === 0) return true;
  return organizationId !== null && client.organizationIds.includes(organizationId);
}
