// An identity: a person in a project.

export interface Identity {
  projectId: string;
  id: string;
  organizationId: string | null;
  /** Canonical address, or null. */
  email: string | null;
  emailDomain: string | null;
  emailVerified: boolean;
  schemaId: string;
  state: "active" | "inactive";
  /** `email` and `name` as the person or the IdP wrote them. */
  traits: Record<string, unknown>;
  metadataPublic: unknown;
  metadataAdmin: unknown;
  revision: number;
  createdAt: number;
  updatedAt: number;
}

/** What an identity signs in with, without the secrets. Times in milliseconds. */
export interface IdentityCredentials {
  password: { createdAt: number; updatedAt: number } | null;
  oidc: { issuer: string; subject: string; organizationId: string | null; createdAt: number }[];
}
