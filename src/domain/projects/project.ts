// A project: one customer-facing login estate.

export interface Project {
  id: string;
  slug: string;
  name: string;
  hostnames: string[];
  allowedReturnUrls: string[];
  /** Duration such as `24h` (src/domain/duration.ts). */
  sessionLifespan: string;
  passwordLogin: boolean;
  registration: boolean;
  /** The colour of primary actions on its pages, `#rrggbb`, or null for Orgate's own. */
  accentColor: string | null;
  /** Digest of its logo, or null without one. Its address changes with it. */
  logoDigest: string | null;
  revision: number;
  createdAt: number;
  updatedAt: number;
}
