// A connection: one OpenID Connect client registration at an identity provider.

export const PROVIDERS = [
  "generic",
  "okta",
  "microsoft",
  "google",
  "auth0",
  "onelogin",
  "ping",
  "keycloak",
  "jumpcloud",
] as const;
export type Provider = (typeof PROVIDERS)[number];

export const TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt"] as const;
export type TokenEndpointAuthMethod = (typeof TOKEN_ENDPOINT_AUTH_METHODS)[number];

/** JWS algorithms an ID token may be pinned to: asymmetric only (RFC 8725, section 3.1). */
export const ID_TOKEN_ALGS = ["RS256", "PS256", "ES256", "ES384", "EdDSA", "RS384", "RS512", "PS384", "PS512", "ES512"] as const;
export type IdTokenAlg = (typeof ID_TOKEN_ALGS)[number];

export interface Connection {
  projectId: string;
  id: string;
  /** null: social sign-in for everybody. */
  organizationId: string | null;
  provider: Provider;
  label: string;
  state: "enabled" | "disabled";
  /** Issuer identifier, compared byte for byte (OpenID Connect Discovery 1.0, section 4.3). */
  issuerUrl: string;
  clientId: string;
  /** Sealed; see `sealPurpose`. */
  clientSecret: string | null;
  tokenEndpointAuthMethod: TokenEndpointAuthMethod;
  /** Sealed private JWK, for private_key_jwt. */
  privateKey: string | null;
  /** Public JWK published at `/sso/connections/{id}/jwks.json`. */
  publicKey: Record<string, string> | null;
  scope: string[];
  claimsSource: "id_token" | "userinfo";
  /** trait -> claim name; overrides the preset's. */
  claimsMapping: Record<string, string>;
  idTokenSignedResponseAlg: IdTokenAlg;
  updateIdentityOnLogin: "never" | "automatic";
  redirectUri: string;
  pinnedTokenEndpoint: string | null;
  /** Sealed. The client secret before the last rotation, kept until the new one has worked. */
  previousClientSecret: string | null;
  /** Milliseconds, to ten minutes: the last login that came through. */
  lastSucceededAt: number | null;
  /** Milliseconds: the last login that failed after the identity provider was asked; why, and its audit event. */
  lastFailedAt: number | null;
  lastFailureReason: string | null;
  lastFailureEventId: string | null;
  revision: number;
  trustRevision: number;
  createdAt: number;
  updatedAt: number;
}

/** What a connection keeps sealed, by column. */
export const SECRET_COLUMNS = ["client_secret", "previous_client_secret", "private_key"] as const;
export type SecretColumn = (typeof SECRET_COLUMNS)[number];

/** The purpose a connection's stored secret is sealed for: it names project, row and column (crypto/seal.ts). */
export function sealPurpose(connection: { projectId: string; id: string }, column: SecretColumn): string {
  return `connections/${column}/${connection.projectId}/${connection.id}`;
}
