// An API key: a bearer credential that reaches one project. The key itself is shown once and kept only as a digest.

export interface ApiKey {
  projectId: string;
  id: string;
  name: string;
  /** The first characters of the key, to recognise it by. */
  prefix: string;
  lastUsedAt: number | null;
  expiresAt: number | null;
  createdAt: number;
}
